"""What workers and the scheduler do for webhooks."""

from __future__ import annotations

from flask import Flask

from plunk.jobs import queue
from plunk.webhooks import leasing, sender


def init_app(app: Flask) -> None:
    """Gives the lane `webhooks` its work."""
    queue.register(app, queue.WEBHOOKS, queue.Work(sender.RUN, leasing.is_due))
