"""Campaigns: what a team wants to reach by a day, and how far its activities have come."""
