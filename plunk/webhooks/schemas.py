"""Webhooks as JSON, in and out."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from marshmallow import ValidationError, fields, validate

from plunk.config import settings
from plunk.db.base import from_json
from plunk.filters.values import instant
from plunk.outbound.client import client
from plunk.outbound.errors import BadUrl
from plunk.outbound.urls import LONGEST_URL
from plunk.web.fields import Coded, Id, Moment, PageSize, Text, Truth, whole_number
from plunk.web.schema import PlunkSchema
from plunk.webhooks.models import STATES
from plunk.webhooks.payload import message_id

LONGEST_OVERLAP_HOURS = 168


class Url(Text):
    """An address that may be posted to, as far as can be told without asking anybody."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(is_named=True, **kwargs)
        self.metadata = {**self.metadata, "format": "uri", "maxLength": LONGEST_URL}

    def _deserialize(self, value: Any, *args: Any, **kwargs: Any) -> Any:
        url = super()._deserialize(value, *args, **kwargs)
        try:
            client().check_url(url)
        except BadUrl as problem:
            raise ValidationError(Coded(problem.message, "url")) from None
        return url


class Patterns(fields.List[Any]):
    """Patterns of event names, at least one."""

    def __init__(self, **kwargs: Any) -> None:
        words = "Names of events; `*` stands for any characters, dots included."
        metadata = {"description": words, "minItems": 1, "example": ["segment.*", "contact.unsubscribed"]}
        super().__init__(Text(limit="max_event_name", is_named=True), metadata=metadata, **kwargs)

    def _deserialize(self, value: Any, *args: Any, **kwargs: Any) -> Any:
        if value == []:
            raise ValidationError(Coded("Must hold at least one pattern", "too_short"))
        most = settings().max_webhook_events
        if isinstance(value, list) and len(value) > most:
            raise ValidationError(Coded(f"Must hold at most {most} patterns", "too_long"))
        return super()._deserialize(value, *args, **kwargs)


class Since(fields.DateTime):
    """An ISO 8601 date or date-time; a date means its midnight, UTC."""

    def _deserialize(self, value: Any, *args: Any, **kwargs: Any) -> datetime:
        found = instant(value) if isinstance(value, str) else None
        if found is None:
            raise ValidationError(Coded("Must be an ISO 8601 date or date-time", "type"))
        return found


class Overlap(fields.Integer):
    """Whole hours in a query string."""

    def _deserialize(self, value: Any, *args: Any, **kwargs: Any) -> Any:
        hours = whole_number(value)
        if not 0 <= hours <= LONGEST_OVERLAP_HOURS:
            raise ValidationError(Coded(f"Must be 0 to {LONGEST_OVERLAP_HOURS} hours", "range"))
        return hours


class MessageId(fields.String):
    """The `webhook-id` header that goes with a fact."""

    def _serialize(self, value: Any, *args: Any, **kwargs: Any) -> Any:
        return message_id(value)


class StoredJson(fields.Dict):
    """An object that is kept as text."""

    def _serialize(self, value: Any, *args: Any, **kwargs: Any) -> Any:
        return from_json(value)


class WebhookView(PlunkSchema):
    """An endpoint. `disabledReason` says why plunk turned it off; null if somebody did by hand."""

    id = Id(required=True)
    projectId = Id(required=True, attribute="project_id")
    url = fields.String(required=True)
    events = fields.List(fields.String(), required=True)
    enabled = fields.Boolean(required=True)
    description = fields.String(required=True, allow_none=True)
    failingSince = Moment(required=True, allow_none=True, attribute="failing_since")
    disabledAt = Moment(required=True, allow_none=True, attribute="disabled_at")
    disabledReason = fields.String(required=True, allow_none=True, attribute="disabled_reason")
    createdAt = Moment(required=True, attribute="created_at")
    updatedAt = Moment(required=True, attribute="updated_at")


class WebhookWithSecret(WebhookView):
    """An endpoint at the one moment when its secret can be read."""

    secret = fields.String(required=True)
    previousSecretUntil = Moment(
        required=True,
        allow_none=True,
        attribute="previous_secret_until",
        metadata={"description": "Until then the secret before this one signs too."},
    )


class WebhookBody(PlunkSchema):
    """A new endpoint."""

    url = Url(required=True)
    events = Patterns(required=True)
    enabled = Truth(load_default=True)
    description = Text(load_default=None, allow_none=True, limit="max_description")


class WebhookPatch(PlunkSchema):
    """What to change. Enabling an endpoint forgets why it was disabled."""

    url = Url()
    events = Patterns()
    enabled = Truth()
    description = Text(allow_none=True, limit="max_description")


class ListQuery(PlunkSchema):
    limit = PageSize(load_default=20)
    cursor = fields.String(load_default=None)


class WebhookPage(PlunkSchema):
    data = fields.List(fields.Nested(WebhookView), required=True)
    cursor = fields.String(allow_none=True, required=True)
    hasMore = fields.Boolean(required=True)
    total = fields.Integer(required=True, metadata={"description": "Exact on the first page, 0 after it."})


class RotateQuery(PlunkSchema):
    overlapHours = Overlap(
        load_default=24,
        metadata={
            "minimum": 0,
            "maximum": LONGEST_OVERLAP_HOURS,
            "description": "The old secret signs so long.",
        },
    )


class DeliveryView(PlunkSchema):
    """Something told to an endpoint, or on its way. Response, error and duration are those of the last attempt."""

    id = Id(required=True)
    webhookId = MessageId(
        required=True, attribute="fact_id", metadata={"description": "Its `webhook-id` header."}
    )
    type = fields.String(required=True)
    state = fields.String(required=True, validate=validate.OneOf(STATES))
    attempts = fields.Integer(required=True)
    dueAt = Moment(required=True, allow_none=True, attribute="next_attempt_at")
    body = StoredJson(required=True, metadata={"description": "What is sent."})
    responseStatus = fields.Integer(required=True, allow_none=True, attribute="response_status")
    responseBody = fields.String(
        required=True, allow_none=True, attribute="response_body", metadata={"description": "Its first KiB."}
    )
    error = fields.String(required=True, allow_none=True)
    durationMs = fields.Integer(required=True, allow_none=True, attribute="duration_ms")
    createdAt = Moment(required=True, attribute="created_at")
    finishedAt = Moment(required=True, allow_none=True, attribute="finished_at")


class DeliveryQuery(ListQuery):
    state = fields.String(load_default=None, validate=validate.OneOf(STATES))


class DeliveryPage(PlunkSchema):
    data = fields.List(fields.Nested(DeliveryView), required=True)
    cursor = fields.String(allow_none=True, required=True)
    hasMore = fields.Boolean(required=True)
    total = fields.Integer(required=True, metadata={"description": "Exact on the first page, 0 after it."})


class ReplayBody(PlunkSchema):
    """Which deliveries to send again: those made since then, of one state if given."""

    since = Since(required=True)
    state = fields.String(load_default=None, validate=validate.OneOf(STATES))


class ReplayAnswer(PlunkSchema):
    replayed = fields.Integer(required=True)
