"""The project, its keys, its members, its audit log."""
