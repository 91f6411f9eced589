"""What belongs to a person: password, sessions, language."""
