"""What the two embedded servers have in common: one process on one data folder, with a lock and a log."""

from __future__ import annotations

import fcntl
import os
import signal
import subprocess
import time
from abc import ABC, abstractmethod
from pathlib import Path
from typing import IO

from plunk.embedded.errors import EmbeddedError, StillRunning
from plunk.embedded.home import Home
from plunk.embedded.processes import DIE_WITH_PARENT, SAME, Identity, end, spawn

READY_WITHIN = 60.0
PREDECESSOR_ENDS_WITHIN = 30.0


class Server(ABC):
    """One embedded server. `url` is how clients reach it, running or not."""

    name: str
    stop_signal = signal.SIGTERM
    hurry_signal = signal.SIGTERM
    patience = 30.0

    def __init__(self, home: Home, *, durable: bool) -> None:
        self.home = home
        self.durable = durable
        self.identity: Identity = SAME
        self.process: subprocess.Popen[bytes] | None = None

    @property
    @abstractmethod
    def url(self) -> str:
        """The address for clients."""

    @abstractmethod
    def command(self) -> list[str | Path]:
        """The command line that runs the server in the foreground."""

    @abstractmethod
    def prepare(self) -> None:
        """Makes the data folder, if need be. No server runs on it at that moment."""

    @abstractmethod
    def answers(self) -> bool:
        """Whether the server takes requests now."""

    def start(self) -> None:
        """Waits for a predecessor to end, runs the server and returns once it answers."""
        try:
            process = self.launch(patience=PREDECESSOR_ENDS_WITHIN)
        except OSError as problem:
            raise EmbeddedError(
                f"{self.name} cannot be started: {problem}",
                suggestion=f"Look at the rights and the free space of {self.home.folder}.",
            ) from None
        deadline = time.monotonic() + READY_WITHIN
        while not self.answers():
            if process.poll() is not None:
                raise self._failed("ended while starting")
            if time.monotonic() > deadline:
                raise self._failed(f"does not answer within {READY_WITHIN:.0f} s")
            time.sleep(0.02)

    def launch(self, *, patience: float = 0.0) -> subprocess.Popen[bytes]:
        """Runs the server without waiting until it answers.

        The lock is inherited by the server and all its helpers, and by nobody else: as soon as it can be had,
        not one process of an earlier run is left, whatever stale process ids say. Raises `StillRunning` after
        `patience` seconds.
        """
        with self._locked(patience) as lock, self.home.log(self.name).open("ab") as log:
            self.give(Path(lock.name), Path(log.name), Path(log.name).parent)
            self.prepare()
            process = spawn(
                self.command(),
                env=environment(),
                cwd=self.home.folder,
                output=log.fileno(),
                keeps=(lock.fileno(),),
                dies_with=self.stop_signal,
                identity=self.identity,
            )
            os.pwrite(lock.fileno(), f"{process.pid}\n".encode(), 0)
        self.process = process
        return process

    def stop(self) -> None:
        """Stops the server cleanly; kills it only if that takes longer than its patience."""
        if self.process is not None:
            end(self.process, self.stop_signal, patience=self.patience)
            self.process = None

    def give(self, *paths: Path) -> None:
        """Hands files that this process made to the account that the server runs as."""
        if self.identity.account:
            for path in paths:
                os.chown(path, *self.identity.account)

    def _locked(self, patience: float) -> IO[bytes]:
        path = self.home.folder / f"{self.name}.lock"
        path.touch(mode=0o600)
        file = path.open("r+b")
        deadline = time.monotonic() + patience
        if not DIE_WITH_PARENT:
            self._stop_orphan(file)
        while True:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                if time.monotonic() > deadline:
                    file.close()
                    raise StillRunning(
                        f"{self.name} of an earlier run has not ended yet",
                        suggestion="Try again in a moment.",
                    ) from None
                time.sleep(0.05)
            else:
                file.truncate(0)
                return file

    def _stop_orphan(self, lock: IO[bytes]) -> None:
        """Where the kernel does not tell children that their parent died, the next start does."""
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            pid = lock.read().strip()
            if pid.isdigit():
                os.kill(int(pid), self.stop_signal)

    def _failed(self, what: str) -> EmbeddedError:
        log = self.home.log(self.name)
        lines = log.read_text(errors="replace").strip().splitlines() if log.exists() else []
        self.stop()
        return EmbeddedError(
            f"{self.name} {what}: {lines[-1] if lines else 'no word'}", suggestion=f"See {log}."
        )


def environment() -> dict[str, str]:
    """What a server sees of the environment: a stray PGPORT or LC_ALL must not change what it does."""
    kept = ("PATH", "TMPDIR", "TZ", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH")
    return {"LC_ALL": "C", **{name: os.environ[name] for name in kept if name in os.environ}}
