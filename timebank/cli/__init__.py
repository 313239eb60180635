"""Commands: `timebank serve`, `timebank init` and the rest."""

from timebank.cli.main import main

__all__ = ["main"]
