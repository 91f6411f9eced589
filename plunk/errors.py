"""Everything that can go wrong, as one family. Domain code raises these and knows no HTTP.

    PlunkError
    ├── InvalidInput            values that fail validation, every problem at once
    ├── NotFound                ContactNotFound, FieldNotFound, EventNotFound, SegmentNotFound, JobNotFound,
    │                           ProjectNotFound, KeyNotFound
    ├── Conflict                EmailTaken, SegmentNameTaken, IdempotencyKeyReused
    │   └── InUse               FieldInUse, EventInUse, SegmentInUse, SlugInUse
    ├── NotSuited               SegmentNotStatic, SegmentNotDynamic, SegmentNotTracked
    ├── Broken                  SegmentBroken
    ├── Refused, Forbidden, TooMany      in `plunk.refusals`
    ├── TooLarge                BodyTooLarge, TooManyItems
    ├── NotJson                 the content type is not JSON
    └── Unavailable             something we depend on is out of reach; trying again can help
        └── LookAgain           rules changed under a write; it runs again by itself

`code` is a word of the closed list that clients may rely on. `plunk.web.errors` turns a class into a status.
Rooms above may have classes of their own, of these kinds: `accounts`, `jobs`, `webhooks`, `outbound`, `signing`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Problem:
    """One thing wrong with an input: where (`data.plan`, `condition.groups[0].filters[1].operator`), what, a word.

    `is_malformed` marks the faults that make the whole request malformed rather than invalid: a required field
    that is missing, any fault of a rule.
    """

    field: str
    message: str
    code: str = "invalid"
    is_malformed: bool = False


class PlunkError(Exception):
    """Base of the family. `details` go into the answer as they are; `in_api`: an answer of the API can carry it."""

    code = "INTERNAL_SERVER_ERROR"
    suggestion: str | None = None
    in_api = True

    def __init__(
        self,
        message: str,
        *,
        suggestion: str | None = None,
        details: dict[str, Any] | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.details = details
        if suggestion is not None:
            self.suggestion = suggestion


class InvalidInput(PlunkError):
    """Carries every problem found; the summary is the same for all of them."""

    code = "VALIDATION_ERROR"

    def __init__(self, problems: list[Problem], *, message: str = "Request validation failed") -> None:
        super().__init__(message)
        self.problems = problems

    @property
    def is_malformed(self) -> bool:
        return any(problem.is_malformed for problem in self.problems)


class InvalidJson(PlunkError):
    code = "INVALID_JSON"
    suggestion = "Send a JSON object encoded as UTF-8."


class NotFound(PlunkError):
    code = "NOT_FOUND"


class ContactNotFound(NotFound):
    code = "CONTACT_NOT_FOUND"

    def __init__(self) -> None:
        super().__init__("No such contact in this project")


class FieldNotFound(NotFound):
    code = "FIELD_NOT_FOUND"

    def __init__(self, field: str) -> None:
        super().__init__(f"No contact has a field named {field!r}")


class EventNotFound(NotFound):
    code = "EVENT_NOT_FOUND"

    def __init__(self, name: str) -> None:
        super().__init__(f"No event named {name!r} was ever tracked")


class SegmentNotFound(NotFound):
    code = "SEGMENT_NOT_FOUND"

    def __init__(self) -> None:
        super().__init__("No such segment in this project")


class JobNotFound(NotFound):
    code = "JOB_NOT_FOUND"

    def __init__(self) -> None:
        super().__init__("No such job in this project")


class ProjectNotFound(NotFound):
    code = "PROJECT_NOT_FOUND"


class KeyNotFound(NotFound):
    code = "KEY_NOT_FOUND"


class Conflict(PlunkError):
    code = "CONFLICT"


class EmailTaken(Conflict):
    code = "EMAIL_TAKEN"

    def __init__(self) -> None:
        super().__init__("Another contact of this project has this e-mail address")


class SegmentNameTaken(Conflict):
    code = "SEGMENT_NAME_TAKEN"

    def __init__(self, slug: str) -> None:
        super().__init__(
            f"Another segment of this project has this name, or one that events would call {slug!r} too",
            suggestion="Choose another name.",
        )


class IdempotencyKeyReused(Conflict):
    code = "IDEMPOTENCY_KEY_REUSED"

    def __init__(self, key: str, **original: Any) -> None:
        details = {"key": key, "originalRequest": None, "originalRequestAt": None, "originalStatusCode": None}
        super().__init__(
            "This Idempotency-Key was used before",
            suggestion="Use a new key for a new request.",
            details={**details, **original},
        )


class InUse(Conflict):
    """Something cannot go while others mention it; `usages` names them as `{type, id, name}`."""

    code = "IN_USE"

    def __init__(self, what: str, usages: list[dict[str, str]]) -> None:
        named = ", ".join(f"{usage['type']} {usage['name']!r}" for usage in usages[:10])
        super().__init__(
            f"{what} is used by {named}",
            suggestion="Change or delete what uses it first.",
            details={"usages": usages},
        )


class FieldInUse(InUse):
    code = "FIELD_IN_USE"


class EventInUse(InUse):
    code = "EVENT_IN_USE"


class SegmentInUse(InUse):
    code = "SEGMENT_IN_USE"


class SlugInUse(InUse):
    code = "SEGMENT_SLUG_IN_USE"


class NotSuited(PlunkError):
    """The thing exists, but this cannot be done with it."""

    code = "NOT_SUITED"


class SegmentNotStatic(NotSuited):
    code = "SEGMENT_NOT_STATIC"

    def __init__(self) -> None:
        super().__init__(
            "Members are kept by hand in static segments only",
            suggestion="Change the rule of this segment instead, or create a static segment.",
        )


class SegmentNotDynamic(NotSuited):
    code = "SEGMENT_NOT_DYNAMIC"


class SegmentNotTracked(NotSuited):
    code = "SEGMENT_NOT_TRACKED"

    def __init__(self) -> None:
        super().__init__(
            "Only dynamic segments with tracked membership keep members that can be computed",
            suggestion="Have its membership tracked first, which computes them.",
        )


class Broken(PlunkError):
    code = "BROKEN"


class SegmentBroken(Broken):
    code = "SEGMENT_BROKEN"


class TooLarge(PlunkError):
    code = "TOO_LARGE"


class BodyTooLarge(TooLarge):
    code = "BODY_TOO_LARGE"

    def __init__(self, limit: int) -> None:
        super().__init__(f"The body is larger than {limit:,} bytes", suggestion="Split the request.")


class TooManyItems(TooLarge):
    code = "TOO_MANY_ITEMS"

    def __init__(self, field: str, limit: int) -> None:
        super().__init__(f"{field} holds more than {limit:,} items", suggestion="Split the request.")


class NotJson(PlunkError):
    code = "UNSUPPORTED_MEDIA_TYPE"

    def __init__(self) -> None:
        super().__init__(
            "The body must be JSON", suggestion="Send the header Content-Type: application/json."
        )


class Unavailable(PlunkError):
    code = "SERVICE_UNAVAILABLE"
    suggestion = "Try again in a moment."


class LookAgain(Unavailable):
    """A write met rules that this process did not know of; nothing of it remains, and it can run again at once."""

    def __init__(self) -> None:
        super().__init__("A segment was changed at this moment")
