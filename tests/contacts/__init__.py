"""Contacts and their fields, over HTTP."""
