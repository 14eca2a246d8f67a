"""Attacks on the public endpoints that anybody can repeat: `make fuzz`."""
