"""Commands: `timebank serve`, `timebank init` and the rest."""
