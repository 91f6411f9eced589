"""The home folder: who holds it, where its data, sockets and logs are."""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import re
import stat
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO

from plunk.embedded.errors import EmbeddedError, HomeInUse
from plunk.embedded.processes import is_alive

PATIENCE = 60.0
LOG_LIMIT = 10 * 1024 * 1024
# A socket's path fits into 107 bytes (Linux) or 103 (macOS); `.s.PGSQL.5432.lock` is the longest name here.
_LONGEST_SOCKET_FOLDER = 103 - 20
# redis-py cannot read CLIENT INFO, which RQ asks for, when the socket's path contains a blank or an equals sign.
_HARMLESS = re.compile(r"[\w./+-]+")


@dataclass(frozen=True)
class Holder:
    """Who holds a home. `stays` is true of what runs until it is stopped."""

    pid: int
    command: str
    stays: bool


class Home:
    """A folder of mode 0700 that one process at a time holds."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder.absolute()
        self._lock: IO[bytes] | None = None
        self._was_clean = True

    @property
    def sockets(self) -> Path:
        """Where the sockets are: in the home, or in /tmp if that path is too long or has blanks.

        Not in $TMPDIR: a command typed elsewhere must find them too.
        """
        inside = self.folder / "run"
        if len(os.fsencode(inside)) <= _LONGEST_SOCKET_FOLDER and _HARMLESS.fullmatch(str(inside)):
            return inside
        name = hashlib.sha256(os.fsencode(self.folder)).hexdigest()[:16]
        return Path("/tmp") / f"plunk-{name}"

    @property
    def was_left_in_a_hurry(self) -> bool:
        """Whether the last holder was killed: its children may still be ending."""
        return not self._was_clean

    def make(self) -> None:
        """Creates what is missing. Raises `EmbeddedError` if the folder cannot be used."""
        try:
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            self.folder = self.folder.resolve()
            if stat.S_IMODE(self.folder.stat().st_mode) & 0o077:
                self.folder.chmod(0o700)
        except OSError as problem:
            raise EmbeddedError(
                f"The folder {self.folder} cannot be used: {problem.strerror}",
                suggestion="Set PLUNK_HOME to a folder of yours, or run plunk as the account it belongs to.",
            ) from None

    def take(self, command: str, *, stays: bool, beside: Callable[[], bool] | None) -> bool:
        """True: this process holds the home now. False: a process that stays holds it and `beside()` is true.

        With `beside` None there is no second way: `HomeInUse` at once if the holder stays. Short commands are
        waited for, 60 seconds at most.
        """
        self.make()
        deadline = time.monotonic() + PATIENCE
        while not self._try_lock(Holder(os.getpid(), command, stays)):
            holder = self._holder()
            if holder is not None and holder.stays:
                if beside is None:
                    raise _in_use(self.folder, holder)
                if beside():
                    return False
            if time.monotonic() > deadline:
                raise _in_use(self.folder, holder)
            time.sleep(0.05)
        return True

    def release(self) -> None:
        """Lets go. The emptied file says that nothing was left behind."""
        if self._lock is None:
            return
        if self.sockets.parent != self.folder:
            with suppress(OSError):
                self.sockets.rmdir()
        self._lock.truncate(0)
        self._lock.close()
        self._lock = None

    def make_sockets(self) -> Path:
        """The socket folder, made if need be, private and ours."""
        folder = self.sockets
        folder.mkdir(mode=0o700, exist_ok=True)
        found = folder.lstat()
        # In a shared temporary folder somebody else may have been there first.
        if not stat.S_ISDIR(found.st_mode) or found.st_uid not in (os.geteuid(), self._owner()):
            raise EmbeddedError(
                f"{folder} belongs to somebody else", suggestion="Set PLUNK_HOME to a shorter path."
            )
        folder.chmod(0o700)
        return folder

    def log(self, name: str) -> Path:
        """The path of a server's log; a log that has grown long is put aside first."""
        folder = self.folder / "log"
        folder.mkdir(mode=0o700, exist_ok=True)
        path = folder / f"{name}.log"
        if path.exists() and path.stat().st_size > LOG_LIMIT:
            path.replace(folder / f"{name}.1.log")
        return path

    def _try_lock(self, holder: Holder) -> bool:
        try:
            file = (self.folder / "lock").open("a+b")
        except OSError as problem:
            raise EmbeddedError(
                f"The folder {self.folder} cannot be used: {problem.strerror}",
                suggestion="Run plunk as the account it belongs to, or set PLUNK_HOME.",
            ) from None
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.close()
            return False
        file.seek(0)
        self._was_clean = file.read() == b""
        file.truncate(0)
        file.write(json.dumps(asdict(holder)).encode())
        file.flush()
        self._lock = file
        return True

    def _holder(self) -> Holder | None:
        """Who wrote the lock file; None while that is unknown or somebody who has ended."""
        try:
            holder = Holder(**json.loads((self.folder / "lock").read_bytes()))
        except (OSError, ValueError, TypeError):
            return None
        return holder if is_alive(holder.pid) else None

    def _owner(self) -> int:
        try:
            return self.folder.stat().st_uid
        except OSError:
            return os.geteuid()


def sync_folder(folder: Path) -> None:
    """Makes sure that names given in `folder` outlast a power cut."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _in_use(folder: Path, holder: Holder | None) -> HomeInUse:
    if holder is None:
        return HomeInUse(f"Another plunk holds {folder}", suggestion="Stop it first, or set PLUNK_HOME.")
    return HomeInUse(
        f"plunk {holder.command} (process {holder.pid}) already runs in {folder}",
        suggestion="Stop it first, or set PLUNK_HOME to another folder.",
    )
