"""Which contacts a list shows, and in which order: what stands in its address."""

from __future__ import annotations

from dataclasses import dataclass

from flask import url_for
from werkzeug.datastructures import MultiDict

from plunk.contacts.listing import Order
from plunk.dashboard.ground.forms import clean

LONGEST_SEARCH = 320
SUBSCRIPTIONS = {"yes": True, "no": False}
_SORTS, _DIRECTIONS = ("createdAt", "email"), ("asc", "desc")


@dataclass(frozen=True)
class Wanted:
    """`subscribed` is `yes`, `no` or empty for both. What an address spells otherwise is as if it did not stand there:
    a list is no place to complain."""

    search: str = ""
    subscribed: str = ""
    sort: str = _SORTS[0]
    direction: str = _DIRECTIONS[1]

    @classmethod
    def read(cls, sent: MultiDict[str, str]) -> Wanted:
        """From a query or a form."""
        search = clean(sent.get("search", "")).strip()[:LONGEST_SEARCH]
        subscribed = sent.get("subscribed", "")
        sort, direction = sent.get("sort", ""), sent.get("dir", "")
        sort = sort if sort in _SORTS else cls.sort
        usual = "asc" if sort == "email" else cls.direction
        return cls(
            search,
            subscribed if subscribed in SUBSCRIPTIONS else "",
            sort,
            direction if direction in _DIRECTIONS else usual,
        )

    @property
    def is_everybody(self) -> bool:
        return not self.search and not self.subscribed

    @property
    def is_subscribed(self) -> bool | None:
        return SUBSCRIPTIONS.get(self.subscribed)

    @property
    def order(self) -> Order:
        return Order(self.sort, self.direction)

    @property
    def filter(self) -> dict[str, str]:
        """What of it describes contacts, for addresses and forms."""
        return {
            name: value for name, value in (("search", self.search), ("subscribed", self.subscribed)) if value
        }

    @property
    def query(self) -> dict[str, str]:
        """All of it, for addresses; what is as usual is left out."""
        found = self.filter
        if (self.sort, self.direction) != (Wanted.sort, Wanted.direction):
            found |= {"sort": self.sort, "dir": self.direction}
        return found

    @property
    def url(self) -> str:
        """Where that list is."""
        return url_for("dashboard.contacts.index", **self.query)  # type: ignore[arg-type]

    def by(self, sort: str) -> dict[str, str]:
        """The query of the same list in another order; asked for what it has already: the other way round."""
        turned = {"asc": "desc", "desc": "asc"}[self.direction]
        direction = turned if sort == self.sort else ("asc" if sort == "email" else "desc")
        return Wanted(self.search, self.subscribed, sort, direction).query
