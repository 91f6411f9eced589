"""The WSGI entry point: `gunicorn wsgi:app`."""

from plunk.app import create_app

app = create_app()
