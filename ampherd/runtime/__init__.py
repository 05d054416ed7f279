"""The wiring: the one place where the parts of Ampherd are built and joined."""
