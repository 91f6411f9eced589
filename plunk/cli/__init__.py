"""The command line: one more face of the services."""
