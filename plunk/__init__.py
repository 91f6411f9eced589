"""plunk: contacts and segments for people who send e-mail."""

import pluggy

hookimpl = pluggy.HookimplMarker("plunk")
"""Marks a function as an implementation of one of the hooks in `plunk.hookspecs`."""
