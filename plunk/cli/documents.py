"""`plunk openapi`: the description of the API, for tools."""

from __future__ import annotations

import json

import click

from plunk.app import create_app
from plunk.config import Settings
from plunk.web.openapi import document


@click.command()
def openapi() -> None:
    """Print the OpenAPI 3.1 document as JSON. Needs no database."""
    settings = Settings.from_environment(database_url="postgresql:///", redis_url="redis://localhost")
    with create_app(settings).app_context():
        click.echo(json.dumps(document(), indent=2))
