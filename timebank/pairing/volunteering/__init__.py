"""Helpers look at what is asked for nearby, and volunteer; the round or the coordinator decides."""
