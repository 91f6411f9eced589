"""Contacts as JSON, in and out."""

from __future__ import annotations

from typing import Any

from marshmallow import ValidationError, fields, validate

from plunk.config import settings
from plunk.contacts.data import read
from plunk.contacts.emails import InvalidEmail, normalise
from plunk.contacts.timeline import TYPES
from plunk.errors import TooManyItems
from plunk.web.fields import Coded, Id, Moment, PageSize, QueryTruth, Text, Truth, complain
from plunk.web.schema import PlunkSchema


class Email(fields.String):
    """An address, normalised on the way in."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(metadata={"format": "email"}, **kwargs)

    def _deserialize(self, value: Any, *args: Any, **kwargs: Any) -> Any:
        if not isinstance(value, str):
            raise ValidationError(Coded("Must be a string", "type"))
        try:
            return normalise(value)
        except InvalidEmail as problem:
            raise ValidationError(Coded(str(problem), "email")) from None


class CustomData(fields.Dict):
    """`data`, taken apart; every problem in it is named."""

    is_event = False

    def _deserialize(self, value: Any, *args: Any, **kwargs: Any) -> Any:
        if not isinstance(value, dict):
            raise ValidationError(Coded("Must be an object", "type"))
        found, problems = read(value, is_event=self.is_event)
        if problems:
            complain(problems)
        return found


class ContactView(PlunkSchema):
    """A contact."""

    id = Id(required=True)
    projectId = Id(attribute="project_id", required=True)
    email = fields.String(required=True)
    subscribed = fields.Boolean(required=True)
    data = fields.Dict(required=True)
    createdAt = Moment(attribute="created_at", required=True)
    updatedAt = Moment(attribute="updated_at", required=True)


class UpsertMeta(PlunkSchema):
    isNew = fields.Boolean(required=True)
    isUpdate = fields.Boolean(required=True)
    ignoredKeys = fields.List(fields.String(), required=True)


class UpsertedContact(ContactView):
    """A contact, and what the call did."""

    _meta = fields.Nested(UpsertMeta, required=True, attribute="meta", data_key="_meta")


class ContactBody(PlunkSchema):
    """A contact to create, or to update by its address."""

    missing_is_malformed = True

    email = Email(required=True)
    data = CustomData(load_default=None, allow_none=True)
    subscribed = Truth(load_default=None, allow_none=True)


class ContactPatch(PlunkSchema):
    """What to change; `data` is merged, `data: null` clears all of it."""

    email = Email()
    data = CustomData(allow_none=True)
    subscribed = Truth()


class ContactQuery(PlunkSchema):
    limit = PageSize(load_default=20)
    cursor = fields.String(load_default=None)
    search = Text(load_default=None)
    subscribed = QueryTruth(load_default=None)
    sort = fields.String(load_default="createdAt", validate=validate.OneOf(["email", "createdAt"]))
    dir = fields.String(load_default="desc", validate=validate.OneOf(["asc", "desc"]))


class ContactPage(PlunkSchema):
    data = fields.List(fields.Nested(ContactView), required=True)
    cursor = fields.String(allow_none=True, required=True)
    hasMore = fields.Boolean(required=True)
    total = fields.Integer(required=True, metadata={"description": "Exact on the first page, 0 after it."})


class SuggestionsQuery(PlunkSchema):
    search = Text(load_default="")
    limit = PageSize(load_default=10)


class Suggestions(PlunkSchema):
    data = fields.List(fields.Nested(ContactView), required=True)


class TimelineQuery(PlunkSchema):
    limit = PageSize(load_default=20)
    cursor = fields.String(load_default=None)


class SegmentThen(PlunkSchema):
    """A segment as it was called when it happened."""

    id = fields.String(required=True, allow_none=True)
    name = fields.String(required=True, allow_none=True)


class TimelineItem(PlunkSchema):
    """Something that happened to a contact; `segment` belongs to entries and exits."""

    id = Id(required=True)
    type = fields.String(required=True, validate=validate.OneOf(TYPES))
    name = fields.String(required=True)
    data = fields.Dict(required=True)
    segment = fields.Nested(SegmentThen, required=True, allow_none=True)
    createdAt = Moment(attribute="created_at", required=True)


class Timeline(PlunkSchema):
    """Newest first."""

    data = fields.List(fields.Nested(TimelineItem), required=True)
    cursor = fields.String(required=True, allow_none=True)
    hasMore = fields.Boolean(required=True)


class Addresses(fields.List[Any]):
    """Addresses as the caller writes them. Too many are refused before anything else is looked at."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(Text(), **kwargs)

    def _deserialize(self, value: Any, *args: Any, **kwargs: Any) -> Any:
        if isinstance(value, list) and len(value) > settings().max_emails:
            raise TooManyItems("emails", settings().max_emails)
        if value == [] and self.required:
            raise ValidationError(Coded("Must hold at least one address", "too_short"))
        return super()._deserialize(value, *args, **kwargs)


class EmailList(PlunkSchema):
    """Addresses as the caller writes them."""

    emails = Addresses(required=True)


class LookupAnswer(PlunkSchema):
    found = fields.List(fields.String(), required=True)
    notFound = fields.List(fields.String(), required=True)


class FieldView(PlunkSchema):
    field = fields.String(required=True)
    type = fields.String(required=True)
    isCustom = fields.Boolean(required=True)
    coverage = fields.Float(required=True, metadata={"description": "Per cent of contacts that have it."})


class FieldList(PlunkSchema):
    fields_ = fields.List(fields.Nested(FieldView), required=True, attribute="fields", data_key="fields")
    count = fields.Integer(required=True)


class ValuesQuery(PlunkSchema):
    limit = PageSize(load_default=20)
    search = Text(load_default=None, metadata={"description": "How the values begin, in any case."})
    inLists = QueryTruth(
        load_default=False, metadata={"description": "Count the elements of lists, not whole lists."}
    )


class ValueCount(PlunkSchema):
    value = fields.Raw(required=True)
    count = fields.Integer(required=True)


class FieldValues(PlunkSchema):
    field = fields.String(required=True)
    values_ = fields.List(fields.Nested(ValueCount), required=True, attribute="values", data_key="values")
