"""The operator `emailDomainIs` for plunk's rules: addresses at one domain."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from marshmallow import ValidationError, fields
from sqlalchemy import ColumnElement

from plunk import hookimpl
from plunk.contacts.emails import InvalidEmail, normalise
from plunk.filters.fields import Kind
from plunk.filters.operator import Negation, Operator
from plunk.filters.targets import EmailTarget


class Domain(fields.String):
    """A domain in the form in which addresses are stored: lower case, `xn--…` for letters beyond ASCII."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        domain = super()._deserialize(value, attr, data, **kwargs)
        try:
            return normalise(f"x@{domain}").removeprefix("x@")
        except InvalidEmail:
            raise ValidationError("Must be a domain alone, such as example.com") from None


class EmailDomainIs(Operator):
    """At this domain, and not at one below it."""

    key, label = "emailDomainIs", "is at the domain"
    kinds = (Kind.EMAIL,)
    operand = Domain()
    example = {"field": "email", "operator": "emailDomainIs", "value": "example.com"}

    def sql(self, target: EmailTarget, value: str) -> ColumnElement[bool]:
        # No domain holds %, _ or \, so nothing is to be escaped; the index of addresses answers this.
        return target.is_like(f"%@{value}")

    def matches(self, actual: str, value: str, now: datetime) -> bool:
        return actual.endswith(f"@{value}")


at_domain = EmailDomainIs()


@hookimpl
def plunk_filter_operators() -> list[Operator]:
    return [at_domain, Negation("emailDomainIsNot", "is not at the domain", of=at_domain)]
