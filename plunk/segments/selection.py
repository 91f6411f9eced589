"""Which contacts somebody means: these, or all that a filter describes but for some."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, not_

from plunk.contacts.listing import described
from plunk.contacts.models import Contact
from plunk.db.arrays import is_one_of
from plunk.db.base import db
from plunk.errors import SegmentNotFound
from plunk.segments import rules
from plunk.segments.models import Segment
from plunk.segments.rules import Bounds


@dataclass(frozen=True)
class Selection:
    """`ids`, or else everybody whom all of the rest describes; nothing said is everybody.

    `search` is a part of the address in any case, `condition` a rule as it was sent. It is kept with a job, as JSON,
    and means at each look what it means then: rules and segments may change meanwhile.
    """

    project_id: UUID
    ids: tuple[UUID, ...] | None = None
    search: str | None = None
    subscribed: bool | None = None
    segment_id: UUID | None = None
    condition: Mapping[str, Any] | None = None
    exclude_ids: tuple[UUID, ...] = ()

    @property
    def has_rule(self) -> bool:
        """Whether it is told by a rule, whose operators may be a plugin's."""
        return self.condition is not None or self.segment_id is not None

    def where(self, *, within: Bounds | None = None) -> list[ColumnElement[bool]]:
        """What to ask of contacts. `within` says which of them the caller looks at, by a column with their ids.

        Raises SegmentNotFound if the segment is gone, SegmentBroken or InvalidInput if a rule cannot be answered any
        more.
        """
        where = [Contact.project_id == self.project_id, *(within(Contact.id) if within else ())]
        where += described(self.search, self.subscribed)
        if self.ids is not None:
            where.append(is_one_of(Contact.id, self.ids))
        if self.segment_id is not None:
            segment = db.session.get(Segment, (self.project_id, self.segment_id))
            if segment is None:
                raise SegmentNotFound
            where.append(rules.is_member(segment, within))
        if self.condition is not None:
            condition = rules.parse(self.project_id, self.condition).condition
            where.append(rules.compiled(self.project_id, condition, within=within))
        if self.exclude_ids:
            where.append(not_(is_one_of(Contact.id, self.exclude_ids)))
        return where

    def to_json(self) -> dict[str, Any]:
        """What `from_json` reads."""
        return {
            "ids": None if self.ids is None else [str(each) for each in self.ids],
            "search": self.search,
            "subscribed": self.subscribed,
            "segmentId": None if self.segment_id is None else str(self.segment_id),
            "condition": self.condition,
            "excludeIds": [str(each) for each in self.exclude_ids],
        }

    @classmethod
    def from_json(cls, project_id: UUID, kept: Mapping[str, Any]) -> Selection:
        return cls(
            project_id,
            ids=None if kept["ids"] is None else tuple(map(UUID, kept["ids"])),
            search=kept["search"],
            subscribed=kept["subscribed"],
            segment_id=None if kept["segmentId"] is None else UUID(kept["segmentId"]),
            condition=kept["condition"],
            exclude_ids=tuple(map(UUID, kept["excludeIds"])),
        )
