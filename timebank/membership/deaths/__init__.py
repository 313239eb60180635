"""What a member chose to become of their minutes, and a death: everything of theirs ends, the balance goes where they said."""
