"""Days off and the workdays made up for them: the country's arrangement, and what a district says otherwise."""
