"""The fixtures that plunk has for plugins."""

pytest_plugins = ["plunk.testing.fixtures"]
