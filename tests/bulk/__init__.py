"""The same thing done to many contacts."""
