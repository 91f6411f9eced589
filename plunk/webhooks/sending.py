"""One attempt: what is posted, and what came of it."""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from plunk import clock
from plunk.errors import PlunkError
from plunk.outbound.client import Answer, Client
from plunk.outbound.errors import Undeliverable
from plunk.signing.seals import unseal
from plunk.signing.webhooks import signature_headers
from plunk.web.openapi import VERSION
from plunk.webhooks.leasing import Leased
from plunk.webhooks.payload import message_id
from plunk.webhooks.retries import retry_after

log = logging.getLogger(__name__)
EXCERPT_BYTES = 1024
GONE = 410
_HEADERS = {"Content-Type": "application/json", "User-Agent": f"plunk/{VERSION}"}


REMEDY = "(Put the former key back into PLUNK_SECRET_KEY, behind a comma, or rotate the webhook's secret.)"


@dataclass(frozen=True)
class Letter:
    """What is posted. Made where the app is at hand; posting needs nothing else."""

    url: str
    body: bytes
    headers: Mapping[str, str]


@dataclass(frozen=True)
class Outcome:
    """What came of an attempt: an answer's `status` and the beginning of its text, or an `error` without an answer."""

    status: int | None = None
    text: str | None = None
    error: str | None = None
    wish: timedelta | None = None
    is_permanent: bool = False
    seconds: float = 0.0

    @property
    def is_success(self) -> bool:
        return self.status is not None and 200 <= self.status < 300

    @property
    def is_gone(self) -> bool:
        """The receiver wants no more."""
        return self.status == GONE


def headers_of(fact_id: UUID) -> dict[str, str]:
    """What every attempt to tell of this fact carries. The moment and the signature of one attempt come to it."""
    return {**_HEADERS, "webhook-id": message_id(fact_id)}


def letter_for(leased: Leased) -> Letter | Outcome:
    """Signed for this moment, by the secret before the last rotation too while that holds. An Outcome if it cannot be
    signed, which is the operator's to mend."""
    body = leased.body.encode()
    try:
        secrets = [unseal(leased.secret), *_former(leased)]
    except PlunkError as problem:
        log.error("a webhook cannot be signed: %s", problem)
        return Outcome(error=f"Not sent: {problem} {REMEDY}")
    signature = signature_headers(secrets, message_id(leased.fact_id), clock.now(), body)
    return Letter(leased.url, body, {**headers_of(leased.fact_id), **signature})


def _former(leased: Leased) -> list[str]:
    """The secret before the last rotation. One that no key of ours opens is left out: rotating is what mends that."""
    try:
        return [unseal(leased.previous_secret)] if leased.previous_secret else []
    except PlunkError:
        return []


def post(client: Client, letter: Letter, *, timeout: float) -> Outcome:
    """Sends it; whatever happens is written down. Safe to call from any thread."""
    began = time.monotonic()
    try:
        answer = client.post(letter.url, body=letter.body, headers=letter.headers, timeout=timeout)
    except Undeliverable as problem:
        return Outcome(
            error=problem.message, is_permanent=problem.is_permanent, seconds=time.monotonic() - began
        )
    except Exception as problem:  # A fault of ours must not keep a delivery in flight for ever.
        log.exception("a webhook could not be posted")
        return Outcome(error=f"{type(problem).__name__}: {problem}")
    return outcome_of(answer)


def outcome_of(answer: Answer) -> Outcome:
    """An answer as what is noted about it."""
    is_success = 200 <= answer.status < 300
    return Outcome(
        status=answer.status,
        text=answer.body[:EXCERPT_BYTES].decode(errors="replace"),
        error=None if is_success else _words(answer.status),
        wish=None if is_success else retry_after(answer.headers.get("retry-after")),
        seconds=answer.seconds,
    )


def _words(status: int) -> str:
    if status == GONE:
        return "The receiver answered 410: it wants no more"
    if 300 <= status < 400:
        return f"The receiver answered {status}; redirects are not followed"
    return f"The receiver answered {status}"
