"""Signs webhooks by the rules of https://www.standardwebhooks.com (version 1.0, symmetric)."""

from __future__ import annotations

import hmac
import secrets as randomness
from base64 import b64decode, b64encode
from collections.abc import Sequence
from datetime import datetime

PREFIX = "whsec_"
_SECRET_BYTES = 32


def new_secret() -> str:
    """A secret as receivers get it: `whsec_` and 32 random bytes in base64."""
    return PREFIX + b64encode(randomness.token_bytes(_SECRET_BYTES)).decode("ascii")


def signature_headers(secrets: Sequence[str], message_id: str, at: datetime, body: bytes) -> dict[str, str]:
    """The three headers that go with `body`; while a secret is being replaced, one signature for each.

    `message_id` stays the same when a message is sent again and holds no full stop, which separates what is signed;
    `at` is the moment of this attempt, with its time zone: receivers refuse what is older than some minutes.
    """
    if "." in message_id:
        raise ValueError("the id of a message holds no full stop")
    if at.tzinfo is None:
        raise ValueError("the time of an attempt needs its time zone")
    timestamp = str(int(at.timestamp()))
    signed = f"{message_id}.{timestamp}.".encode() + body
    return {
        "webhook-id": message_id,
        "webhook-timestamp": timestamp,
        "webhook-signature": " ".join(_signature(secret, signed) for secret in secrets),
    }


def _signature(secret: str, signed: bytes) -> str:
    key = b64decode(secret.removeprefix(PREFIX), validate=True)
    return "v1," + b64encode(hmac.digest(key, signed, "sha256")).decode("ascii")
