"""Everything that rules may read of one contact: what the Python face works on."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple
from uuid import UUID

if TYPE_CHECKING:
    from plunk.filters.nodes import Filter


@dataclass(frozen=True, slots=True)
class Activity:
    """One contact's events of one name in short; times are UTC."""

    first_at: datetime
    last_at: datetime
    count: int


class EventRow(NamedTuple):
    """One event: when it happened, and its own data."""

    at: datetime
    data: Any


class History(NamedTuple):
    """What the Python face of an event operator gets: the activity, `None` if never, and the rows if read."""

    activity: Activity | None
    rows: Sequence[EventRow] = ()


def _in_none(segment_id: UUID) -> bool:
    return False


@dataclass(frozen=True, slots=True)
class Profile:
    """One contact as rules see it.

    `activity` and `events` are keyed by the stored name (`purchase`, `email.open`) and need hold only what
    `plunk.filters.walk.reads` says the rules read. `sql_answers` holds what SQL says of the filters that
    `plunk.filters.evaluate.leaves_for_sql` names, `sql_flips` when time alone will next change that (`None`:
    never).
    """

    email: str
    subscribed: bool
    created_at: datetime
    updated_at: datetime
    data: Mapping[str, Any]
    activity: Mapping[str, Activity] = field(default_factory=dict)
    events: Mapping[str, Sequence[EventRow]] = field(default_factory=dict)
    is_member: Callable[[UUID], bool] = _in_none
    sql_answers: Mapping[Filter, bool] = field(default_factory=dict)
    sql_flips: Mapping[Filter, datetime | None] = field(default_factory=dict)
