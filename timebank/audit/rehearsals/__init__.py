"""Had these rules been in force: a month reckoned again under other ones. Nothing is posted."""
