"""How things that happen to contacts are told: events by their names, mail as what became of it."""

from __future__ import annotations

from dataclasses import dataclass, fields


@dataclass(frozen=True)
class Happening:
    """Beginnings of phrases that follow `Contacts`; `{name}` is an event's name."""

    did: str
    never: str
    did_not: str
    last: str


FORMS = tuple(field.name for field in fields(Happening))
EVENT = Happening(
    "who had the event {name}",
    "who never had the event {name}",
    "who did not have the event {name}",
    "who last had the event {name}",
)
MAIL = {
    "email.sent": Happening(
        "who were sent a mail",
        "who were never sent a mail",
        "who were not sent a mail",
        "who were last sent a mail",
    ),
    "email.delivery": Happening(
        "who received a mail",
        "who never received a mail",
        "who did not receive a mail",
        "who last received a mail",
    ),
    "email.open": Happening(
        "who opened a mail", "who never opened a mail", "who did not open a mail", "who last opened a mail"
    ),
    "email.click": Happening(
        "who clicked a link in a mail",
        "who never clicked a link in a mail",
        "who did not click a link in a mail",
        "who last clicked a link in a mail",
    ),
    "email.bounce": Happening(
        "whose mail bounced",
        "whose mail never bounced",
        "whose mail did not bounce",
        "whose mail last bounced",
    ),
    "email.complaint": Happening(
        "who marked a mail as spam",
        "who never marked a mail as spam",
        "who did not mark a mail as spam",
        "who last marked a mail as spam",
    ),
}
