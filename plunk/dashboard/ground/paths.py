"""Which requests are the dashboard's."""

from __future__ import annotations

PREFIX = "/dashboard"


def is_page(path: str) -> bool:
    """Whether the path lies in the dashboard."""
    return path == PREFIX or path.startswith(PREFIX + "/")


def is_local(target: str) -> bool:
    """Whether one may be sent there after signing in: a page of ours and nothing that a browser reads otherwise."""
    return is_page(target) and "\\" not in target and target.isprintable()
