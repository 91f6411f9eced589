"""The rule language: parsed once, answered as SQL for sets and as Python for one contact."""
