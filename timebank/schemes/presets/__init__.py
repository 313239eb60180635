"""Rules of real cities as data, to begin with; each line with where it was read."""
