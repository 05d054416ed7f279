"""What stays in the database for how long: roll-ups, archive, size."""
