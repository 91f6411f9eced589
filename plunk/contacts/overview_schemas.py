"""What a first page shows, as JSON."""

from __future__ import annotations

from marshmallow import fields

from plunk.events.schemas import EventView
from plunk.web.fields import Days, Moment
from plunk.web.schema import PlunkSchema


class ContactCounts(PlunkSchema):
    """Of now. In large projects deletions show after the next full count, which runs every ten minutes."""

    total = fields.Integer(required=True)
    subscribed = fields.Integer(required=True)
    createdToday = fields.Integer(
        required=True, attribute="created_today", metadata={"description": "Since midnight, UTC."}
    )
    countedAt = Moment(required=True, attribute="counted_at")


class EventsLately(PlunkSchema):
    last24Hours = fields.Integer(required=True)
    isAtLeast = fields.Boolean(
        required=True, metadata={"description": "Counting stopped there; there are more."}
    )


class Overview(PlunkSchema):
    contacts = fields.Nested(ContactCounts, required=True)
    events = fields.Nested(EventsLately, required=True)


class GrowthQuery(PlunkSchema):
    days = Days(load_default=30)


class ContactDay(PlunkSchema):
    """A day (UTC). `subscribed` is null for days before anybody counted."""

    date = fields.Date(required=True)
    created = fields.Integer(required=True)
    total = fields.Integer(required=True)
    subscribed = fields.Integer(required=True, allow_none=True)


class ContactGrowth(PlunkSchema):
    """Oldest day first, today last with the contacts of now."""

    data = fields.List(fields.Nested(ContactDay), required=True)


class EventOfContact(EventView):
    """An event, with the address of whom it is about."""

    email = fields.String(required=True, allow_none=True)


class ActivityPage(PlunkSchema):
    data = fields.List(fields.Nested(EventOfContact), required=True)
    cursor = fields.String(required=True, allow_none=True)
    hasMore = fields.Boolean(required=True)
