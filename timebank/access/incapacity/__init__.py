"""A member who can't act for themselves: a delegate takes over, and their own sign-in is paused."""
