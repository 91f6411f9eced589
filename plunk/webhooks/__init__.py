"""Webhooks: whom to tell of what happens, and the telling of it."""
