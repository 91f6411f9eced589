"""Chooses who runs PostgreSQL, which refuses to run as root."""

from __future__ import annotations

import os
import pwd
import sys
from pathlib import Path

from plunk.embedded.errors import EmbeddedError
from plunk.embedded.processes import SAME, Identity, run

_REMEDY = (
    "Run plunk as an ordinary user, or set DATABASE_URL, or put plunk and PLUNK_HOME where the account named "
    "by PLUNK_PG_USER (else postgres, else nobody) can reach them."
)


def choose(program: Path, home: Path, data: Path, *, wanted: str) -> Identity:
    """Who can run `program` on `data`: this account; as root a user namespace; else an account of its own.

    `wanted` is the account the operator named, for where namespaces are refused; the home becomes its own.
    Raises `EmbeddedError` with a remedy when nothing works.
    """
    if os.geteuid() != 0:
        return SAME
    owner = data.stat().st_uid if data.exists() else 0
    if owner == 0 and can_use_namespaces(program, home):
        return _namespace()
    account = _account(owner, wanted)
    _hand_over(home, account)
    if not _can_run(program, home, account):
        name = pwd.getpwuid(account.account[0]).pw_name if account.account else "?"
        raise EmbeddedError(
            f"PostgreSQL does not run as root, and the account {name} cannot run {program} in {home}",
            suggestion=_REMEDY,
        )
    return account


def can_use_namespaces(program: Path, home: Path) -> bool:
    """Whether root may make a user namespace here; containers often forbid it."""
    return sys.platform.startswith("linux") and _can_run(program, home, _namespace())


def _namespace() -> Identity:
    # initdb asks for the name of the account, so it must be one that exists.
    known = sorted(each.pw_uid for each in pwd.getpwall() if each.pw_uid != 0)
    return Identity(f"namespace:{known[0] if known else 1}")


def _account(owner: int, wanted: str) -> Identity:
    """The account that owns the data already, else the first of those that exist."""
    for name in [wanted] if wanted else ["postgres", "nobody"]:
        try:
            found = pwd.getpwuid(owner) if owner else pwd.getpwnam(name)
        except KeyError:
            continue
        if found.pw_uid != 0:
            return Identity(f"account:{found.pw_uid}:{found.pw_gid}")
    named = f"the account {wanted} does not exist" if wanted else "there is no account postgres or nobody"
    raise EmbeddedError(f"PostgreSQL does not run as root, and {named}", suggestion=_REMEDY)


def _can_run(program: Path, home: Path, identity: Identity) -> bool:
    # The folder is the working directory of the trial, so that it must be reachable too.
    trial: list[str | Path] = ["/bin/sh", "-c", 'cd "$1" && "$2" --version', "sh", home, program]
    try:
        tried = run(trial, env={}, cwd=Path("/"), identity=identity)
    except OSError:
        return False
    return tried.returncode == 0


def _hand_over(home: Path, identity: Identity) -> None:
    """Gives the home to the account: root reaches it all the same."""
    uid, gid = identity.account or (0, 0)
    if home.stat().st_uid == uid:
        return
    for folder, _, files in os.walk(home):
        os.chown(folder, uid, gid)
        for name in files:
            os.chown(Path(folder) / name, uid, gid, follow_symlinks=False)
