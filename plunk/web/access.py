"""Who may call what: every route needs a secret key unless it says otherwise.

How a key becomes an `Access` is told by a room above (`install`): this floor knows no accounts.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar, cast
from uuid import UUID

from flask import Flask, current_app, g, request

from plunk.refusals import InvalidKey, MissingKey, WrongKeyKind

View = TypeVar("View", bound=Callable[..., Any])
Authenticate = Callable[[str], "Access | None"]
_EVERYBODY = "_plunk_open_to_everybody"
_PUBLIC_KEYS = "_plunk_open_to_public_keys"


@dataclass(frozen=True)
class Access:
    """What the key of this request opens. `key_kind` is `secret` or `public`."""

    project_id: UUID
    key_kind: str
    public_key_may_subscribe: bool = False


def open_to_everybody(view: View) -> View:
    """No key needed: health checks, documentation."""
    setattr(view, _EVERYBODY, True)
    return view


def open_to_public_keys(view: View) -> View:
    """Public keys may call this too."""
    setattr(view, _PUBLIC_KEYS, True)
    return view


def needs_key(view: Callable[..., Any]) -> bool:
    return not getattr(view, _EVERYBODY, False)


def install(app: Flask, authenticate: Authenticate) -> None:
    """Guards every route of the app; `authenticate` turns a key into an Access, or None for an unknown one."""
    app.extensions["plunk.authenticate"] = authenticate
    app.before_request(_guard)


def access() -> Access:
    """The access of this request."""
    return cast(Access, g.access)


def project_id() -> UUID:
    """The project whose key came with this request."""
    return access().project_id


def _guard() -> None:
    if request.endpoint is None or request.method == "OPTIONS":
        return
    view = current_app.view_functions[request.endpoint]
    if not needs_key(view):
        return
    token = _bearer()
    found = current_app.extensions["plunk.authenticate"](token)
    if found is None:
        raise InvalidKey
    if found.key_kind != "secret" and not getattr(view, _PUBLIC_KEYS, False):
        raise WrongKeyKind
    g.access = found


def _bearer() -> str:
    header = request.headers.get("Authorization")
    if not header:
        raise MissingKey
    scheme, _, token = header.strip().partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise InvalidKey
    return token.strip()
