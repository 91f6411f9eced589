"""API keys: made, shown once, recognised by their SHA-256, dead within a second of being revoked."""

from __future__ import annotations

import hmac
import re
import secrets
import threading
import time
from dataclasses import dataclass
from hashlib import sha256
from uuid import UUID

from sqlalchemy import func, select, update

from plunk.accounts.models import ApiKey, Project
from plunk.db.base import db, new_id
from plunk.errors import KeyNotFound
from plunk.web.access import Access

PREFIXES = {"secret": "sk_", "public": "pk_"}
_SHAPE = re.compile(r"[sp]k_[A-Za-z0-9_-]{20,128}")
_REMEMBERED_SECONDS = 0.5
_REMEMBERED_KEYS = 10_000


@dataclass(frozen=True)
class NewKey:
    """A key at the one moment when it can be read."""

    id: UUID
    kind: str
    key: str


def create_key(project_id: UUID, kind: str, *, name: str = "", key_id: UUID | None = None) -> NewKey:
    """A further key of the project; `kind` is `secret` or `public`. `key_id` is an id of the caller's own."""
    key = PREFIXES[kind] + secrets.token_urlsafe(32)
    row = ApiKey(
        project_id=project_id,
        id=key_id or new_id(),
        kind=kind,
        name=name,
        prefix=key[:10],
        key_hash=_digest(key),
    )
    db.session.add(row)
    db.session.flush()
    return NewKey(id=row.id, kind=kind, key=key)


def list_keys(project_id: UUID) -> list[ApiKey]:
    """All keys of the project, revoked ones too, oldest first."""
    found = db.session.scalars(select(ApiKey).where(ApiKey.project_id == project_id).order_by(ApiKey.id))
    return list(found)


def revoke_key(key_id: UUID, *, project_id: UUID | None = None) -> ApiKey:
    """Ends a key, of that project if one is given; raises KeyNotFound. Processes that remember it forget it within a
    second."""
    revoked = (
        update(ApiKey)
        .where(ApiKey.id == key_id, *([] if project_id is None else [ApiKey.project_id == project_id]))
        .values(revoked_at=func.coalesce(ApiKey.revoked_at, func.clock_timestamp()))
    )
    row: ApiKey | None = db.session.scalar(revoked.returning(ApiKey))
    if row is None:
        raise KeyNotFound(f"No key has the id {key_id}")
    return row


class Authenticator:
    """Turns a key into what it opens. Answers are remembered for half a second in each process."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._remembered: dict[bytes, tuple[float, Access]] = {}

    def __call__(self, key: str) -> Access | None:
        if not _SHAPE.fullmatch(key):
            return None
        digest = _digest(key)
        now = time.monotonic()
        known = self._remembered.get(digest)
        if known and known[0] > now:
            return known[1]
        found = _look_up(digest)
        if found is not None:
            self._remember(digest, now + _REMEMBERED_SECONDS, found)
        return found

    def _remember(self, digest: bytes, until: float, found: Access) -> None:
        with self._lock:
            if len(self._remembered) >= _REMEMBERED_KEYS:
                self._remembered.clear()
            self._remembered[digest] = (until, found)


def _look_up(digest: bytes) -> Access | None:
    row = db.session.execute(
        select(ApiKey.project_id, ApiKey.kind, ApiKey.key_hash, Project.public_key_may_subscribe)
        .join(Project, Project.id == ApiKey.project_id)
        .where(ApiKey.key_hash == digest, ApiKey.revoked_at.is_(None))
    ).first()
    if row is None or not hmac.compare_digest(row.key_hash, digest):
        return None
    return Access(row.project_id, row.kind, row.public_key_may_subscribe)


def _digest(key: str) -> bytes:
    return sha256(key.encode()).digest()
