"""The ingestion path: a contact and an event in one go."""
