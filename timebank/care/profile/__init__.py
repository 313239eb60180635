"""What somebody is entitled to and when it is due, and which outside services they were sent to."""
