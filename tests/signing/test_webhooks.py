"""Signatures of webhooks, as the public package for receivers verifies them."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime, timedelta, timezone

import pytest
from standardwebhooks import Webhook, WebhookVerificationError

from plunk.signing.webhooks import new_secret, signature_headers

BODY = json.dumps({"type": "contact.created", "data": {"name": "Zoë"}}, ensure_ascii=False).encode()


def test_a_receiver_verifies_what_was_signed() -> None:
    secret = new_secret()
    headers = signature_headers([secret], "msg_1", datetime.now(UTC), BODY)
    assert Webhook(secret).verify(BODY, headers) == json.loads(BODY)


def test_during_a_rotation_both_secrets_verify() -> None:
    old, new, other = new_secret(), new_secret(), new_secret()
    headers = signature_headers([new, old], "msg_1", datetime.now(UTC), BODY)
    assert len(headers["webhook-signature"].split(" ")) == 2
    for secret in (old, new):
        Webhook(secret).verify(BODY, headers)
    with pytest.raises(WebhookVerificationError):
        Webhook(other).verify(BODY, headers)


@pytest.mark.parametrize(
    "changed",
    [{"webhook-id": "msg_2"}, {"webhook-timestamp": str(int(datetime.now(UTC).timestamp()) + 60)}],
)
def test_id_and_time_are_signed_too(changed: dict[str, str]) -> None:
    secret = new_secret()
    headers = signature_headers([secret], "msg_1", datetime.now(UTC), BODY)
    with pytest.raises(WebhookVerificationError):
        Webhook(secret).verify(BODY, headers | changed)


def test_a_changed_body_does_not_verify() -> None:
    secret = new_secret()
    headers = signature_headers([secret], "msg_1", datetime.now(UTC), BODY)
    with pytest.raises(WebhookVerificationError):
        Webhook(secret).verify(BODY + b" ", headers)


def test_an_old_message_does_not_verify() -> None:
    secret = new_secret()
    headers = signature_headers([secret], "msg_1", datetime.now(UTC) - timedelta(hours=1), BODY)
    with pytest.raises(WebhookVerificationError, match="too old"):
        Webhook(secret).verify(BODY, headers)


def test_the_signature_is_the_one_of_the_specification() -> None:
    """An example that the makers of the standard publish with their libraries."""
    secret, body = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", b'{"test": 2432232314}'
    at = datetime.fromtimestamp(1614265330, UTC)
    headers = signature_headers([secret], "msg_p5jXN8AQM9LWM0D4loKWxJek", at, body)
    assert headers == {
        "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
        "webhook-timestamp": "1614265330",
        "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    }


def test_times_are_whole_seconds_of_any_zone() -> None:
    at = datetime(2026, 11, 23, 12, 0, 0, 999_999, timezone(timedelta(hours=2)))
    assert signature_headers([], "m", at, b"")["webhook-timestamp"] == "1795428000"


def test_what_would_blur_what_is_signed_is_refused() -> None:
    with pytest.raises(ValueError, match="full stop"):
        signature_headers([new_secret()], "msg.1", datetime.now(UTC), BODY)
    with pytest.raises(ValueError, match="time zone"):
        signature_headers([new_secret()], "msg_1", datetime(2026, 11, 23), BODY)


def test_secrets_are_thirty_two_random_bytes() -> None:
    made = {new_secret() for _ in range(100)}
    assert len(made) == 100
    assert all(len(base64.b64decode(secret.removeprefix("whsec_"), validate=True)) == 32 for secret in made)
