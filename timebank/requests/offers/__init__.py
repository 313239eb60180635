"""What somebody would gladly do."""
