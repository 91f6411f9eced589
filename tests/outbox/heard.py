"""A plugin for real workers: it notes in the database what it heard, and misbehaves as the fact asks it to."""

from __future__ import annotations

from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import text

from plunk.db.base import db
from plunk.db.session import transaction

SOURCE = '''
    import os, pathlib, signal, time

    from sqlalchemy import text

    from plunk import hookimpl
    from plunk.db.base import db


    @hookimpl
    def plunk_event_tracked(fact):
        note(fact)
        if fact.data.get("only", __name__) == __name__:
            globals()[fact.data.get("does", "nothing")](fact)


    def note(fact):
        db.session.execute(
            text("INSERT INTO outbox_tests.heard (listener, fact_id, contact_id, sequence, pid) "
                 "VALUES (:listener, :fact, :contact, :sequence, :pid)"),
            {"listener": __name__, "fact": fact.id, "contact": fact.contact_id, "sequence": fact.sequence,
             "pid": os.getpid()},
        )


    def nothing(fact):
        pass


    def linger(fact):
        time.sleep(0.01)


    def hang(fact):
        say_where(fact)
        time.sleep(600)


    def freeze(fact):
        signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGALRM])
        hang(fact)


    def die_once(fact):
        if say_where(fact):
            os.kill(os.getpid(), signal.SIGKILL)


    def hang_once(fact):
        if say_where(fact):
            time.sleep(600)


    def say_where(fact):
        """Writes our process id to the file that the fact names; False if that happened before."""
        place = pathlib.Path(fact.data["place"])
        if place.exists():
            return False
        place.write_text(str(os.getpid()))
        return True
'''


class Heard(NamedTuple):
    """A fact that a listener heard in a transaction that was committed."""

    fact_id: UUID
    contact_id: UUID
    sequence: int
    pid: int
    at: Any


def prepare() -> None:
    """Makes the table; in a schema of its own, which is none of the migrations' business."""
    with transaction():
        db.session.execute(text("CREATE SCHEMA IF NOT EXISTS outbox_tests"))
        db.session.execute(
            text("""
            CREATE TABLE IF NOT EXISTS outbox_tests.heard (
                id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, listener text, fact_id uuid, contact_id uuid,
                sequence bigint, pid int, at timestamptz DEFAULT clock_timestamp()
            )
            """)
        )


def heard_by(listener: str) -> list[Heard]:
    """What it heard, in that order."""
    db.session.rollback()
    found = db.session.execute(
        text(
            "SELECT fact_id, contact_id, sequence, pid, at FROM outbox_tests.heard WHERE listener = :name ORDER BY id"
        ),
        {"name": listener.replace("-", "_")},
    )
    return [Heard(*row) for row in found]
