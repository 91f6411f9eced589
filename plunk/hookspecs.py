"""The hooks: every place where a plugin, or a room of the house, may take part."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any
from uuid import UUID

import pluggy
from flask import Flask

from plunk.facts import ContactChange, EventTracked, MembershipChanged

if TYPE_CHECKING:
    from plunk.filters.operator import Operator

hookspec = pluggy.HookspecMarker("plunk")


@hookspec
def plunk_setup(app: Flask) -> None:
    """The app is being made: register blueprints, read settings.

    Called once per app and process, in web processes, workers and commands alike, before the first request and before
    any other hook of yours. Read your settings here, from the environment, and raise `plunk.config.BadSetting` with
    what is wrong with them: plunk then does not start, and names the plugin. Keep what you need in
    `app.extensions["your-plugin"]`. Do not ask the database or the network: commands that need neither run this too.

    A blueprint of class `plunk.web.blueprint.Blueprint`, registered with `app.extensions["plunk.api"]`, stands in
    `/openapi.json` and needs a secret key, as all routes do.
    """


@hookspec
def plunk_filter_operators() -> Iterable[Operator]:  # type: ignore[empty-body]
    """Operators for rules, asked for once when an app is made.

    Return objects of classes that derive from `plunk.filters.operator.Operator`. The built-in operators come
    through this hook too. An operator's `key` is stored in saved rules: choose it for ever. A key that two plugins
    declare is refused at start.
    """


@hookspec
def plunk_contacts_changing(project_id: UUID, contact_ids: Sequence[UUID], emails: Sequence[str]) -> None:
    """Contacts of one project are about to change, in the transaction of the write: a last look at them as they are.

    They are named by id or by normalised address; those that do not exist yet are named too. The same rules hold as
    for `plunk_contacts_changed`.
    """


@hookspec
def plunk_contacts_changed(project_id: UUID, rules_version: int, changes: Sequence[ContactChange]) -> None:
    """Contacts of one project changed, in the transaction of the write, each contact once.

    Whatever you write to the database here commits or rolls back together with the change. Raise, and the whole
    write is undone. Never commit, and do not wait for anything but the database: the contacts are locked. Deleted
    contacts are told of before their rows go. `rules_version` rises with every edit of the project's segments and
    webhook endpoints; what is remembered about them can be kept under it.
    """


@hookspec
def plunk_event_tracked(fact: EventTracked) -> None:
    """A contact did something, or something happened to it. Called in a worker, at least once, in order per contact.

    Runs in a transaction of its own, after the commit of the write, within PLUNK_HANDLER_SECONDS. What you write to
    the database commits with the note that you were told, so that happens exactly once; effects elsewhere may happen
    again: key them by `fact.id`. Raise, and you are asked again later, with growing pauses; later facts about the
    same contact wait.
    """


@hookspec
def plunk_membership_changed(fact: MembershipChanged) -> None:
    """A contact came into a segment with tracked membership, or left it. Called as `plunk_event_tracked` is."""


@hookspec
def plunk_wanted_topics(project_id: UUID) -> Iterable[str]:  # type: ignore[empty-body]
    """Which facts your `plunk_event_tracked` and `plunk_membership_changed` want to hear of in a project.

    Patterns of topics such as `segment.*` or `signed_up`; `*` stands for any characters. Without this hook you hear
    of everything. Asked again after every edit of the project's segments and webhook endpoints
    (`plunk.accounts.service.rules_edited` makes it so for settings of yours).
    """


@hookspec
def plunk_usages(project_id: UUID, kind: str, name: str) -> Iterable[dict[str, Any]]:  # type: ignore[empty-body]
    """Who uses a thing, asked when somebody wants to know or to delete it.

    `kind` is `field` (`name` as in rules: `email`, `data.plan`), `event` (the event's name) or `segment` (its id).
    Answer with `{"type": …, "id": …, "name": …}` for each user, an empty list for none.
    """
