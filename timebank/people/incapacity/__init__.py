"""The desk's side of incapacity: kept in `access`, which pauses the sign-in by it; recorded and told here."""
