"""Certificates: what each member banked and has, on paper; and what is open before a community may end."""
