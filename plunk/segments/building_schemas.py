"""What is asked and answered while a rule is built, as JSON."""

from __future__ import annotations

from marshmallow import fields

from plunk.contacts.schemas import ContactView
from plunk.segments.schemas import RuleField
from plunk.web.schema import PlunkSchema


class RuleBody(PlunkSchema):
    missing_is_malformed = True

    condition = RuleField(required=True)


class PreviewAnswer(PlunkSchema):
    count = fields.Integer(required=True)
    reachable = fields.Integer(required=True)
    sample = fields.List(fields.Nested(ContactView), required=True)


class Sentence(PlunkSchema):
    sentence = fields.String(required=True)


class ForecastAnswer(PlunkSchema):
    """`total` and `reachable` are the members there would be."""

    enter = fields.Integer(required=True)
    leave = fields.Integer(required=True)
    stay = fields.Integer(required=True)
    total = fields.Integer(required=True)
    reachable = fields.Integer(required=True)


class VocabularyField(PlunkSchema):
    field = fields.String(required=True)
    label = fields.String(required=True)
    kind = fields.String(required=True)
    type = fields.String(required=True)


class VocabularyOperator(PlunkSchema):
    operator = fields.String(required=True)
    label = fields.String(required=True)
    dateLabel = fields.String(required=True, metadata={"description": "The label beside a date."})
    kinds = fields.List(fields.String(), required=True)
    dataTypes = fields.List(
        fields.String(),
        required=True,
        metadata={"description": "Of custom fields: the types it is worth offering for."},
    )
    value = fields.Dict(required=True, allow_none=True)
    input = fields.String(
        required=True,
        metadata={"description": "none, count, or the type of the value: which control to show."},
    )
    members = fields.List(fields.String(), required=True)
    negates = fields.String(required=True, allow_none=True)
    example = fields.Dict(required=True)


class VocabularyLimits(PlunkSchema):
    """How large a rule may be."""

    filters = fields.Integer(required=True)
    nesting = fields.Integer(required=True)
    valueBytes = fields.Integer(required=True)
    listValues = fields.Integer(required=True)
    where = fields.Integer(required=True)


class VocabularyView(PlunkSchema):
    """All that rules can say."""

    fields_ = fields.List(
        fields.Nested(VocabularyField), required=True, attribute="fields", data_key="fields"
    )
    operators = fields.List(fields.Nested(VocabularyOperator), required=True)
    units = fields.List(fields.String(), required=True)
    comparisons = fields.List(fields.String(), required=True)
    logics = fields.List(fields.String(), required=True)
    labels = fields.Dict(
        required=True, metadata={"description": "Words for kinds, units, comparisons, logics."}
    )
    limits = fields.Nested(VocabularyLimits, required=True)
