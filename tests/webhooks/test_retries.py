"""When a failed delivery is tried again."""

from __future__ import annotations

from datetime import timedelta
from email.utils import format_datetime

import pytest

from plunk import clock
from plunk.webhooks.retries import LONGEST_WISH, PAUSES, pause_after, retry_after


@pytest.mark.parametrize("attempts", range(1, 10))
def test_each_pause_is_that_of_the_table_within_a_tenth(attempts: int) -> None:
    for _ in range(50):
        pause = pause_after(attempts)
        assert pause
        assert 0.9 <= pause / PAUSES[attempts - 1] <= 1.1


def test_pauses_differ_so_that_not_all_come_back_at_once() -> None:
    assert len({pause_after(3) for _ in range(20)}) > 1


def test_the_tenth_failure_is_the_last() -> None:
    assert pause_after(10) is None
    assert pause_after(10, timedelta(seconds=5)) is None


def test_a_wish_prolongs_the_pause_and_never_shortens_it() -> None:
    assert pause_after(1, timedelta(minutes=2)) == timedelta(minutes=2)
    assert pause_after(4, timedelta(seconds=1)) > timedelta(hours=1)
    assert pause_after(1, timedelta(days=400)) == LONGEST_WISH


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("120", 120),
        (" 5 ", 5),
        ("0", 0),
        ("999999999999999999999", 86400),
        (None, None),
        ("", None),
        ("soon", None),
        ("-5", None),
        ("1.5", None),
        ("١٢", None),
        ("Wed, 21 Oct 2015 07:28:00 GMT", None),
        ("Wed, 99 Oct 2015 07:28:00 GMT", None),
        ("Wed, 21 Oct 99999 07:28:00 GMT", None),
    ],
)
def test_retry_after_is_seconds_or_nothing_we_understand(header: str | None, seconds: int | None) -> None:
    found = retry_after(header)
    assert found == (None if seconds is None else timedelta(seconds=seconds))


@pytest.mark.parametrize("is_named", [True, False])
def test_retry_after_may_be_a_date(is_named: bool) -> None:
    text = format_datetime(clock.now() + timedelta(minutes=10), usegmt=is_named)
    found = retry_after(text)
    assert found
    assert timedelta(minutes=9, seconds=55) < found <= timedelta(minutes=10)
