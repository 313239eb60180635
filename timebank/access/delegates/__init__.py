"""Who acts for a member: for one purpose, until a day, with consent that somebody took and wrote down."""
