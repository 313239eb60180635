"""Who may spend their minutes, and what they have banked so far."""
