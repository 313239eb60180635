"""What is given out so that the book can be checked without us: checkpoints, keys, growth, leaves, the verifier."""
