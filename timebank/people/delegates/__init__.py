"""Delegates with their names: written down by the desk, seen and stopped by the member, used by the delegate."""
