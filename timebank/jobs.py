"""The scheduled jobs and the clock that starts them."""
