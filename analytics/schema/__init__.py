"""Numbered, forward-only migrations: `0001_initial.sql` and those after it."""
