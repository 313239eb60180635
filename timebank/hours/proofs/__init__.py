"""Receipts: the file by which anybody proves, without us, that a transfer stands in the book."""
