"""Accounts of people who are no members any more: at rest they take and give nothing."""
