"""Database migrations (Alembic), one straight line."""
