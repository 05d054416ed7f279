"""The vocabulary of Ampherd: frozen values with units in their names, standard library only."""
