"""What can go wrong with jobs."""

from __future__ import annotations

from plunk.errors import Conflict


class JobEnded(Conflict):
    code = "JOB_ENDED"

    def __init__(self) -> None:
        super().__init__("This job has ended already")


class JobNotCancellable(Conflict):
    code = "JOB_NOT_CANCELLABLE"

    def __init__(self) -> None:
        super().__init__("A job of this kind cannot be ended early")
