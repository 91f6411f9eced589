"""Facts as the engine records them, told to webhooks as the relay tells them."""

from __future__ import annotations

from collections import Counter
from typing import Any
from uuid import UUID

from plunk import clock
from plunk.db.base import new_id
from plunk.db.session import transaction
from plunk.facts import EventTracked, Fact, MembershipChanged
from plunk.webhooks import hooks

SEGMENT = {"id": "01890000-0000-7000-8000-00000000aaaa", "name": "Trial users", "slug": "trial-users"}


class Facts:
    """Facts of one project. Each contact has a sequence that rises."""

    def __init__(self, project_id: UUID) -> None:
        self.project_id = project_id
        self._sequences: Counter[UUID] = Counter()

    def event(
        self, name: str = "signed_up", contact: UUID | None = None, data: dict[str, Any] | None = None
    ) -> EventTracked:
        """A contact did something, and the webhooks were told."""
        fact = EventTracked(name=name, data=data or {}, **self._about(contact or new_id()))
        self.tell(fact)
        return fact

    def entry(self, contact: UUID | None = None, **segment: Any) -> MembershipChanged:
        """A contact came into a segment, and the webhooks were told."""
        about = self._about(contact or new_id())
        fact = MembershipChanged(change="entry", segment={**SEGMENT, **segment}, **about)
        self.tell(fact)
        return fact

    def many(self, number: int, contact: UUID | None = None) -> list[EventTracked]:
        """So many events, of as many contacts or of one."""
        return [self.event(contact=contact) for _ in range(number)]

    def tell(self, fact: Fact) -> None:
        """In a transaction of its own."""
        with transaction():
            if isinstance(fact, EventTracked):
                hooks.plunk_event_tracked(fact)
            else:
                hooks.plunk_membership_changed(fact)

    def _about(self, contact: UUID) -> dict[str, Any]:
        self._sequences[contact] += 1
        view = {"id": str(contact), "email": "ada@example.com", "subscribed": True, "data": {"plan": "pro"}}
        return {
            "id": new_id(),
            "project_id": self.project_id,
            "contact_id": contact,
            "sequence": self._sequences[contact],
            "at": clock.now(),
            "contact": view,
        }
