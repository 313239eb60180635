"""The calendar of condolence and congratulation: whose day it is this week, and what was done."""
