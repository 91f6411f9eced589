"""The same thing done to many contacts, in the background."""
