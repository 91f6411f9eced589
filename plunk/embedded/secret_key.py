"""The secret key that an embedded database keeps beside its data, so that nobody has to think of one at first."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from plunk.config import SHORTEST_SECRET_KEY
from plunk.embedded.errors import EmbeddedError
from plunk.embedded.home import sync_folder


def find(folder: Path) -> str:
    """The key of the home in `folder`; empty if it has none yet. Raises `EmbeddedError` for a file that holds none."""
    path = _path(folder)
    try:
        key = path.read_text(encoding="ascii").strip()
    except FileNotFoundError:
        return ""
    except (OSError, UnicodeError) as problem:
        raise EmbeddedError(
            f"The secret key in {path} cannot be read ({problem})",
            suggestion="Run plunk as the account it belongs to, or bring the file back from a backup.",
        ) from None
    if len(key) < SHORTEST_SECRET_KEY:
        raise EmbeddedError(
            f"{path} does not hold a secret key",
            suggestion="Bring it back from a backup. Without it, delete it: what it sealed must be made anew.",
        )
    return key


def make(folder: Path) -> None:
    """Makes a key unless there is one. Call it while holding the home: two makers would lose one of two keys.

    The file appears whole or not at all, and only its owner can read it.
    """
    if find(folder):
        return
    try:
        _write(_path(folder), secrets.token_urlsafe(32))
    except OSError as problem:
        raise EmbeddedError(
            f"The secret key cannot be kept in {folder}: {problem.strerror}",
            suggestion="Set PLUNK_HOME to a folder of yours with room in it, or set PLUNK_SECRET_KEY.",
        ) from None


def _write(path: Path, key: str) -> None:
    new = path.with_suffix(".new")
    new.unlink(missing_ok=True)  # of a process that was killed here
    with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(key + "\n")
        file.flush()
        os.fsync(file.fileno())
    new.replace(path)
    sync_folder(path.parent)


def _path(folder: Path) -> Path:
    return folder / "secret.key"
