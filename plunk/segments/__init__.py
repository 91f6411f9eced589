"""Segments: saved rules and hand-kept lists, and who is in them."""
