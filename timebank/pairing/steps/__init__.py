"""Writing rounds, proposals and pairs."""
