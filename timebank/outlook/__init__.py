"""Whether hours that were saved will be spent: what stands out, what stands behind it, and whom to speak to."""
