"""A run that kills, stops and disturbs everything that can be, under load, and counts what became of every message."""
