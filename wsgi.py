"""The WSGI entry point: `gunicorn wsgi:app`."""

from plunk.serving import application

app = application()
