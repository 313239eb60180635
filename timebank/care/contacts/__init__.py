"""Who in a hardship tier was seen or called, and whom nobody has seen for too long."""
