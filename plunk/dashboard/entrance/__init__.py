"""The way in: signing in, the first start, one-time links; and static files."""
