"""The hooks: every place where a plugin, or a room of the house, may take part."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any
from uuid import UUID

import pluggy

from plunk.facts import ContactChange

if TYPE_CHECKING:
    from plunk.filters.operator import Operator

hookspec = pluggy.HookspecMarker("plunk")


@hookspec
def plunk_filter_operators() -> Iterable[Operator]:  # type: ignore[empty-body]
    """Operators for rules, asked for once when an app is made.

    Return objects of classes that derive from `plunk.filters.operator.Operator`. The built-in operators come
    through this hook too. An operator's `key` is stored in saved rules: choose it for ever. A key that two plugins
    declare is refused at start.
    """


@hookspec
def plunk_contacts_changed(changes: Sequence[ContactChange]) -> None:
    """Contacts changed, in the transaction of the write.

    Whatever you write to the database here commits or rolls back together with the change. Raise, and the whole
    write is undone. Never commit.
    """


@hookspec
def plunk_usages(project_id: UUID, kind: str, name: str) -> Iterable[dict[str, Any]]:  # type: ignore[empty-body]
    """Who uses a thing, asked when somebody wants to know or to delete it.

    `kind` is `field` (`name` as in rules: `email`, `data.plan`), `event` (the event's name) or `segment` (its id).
    Answer with `{"type": …, "id": …, "name": …}` for each user, an empty list for none.
    """
