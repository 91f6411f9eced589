"""What a process keeps of a project's rules and listeners, under the number that rises with every edit of them."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from typing import Generic, TypeVar
from uuid import UUID

from plunk.db.notes import notes

Value = TypeVar("Value")
_EDITED = "plunk.db.versioned"


class Versioned(Generic[Value]):
    """Values per project, each good for one version. Filled only from committed versions: what a transaction sees of
    its own edit may be rolled back, and somebody else's edit would then get the same number."""

    def __init__(self, *, most: int = 1_000) -> None:
        self._most = most
        self._kept: OrderedDict[UUID, tuple[int, Value]] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, project_id: UUID, version: int, load: Callable[[], Value]) -> Value:
        """The value of that version; `load` reads it in the current transaction if it is not at hand."""
        if is_edited_here(project_id):
            return load()
        kept = self._kept.get(project_id)
        if kept is not None and kept[0] == version:
            return kept[1]
        value = load()
        self._keep(project_id, version, value)
        return value

    def latest(self, project_id: UUID) -> Value | None:
        """What was read last, of whatever version; without a look at the database."""
        kept = self._kept.get(project_id)
        return kept[1] if kept else None

    def _keep(self, project_id: UUID, version: int, value: Value) -> None:
        with self._lock:
            self._kept[project_id] = (version, value)
            self._kept.move_to_end(project_id)
            while len(self._kept) > self._most:
                self._kept.popitem(last=False)


def mark_edited(project_id: UUID) -> None:
    """Notes that the current transaction raised the project's version."""
    notes().setdefault(_EDITED, set()).add(project_id)


def is_edited_here(project_id: UUID) -> bool:
    """Whether the current transaction has edited the project's rules or listeners."""
    return project_id in notes().get(_EDITED, ())
