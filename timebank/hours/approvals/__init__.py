"""Rules take two people: what one proposed, another agrees to before it begins."""
