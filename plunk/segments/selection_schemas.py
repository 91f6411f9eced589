"""A selection of contacts as JSON."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from marshmallow import RAISE, ValidationError, fields, post_load, validate, validates_schema

from plunk.config import settings
from plunk.db.base import db
from plunk.errors import TooManyItems
from plunk.segments.models import Segment
from plunk.segments.schemas import RuleField
from plunk.segments.selection import Selection
from plunk.web.access import project_id
from plunk.web.fields import Coded, Id, Text, Truth
from plunk.web.schema import PlunkSchema


class SegmentId(Id):
    """The id of a segment of this project."""

    def _deserialize(self, value: Any, *args: Any, **kwargs: Any) -> Any:
        found: UUID = super()._deserialize(value, *args, **kwargs)
        if db.session.get(Segment, (project_id(), found)) is None:
            raise ValidationError(Coded("No such segment in this project", "unknown_segment"))
        return found


class ContactIds(fields.List[Any]):
    """Ids, each once. Too many are refused before anything else is looked at."""

    def __init__(self, *, least: int = 0, **kwargs: Any) -> None:
        super().__init__(Id(), **kwargs)
        self.least = least

    def _deserialize(self, value: Any, *args: Any, **kwargs: Any) -> Any:
        most = settings().max_bulk_ids
        if isinstance(value, list) and len(value) < self.least:
            raise ValidationError(Coded("Must hold at least one id", "too_short"))
        if isinstance(value, list) and len(value) > most:
            if self.name == "contactIds":
                raise TooManyItems(self.name, most)
            raise ValidationError(Coded(f"Holds more than {most:,} ids", "too_many"))
        return tuple(dict.fromkeys(super()._deserialize(value, *args, **kwargs)))


class SelectionFilter(PlunkSchema):
    """Contacts for whom all of this holds; nothing said is everybody.

    Unlike elsewhere unknown members are refused: a slip of the pen must not mean everybody.
    """

    class Meta:
        unknown = RAISE

    search = Text(metadata={"description": "A part of the address, in any case."})
    subscribed = Truth()
    segmentId = SegmentId()
    condition = RuleField(path="filter.condition")


class SelectionBody(PlunkSchema):
    """`contactIds`, or `filter` but for `excludeIds`."""

    contactIds = ContactIds(least=1)
    mode = fields.String(validate=validate.OneOf(["ids", "query"]))
    filter = fields.Nested(SelectionFilter)
    excludeIds = ContactIds()

    @validates_schema(skip_on_field_errors=False, pass_original=True)
    def _says_whom(self, data: Any, original: Any, **kwargs: Any) -> None:
        if not isinstance(original, dict):
            return
        by_query = original.get("mode", "query" if "filter" in original else "ids") == "query"
        needed, barred = ("filter", ["contactIds"]) if by_query else ("contactIds", ["filter", "excludeIds"])
        problems = {}
        if needed not in original:
            problems[needed] = [Coded("This field is required", "required")]
        for name in barred:
            if name in original:
                problems[name] = [Coded(f"Does not go with {needed}", "not_allowed")]
        if problems:
            raise ValidationError(problems)

    @post_load
    def _as_selection(self, data: dict[str, Any], **kwargs: Any) -> dict[str, Any]:
        wanted = data.pop("filter", {})
        rule = wanted.get("condition")
        data["selection"] = Selection(
            project_id(),
            ids=data.pop("contactIds", None),
            search=wanted.get("search"),
            subscribed=wanted.get("subscribed"),
            segment_id=wanted.get("segmentId"),
            condition=rule.raw if rule else None,
            exclude_ids=data.pop("excludeIds", ()),
        )
        return data
