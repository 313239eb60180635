"""Commands: `timebank serve`, `timebank init` and the rest."""

from timebank.cli.starting import main

__all__ = ["main"]
