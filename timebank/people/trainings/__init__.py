"""Trainings and checks with their dates: what is past its day counts as missing."""
