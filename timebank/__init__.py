"""The time bank: a room for each thing a coordinator would name."""

__version__ = "0.1.0"
