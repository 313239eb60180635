"""What was served in activities, posted once, and taken back where the sheet says otherwise."""
