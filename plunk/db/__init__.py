"""The database: declarative base, sessions, transactions, pages by key."""
