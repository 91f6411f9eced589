"""Chaos: random changes by many clients while processes are killed, and then a check of every promise."""
