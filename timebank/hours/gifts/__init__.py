"""Gifts of minutes: to family, to other members of the same book, to the pool, as the house policy has it."""
