"""How a site secures its chargers: passwords, their change, certificates."""
