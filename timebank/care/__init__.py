"""Care for one person: who asks after them and how often."""
