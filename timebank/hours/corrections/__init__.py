"""Corrections of grants and gifts: one person asks, another approves, and the ledger mirrors the transfer."""
