"""How things that happen to contacts are told: events by their names, mail as what became of it."""

from __future__ import annotations

from dataclasses import dataclass, fields

from plunk.filters.said import said


@dataclass(frozen=True)
class Happening:
    """Beginnings of phrases that follow `Contacts`; `{name}` is an event's name."""

    did: str
    never: str
    did_not: str
    last: str


FORMS = tuple(field.name for field in fields(Happening))
EVENT = Happening(
    said("who had the event {name}"),
    said("who never had the event {name}"),
    said("who did not have the event {name}"),
    said("who last had the event {name}"),
)
MAIL = {
    "email.sent": Happening(
        said("who were sent a mail"),
        said("who were never sent a mail"),
        said("who were not sent a mail"),
        said("who were last sent a mail"),
    ),
    "email.delivery": Happening(
        said("who received a mail"),
        said("who never received a mail"),
        said("who did not receive a mail"),
        said("who last received a mail"),
    ),
    "email.open": Happening(
        said("who opened a mail"),
        said("who never opened a mail"),
        said("who did not open a mail"),
        said("who last opened a mail"),
    ),
    "email.click": Happening(
        said("who clicked a link in a mail"),
        said("who never clicked a link in a mail"),
        said("who did not click a link in a mail"),
        said("who last clicked a link in a mail"),
    ),
    "email.bounce": Happening(
        said("whose mail bounced"),
        said("whose mail never bounced"),
        said("whose mail did not bounce"),
        said("whose mail last bounced"),
    ),
    "email.complaint": Happening(
        said("who marked a mail as spam"),
        said("who never marked a mail as spam"),
        said("who did not mark a mail as spam"),
        said("who last marked a mail as spam"),
    ),
}
