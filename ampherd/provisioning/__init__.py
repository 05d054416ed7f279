"""After a boot: ask what a charger can, set it as desired, verify what it holds."""
