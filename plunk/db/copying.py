"""What a query finds, as the text of a file: the database writes it, Python passes it on."""

from __future__ import annotations

from typing import IO, Any, LiteralString

from sqlalchemy import Dialect, Select
from sqlalchemy.sql.compiler import SQLCompiler

from plunk.db.base import db
from plunk.db.pipeline import driver_connection

CSV: LiteralString = "(FORMAT csv)"
"""As RFC 4180 has it, with plain newlines: null is nothing at all, the empty text is two quotes."""

LINES: LiteralString = "(FORMAT csv, QUOTE e'\\x01', DELIMITER e'\\x02')"
"""One column as it is: for text without control characters, such as JSON."""


class Copying:
    """A query made ready once, to be run with changing values of its `bindparam`s.

    COPY takes no parameters. psycopg writes them into the statement, quoted as this server reads them.
    """

    def __init__(self, query: Select[Any], layout: LiteralString) -> None:
        dialect = db.engine.dialect
        compiled = query.compile(dialect=dialect, compile_kwargs={"render_postcompile": True})
        self._statement = f"COPY ({compiled}) TO STDOUT {layout}"
        self._values = _as_the_driver_takes_them(compiled, dialect)

    def write(self, file: IO[bytes], **values: Any) -> int:
        """Writes all rows, on the transaction of the session, and answers how many they are."""
        cursor = driver_connection().cursor()
        with cursor.copy(self._statement.encode(), {**self._values, **values}) as rows:
            for row in rows:
                file.write(row)
        return cursor.rowcount


def _as_the_driver_takes_them(compiled: SQLCompiler, dialect: Dialect) -> dict[str, Any]:
    """The values that the query brings along: JSON and others are wrapped, as SQLAlchemy does when it runs one."""
    found = {}
    for name, value in compiled.params.items():
        # Lists that were spread out have names of their own: `id_1_1`, `id_1_2` for `id_1`.
        bound = compiled.binds[name if name in compiled.binds else name.rpartition("_")[0]]
        process = bound.type.dialect_impl(dialect).bind_processor(dialect)
        found[name] = process(value) if process else value
    return found
