"""Schemes and a house policy that begin with the rules of another place."""
