"""Segments: the list, the builder of rules, who is in and why, what came and went."""
