"""Joining: who applied and how, who checked what, one or two approvals, refusal with a reason."""
