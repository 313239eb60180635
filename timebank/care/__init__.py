"""Care for one person: who asks after them and how often, and the plan that was made for them."""
