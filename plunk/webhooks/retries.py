"""When a delivery that failed is tried again."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from plunk import clock

PAUSES = (
    timedelta(seconds=5),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=5),
    timedelta(hours=10),
    timedelta(hours=14),
    timedelta(hours=20),
    timedelta(hours=24),
)
JITTER = 0.1
LONGEST_WISH = timedelta(hours=24)


def pause_after(attempts: int, wish: timedelta | None = None) -> timedelta | None:
    """How long to wait after so many failed attempts; None when that was the last one.

    `wish` is what the receiver asked for with Retry-After: waiting is prolonged by it, never shortened, up to a day.
    The jitter keeps deliveries that failed together from coming back together.
    """
    if attempts > len(PAUSES):
        return None
    pause = PAUSES[attempts - 1] * random.uniform(1 - JITTER, 1 + JITTER)
    return max(pause, min(wish, LONGEST_WISH)) if wish else pause


def retry_after(header: str | None) -> timedelta | None:
    """What a Retry-After header asks for (RFC 9110): seconds, or a date; None for anything else."""
    text = (header or "").strip()
    if text.isascii() and text.isdigit():
        return timedelta(seconds=min(int(text[:10]), LONGEST_WISH.total_seconds()))
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return _until(moment if moment.tzinfo else moment.replace(tzinfo=UTC))


def _until(moment: datetime) -> timedelta | None:
    left = moment - clock.now()
    return left if left > timedelta(0) else None
