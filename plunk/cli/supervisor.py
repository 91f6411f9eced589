"""Keeps a handful of child processes alive, passes on what they say, and stops them in order."""

from __future__ import annotations

import os
import selectors
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import FrameType
from typing import IO

from plunk.embedded.processes import kill
from plunk.errors import PlunkError

FIRST_DELAY = 0.5
LONGEST_DELAY = 10.0
HEALTHY_AFTER = 30.0
HURRY = 5.0
_TURN = 0.1


@dataclass
class Child:
    """One supervised process.

    `launch` starts it, without waiting until it is ready; a `PlunkError` or `OSError` means: try again later.
    Asked to stop, it has `patience` seconds after `stop_signal`, then 5 after `hurry_signal`, then it is
    killed. `is_asked_early`: it is asked when the first is, so that slow ones end side by side.
    """

    name: str
    launch: Callable[[], subprocess.Popen[bytes]]
    stop_signal: signal.Signals = signal.SIGTERM
    hurry_signal: signal.Signals = signal.SIGTERM
    patience: float = 10.0
    process: subprocess.Popen[bytes] | None = None
    is_asked_early: bool = False
    _is_asked: bool = field(default=False, init=False)
    _since: float = field(default=0.0, init=False)
    _delay: float = field(default=FIRST_DELAY, init=False)
    _due: float = field(default=0.0, init=False)


class Supervisor:
    """Runs `children` until SIGINT, SIGTERM or SIGHUP, then stops them in the order given.

    A child that ends is started again: after half a second, then twice as long each time up to ten seconds;
    thirty seconds of life clear its record. A second signal makes the stop a hurried one. `when_stopping` is
    called before the first child is asked to end. One thread only: what children print is read between two
    looks at them.
    """

    def __init__(
        self,
        children: Sequence[Child],
        say: Callable[[str], None],
        *,
        when_stopping: Callable[[], None] = lambda: None,
    ) -> None:
        self.children = list(children)
        self._say = say
        self._when_stopping = when_stopping
        self._signals = 0
        self._output = selectors.DefaultSelector()
        self._width = max(len(child.name) for child in self.children)

    def run(self) -> None:
        """Returns when all children have ended. Call it in the main thread."""
        with self._listening_to_signals():
            try:
                while not self._signals:
                    for child in self.children:
                        self._keep(child)
                    self._read(_TURN)
                self._say("stopping")
            finally:
                self._when_stopping()
                for child in self.children:
                    if child.is_asked_early:
                        self._ask(child)
                for child in self.children:
                    self._stop(child)
                self._read_the_rest()

    def ask_to_stop(self) -> None:
        """What a signal does; a second time: in a hurry."""
        self._signals += 1

    def _keep(self, child: Child) -> None:
        """Starts the child if it is time, and notes its end."""
        now = time.monotonic()
        if child.process is None:
            if now >= child._due:
                self._launch(child)
            return
        child._since = child._since or now
        if child.process.poll() is None:
            return
        if now - child._since >= HEALTHY_AFTER:
            child._delay = FIRST_DELAY
        self._put_off(child, _ending(child.process.returncode))

    def _launch(self, child: Child) -> None:
        try:
            child.process = child.launch()
        except (PlunkError, OSError) as problem:
            self._put_off(child, f"does not start: {problem}")
            return
        child._since = time.monotonic()
        if child.process.stdout is not None:
            os.set_blocking(child.process.stdout.fileno(), False)
            self._output.register(child.process.stdout, selectors.EVENT_READ, _Lines(child.name))

    def _put_off(self, child: Child, what: str) -> None:
        self._say(f"{child.name} {what}; starting it again in {child._delay:g} s")
        child.process = None
        child._due = time.monotonic() + child._delay
        child._delay = min(child._delay * 2, LONGEST_DELAY)

    def _stop(self, child: Child) -> None:
        process = child.process
        if process is None:
            return
        if self._signals <= 1:
            self._ask(child)
            if self._ends(process, child.patience, or_hurry=True):
                return
        process.send_signal(child.hurry_signal)
        if not self._ends(process, HURRY):
            kill(process)

    def _ask(self, child: Child) -> None:
        """Once: a second time may mean something else."""
        if child.process is not None and not child._is_asked:
            child._is_asked = True
            child.process.send_signal(child.stop_signal)

    def _ends(self, process: subprocess.Popen[bytes], patience: float, *, or_hurry: bool = False) -> bool:
        deadline = time.monotonic() + patience
        while process.poll() is None:
            if time.monotonic() > deadline or (or_hurry and self._signals > 1):
                return False
            self._read(_TURN / 5)
        return True

    def _read(self, timeout: float) -> bool:
        """Passes on what children printed, waiting at most `timeout` seconds for it. False: there was nothing."""
        if not self._output.get_map():
            time.sleep(timeout)
            return False
        ready = self._output.select(timeout)
        for key, _ in ready:
            pipe: IO[bytes] = key.fileobj  # type: ignore[assignment]
            block = os.read(pipe.fileno(), 65536)
            for line in key.data.split(block):
                self._say(f"{key.data.name:<{self._width}} | {line}")
            if not block:
                self._output.unregister(pipe)
                pipe.close()
        return bool(ready)

    def _read_the_rest(self) -> None:
        """The last words of the children; a grandchild that still holds the pipe is not waited for."""
        while self._read(0):
            pass
        for key in list(self._output.get_map().values()):
            key.fileobj.close()  # type: ignore[union-attr]
        self._output.close()

    @contextmanager
    def _listening_to_signals(self) -> Iterator[None]:
        def handle(signum: int, frame: FrameType | None) -> None:
            self.ask_to_stop()

        with handled(handle):
            yield


class _Lines:
    """Cuts what one child prints into lines."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._rest = b""

    def split(self, block: bytes) -> list[str]:
        """The lines that `block` completes; an empty block ends the last one."""
        *lines, self._rest = (self._rest + block).split(b"\n")
        if self._rest and (not block or len(self._rest) > 65536):
            lines, self._rest = [*lines, self._rest], b""
        return [line.decode(errors="replace").rstrip("\r") for line in lines]


@contextmanager
def handled(handler: Callable[[int, FrameType | None], None]) -> Iterator[None]:
    """SIGINT, SIGTERM and SIGHUP call `handler`, but an ignored SIGHUP (nohup) stays ignored.

    Not so SIGINT, which shells ignore for what they start in the background: whoever sends it there means it.
    """
    wanted = [signal.SIGINT, signal.SIGTERM]
    if signal.getsignal(signal.SIGHUP) != signal.SIG_IGN:
        wanted.append(signal.SIGHUP)
    before = {signum: signal.signal(signum, handler) for signum in wanted}
    try:
        yield
    finally:
        for signum, old in before.items():
            signal.signal(signum, old)


def _ending(code: int) -> str:
    if code >= 0:
        return f"ended with status {code}"
    return f"was ended by {signal.Signals(-code).name}"
