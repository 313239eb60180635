"""Minutes set aside for a visit: wished, kept, used, released."""
