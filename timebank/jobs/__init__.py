"""Scheduled work: what is done when, the clock that starts it, and the page where people see to it."""
