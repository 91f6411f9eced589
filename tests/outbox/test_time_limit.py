"""A time limit in a process that may have an alarm of its own."""

from __future__ import annotations

import signal
import time
from collections.abc import Iterator
from contextlib import suppress
from types import FrameType

import pytest

from plunk.outbox.time_limit import TimeLimit, TookTooLong
from tests.live import eventually


@pytest.fixture
def rung() -> Iterator[list[float]]:
    """When the alarm of somebody else rang."""
    times: list[float] = []

    def note(signum: int, frame: FrameType | None) -> None:
        times.append(time.monotonic())

    before = signal.signal(signal.SIGALRM, note)
    yield times
    signal.setitimer(signal.ITIMER_REAL, 0)
    signal.signal(signal.SIGALRM, before)


def test_what_ends_in_time_is_left_alone() -> None:
    with TimeLimit(0.5) as limit:
        pass
    time.sleep(0.6)
    assert not limit.is_over


def test_what_takes_too_long_is_interrupted() -> None:
    began = time.monotonic()
    with pytest.raises(TookTooLong), TimeLimit(0.05) as limit, suppress(Exception):
        time.sleep(5)
    assert limit.is_over and time.monotonic() - began < 4


def test_what_swallows_the_interruption_is_found_out_at_the_end() -> None:
    with pytest.raises(TookTooLong), TimeLimit(0.05), suppress(BaseException):
        time.sleep(5)


def test_what_fails_because_it_was_interrupted_has_taken_too_long() -> None:
    with pytest.raises(TookTooLong), TimeLimit(0.05):
        try:
            time.sleep(5)
        except BaseException:
            raise ValueError("something else") from None


def test_a_failure_within_the_time_is_the_failure() -> None:
    with pytest.raises(ValueError), TimeLimit(5):
        raise ValueError


def test_an_alarm_that_was_set_before_rings_when_it_would_have(rung: list[float]) -> None:
    began = time.monotonic()
    signal.setitimer(signal.ITIMER_REAL, 0.3)
    with TimeLimit(5):
        time.sleep(0.1)
    eventually(lambda: rung)
    assert len(rung) == 1 and 0.25 < rung[0] - began < 4


def test_an_alarm_that_was_due_meanwhile_rings_at_once(rung: list[float]) -> None:
    signal.setitimer(signal.ITIMER_REAL, 0.05)
    with TimeLimit(5):
        time.sleep(0.1)
        assert rung == []
    eventually(lambda: rung)
