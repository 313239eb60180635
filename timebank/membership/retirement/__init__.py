"""Joining at retirement (荣誉退休): a talk, a ceremony, an activity, and three hand-overs, ticked off one by one."""
