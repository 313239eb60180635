"""A care plan for one person: what is to be reached, who does what, when it is looked at again."""
