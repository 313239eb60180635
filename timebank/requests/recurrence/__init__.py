"""How a standing request comes round: its rhythm, the dates that were changed, the days off."""
