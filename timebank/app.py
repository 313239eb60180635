"""The HTTP service: every room's pages and API behind one door."""
