"""The client that plugin authors get, for our own tests."""

from plunk.testing.api import Api, problems

__all__ = ["Api", "problems"]
