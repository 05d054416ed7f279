"""The charging-station management server: sockets, authentication, order, commands."""
