"""Care for one person: who asks after them and how often, the plan that was made for them, what they are entitled to, and their days."""
