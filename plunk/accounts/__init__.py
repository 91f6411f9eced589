"""Projects, keys, and who may do what."""
