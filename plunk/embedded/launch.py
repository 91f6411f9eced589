"""Becomes another program that ends with its parent. Run as a script: it imports nothing of plunk.

    python -I -S launch.py PARENT SIGNAL IDENTITY PROGRAM [ARGUMENT…]

A script between fork and exec, because code in a forked copy of a process with threads may hang. The parent
sees one process id from beginning to end.

PARENT is the process that must still be alive; SIGNAL is what the kernel sends when it dies (Linux; elsewhere
the next start of plunk stops what was left). IDENTITY is `same`, `namespace:UID` or `account:UID:GID`.
"""

from __future__ import annotations

import ctypes  # now: after the change of account its files may be out of reach
import os
import sys

CLONE_NEWUSER = 0x10000000
PR_SET_PDEATHSIG = 1
CANNOT = 125


def main(parent: int, signal: int, identity: str, command: list[str]) -> None:
    kind, _, rest = identity.partition(":")
    if kind == "namespace":
        enter_namespace(int(rest))
    elif kind == "account":
        become(*map(int, rest.split(":")))
    if sys.platform.startswith("linux"):
        # After the change of identity, which clears it.
        libc("prctl", PR_SET_PDEATHSIG, signal, 0, 0, 0)
        if os.getppid() != parent:
            sys.exit("the parent has ended")
    os.execv(command[0], command)


def enter_namespace(uid: int) -> None:
    """Root outside, account `uid` inside: files stay root's, and a program that refuses root is content."""
    outside_uid, outside_gid = os.getuid(), os.getgid()
    libc("unshare", CLONE_NEWUSER)
    write("/proc/self/setgroups", "deny")
    write("/proc/self/uid_map", f"{uid} {outside_uid} 1")
    write("/proc/self/gid_map", f"{uid} {outside_gid} 1")


def become(uid: int, gid: int) -> None:
    os.setgroups([])
    os.setgid(gid)
    os.setuid(uid)


def libc(function: str, *arguments: int) -> None:
    library = ctypes.CDLL(None, use_errno=True)
    if getattr(library, function)(*[ctypes.c_ulong(argument) for argument in arguments]) != 0:
        code = ctypes.get_errno()
        raise OSError(code, f"{function}: {os.strerror(code)}")


def write(path: str, text: str) -> None:
    with open(path, "w") as file:  # noqa: PTH123 - pathlib would double the start-up time
        file.write(text)


if __name__ == "__main__":
    try:
        main(int(sys.argv[1]), int(sys.argv[2]), sys.argv[3], sys.argv[4:])
    except OSError as problem:
        print(f"cannot start {sys.argv[4]}: {problem}", file=sys.stderr)
        sys.exit(CANNOT)
