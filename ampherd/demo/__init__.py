"""The demonstration: recorded sessions played on simulated chargers against the real server."""
