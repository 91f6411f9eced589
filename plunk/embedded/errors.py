"""What can go wrong with embedded servers: always a sentence for the person who typed the command."""

from __future__ import annotations

from plunk.errors import PlunkError


class EmbeddedError(PlunkError):
    """An embedded server cannot run here; `suggestion` names the remedy."""

    code = "EMBEDDED_SERVER"


class HomeInUse(EmbeddedError):
    """Another plunk holds the home folder."""

    code = "HOME_IN_USE"


class StillRunning(EmbeddedError):
    """A server of an earlier run has not ended yet; trying again can help."""

    code = "EMBEDDED_SERVER_STILL_RUNNING"
