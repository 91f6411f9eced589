"""Tracked events as JSON, in and out."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from marshmallow import ValidationError, fields, validates_schema

from plunk import clock
from plunk.contacts.schemas import CustomData, Email
from plunk.events.names import FACTS, is_reserved
from plunk.filters.values import instant
from plunk.web.access import access
from plunk.web.fields import Coded, Id, Moment, Text, Truth
from plunk.web.schema import PlunkSchema

MAX_AHEAD = timedelta(minutes=5)


class EventName(Text):
    """A name that users may track."""

    def _deserialize(self, value: Any, *args: Any, **kwargs: Any) -> Any:
        name = super()._deserialize(value, *args, **kwargs)
        if is_reserved(name):
            raise ValidationError(Coded("Events of this name are recorded by plunk itself", "reserved_event"))
        return name


class Timestamp(fields.DateTime):
    """When it happened: ISO 8601, at most 5 minutes ahead of our clock."""

    def _deserialize(self, value: Any, *args: Any, **kwargs: Any) -> Any:
        moment = instant(value) if isinstance(value, str) else None
        if moment is None:
            raise ValidationError(Coded("Must be an ISO 8601 date or date-time", "type"))
        if moment > clock.now() + MAX_AHEAD:
            raise ValidationError(Coded("Must not lie more than 5 minutes ahead", "future"))
        return moment


class EventData(CustomData):
    """`data` that goes into an event as a whole."""

    is_event = True


class TrackBody(PlunkSchema):
    """An event of a contact, who is created if need be."""

    email = Email(required=True)
    event = EventName(required=True, limit="max_event_name", is_named=True)
    data = EventData(load_default=None, allow_none=True)
    subscribed = Truth(load_default=None, allow_none=True)
    timestamp = Timestamp(load_default=None, allow_none=True)

    @validates_schema(skip_on_field_errors=False, pass_original=True)
    def _suits_the_key(self, data: Any, original: Any, **kwargs: Any) -> None:
        if not isinstance(original, dict) or access().key_kind != "public":
            return
        found = {}
        if original.get("timestamp") is not None:
            found["timestamp"] = [Coded("A public key may not send a timestamp", "not_allowed")]
        if data.get("event") in FACTS:
            found["event"] = [Coded("Events of this name need a secret key", "reserved_event")]
        if found:
            raise ValidationError(found)


class BatchBody(PlunkSchema):
    """Up to 1,000 events; bad ones are named in the answer, the rest is committed."""

    body_limit = "max_large_body_bytes"

    events = fields.List(fields.Raw(allow_none=True), required=True)


class Tracked(PlunkSchema):
    contact = Id(required=True)
    event = Id(required=True)
    timestamp = Moment(required=True)


class TrackAnswer(PlunkSchema):
    success = fields.Constant(True, required=True)
    data = fields.Nested(Tracked, required=True)


class BatchProblem(PlunkSchema):
    field = fields.String(required=True)
    message = fields.String(required=True)
    code = fields.String(required=True)


class BatchError(PlunkSchema):
    code = fields.String(required=True)
    message = fields.String(required=True)
    errors = fields.List(fields.Nested(BatchProblem), required=True)


class BatchResult(PlunkSchema):
    """Either the ids, or `error`."""

    contact = Id()
    event = Id()
    timestamp = Moment()
    error = fields.Nested(BatchError)


class BatchResults(PlunkSchema):
    results = fields.List(fields.Nested(BatchResult), required=True)


class BatchAnswer(PlunkSchema):
    success = fields.Constant(True, required=True)
    data = fields.Nested(BatchResults, required=True)
