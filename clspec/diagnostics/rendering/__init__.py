"""How findings are printed: one way a file."""
