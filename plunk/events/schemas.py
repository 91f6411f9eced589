"""Events as JSON."""

from __future__ import annotations

from typing import Any, cast

from marshmallow import ValidationError, fields

from plunk.filters.values import Span, instant, span
from plunk.web.fields import Coded, Id, Moment, PageSize, Text
from plunk.web.schema import PlunkSchema


class EventView(PlunkSchema):
    """Something a contact did, or that happened to it."""

    id = Id(required=True)
    name = fields.String(required=True)
    contactId = Id(attribute="contact_id", required=True)
    data = fields.Dict(required=True)
    createdAt = Moment(attribute="created_at", required=True)


class EventList(PlunkSchema):
    events = fields.List(fields.Nested(EventView), required=True)
    cursor = fields.String(allow_none=True, required=True)
    hasMore = fields.Boolean(required=True)


class EventsQuery(PlunkSchema):
    limit = PageSize(load_default=20)
    cursor = fields.String(load_default=None)


class AllEventsQuery(EventsQuery):
    eventName = Text(load_default=None, limit="max_event_name", data_key="eventName", attribute="name")


class NamesQuery(PlunkSchema):
    search = Text(load_default=None, metadata={"description": "How the names begin, in any case."})
    limit = PageSize(load_default=None, metadata={"description": "All, if absent."})


class EventNames(PlunkSchema):
    eventNames = fields.List(fields.String(), required=True)


class Day(fields.Field[Any]):
    """An ISO 8601 date or date-time in a query string; a date stands for its whole day."""

    def _deserialize(self, value: Any, *args: Any, **kwargs: Any) -> Span | None:
        if not value:
            return None
        if instant(value) is None:
            raise ValidationError(Coded("Must be an ISO 8601 date or date-time", "type"))
        return cast(Span, span(value))


class StatsQuery(PlunkSchema):
    startDate = Day(
        load_default=None, metadata={"description": "From this moment on; 30 days ago if absent."}
    )
    endDate = Day(load_default=None, metadata={"description": "Before this moment; a date means its end."})


class EventCount(PlunkSchema):
    name = fields.String(required=True)
    count = fields.Integer(required=True)
