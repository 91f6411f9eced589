"""Uploaded files and the rows of them that were rejected. How an import goes is its job's row."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, Index, LargeBinary, Text, func
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from plunk.db.base import Base


class Import(Base):
    """One uploaded file, stored as UTF-8. Its id is that of the job that imports it.

    `size` counts the stored bytes; `encoding` is what the upload was in.
    """

    __tablename__ = "imports"
    __table_args__ = (Index("ix_imports_created_at", "created_at"),)

    project_id: Mapped[UUID] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    file_name: Mapped[str] = mapped_column(Text)
    size: Mapped[int] = mapped_column(BigInteger)
    encoding: Mapped[str] = mapped_column(Text)
    delimiter: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(server_default=func.clock_timestamp())


class ImportChunk(Base):
    """A MiB of a file; only the last one is shorter, so a place in the file says which chunk it is in."""

    __tablename__ = "import_chunks"

    project_id: Mapped[UUID] = mapped_column(primary_key=True)
    import_id: Mapped[UUID] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    content: Mapped[bytes] = mapped_column(LargeBinary)


class RejectedRow(Base):
    """A row that was rejected: the line on which it begins, why, and its cells."""

    __tablename__ = "import_errors"

    project_id: Mapped[UUID] = mapped_column(primary_key=True)
    import_id: Mapped[UUID] = mapped_column(primary_key=True)
    line: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    reason: Mapped[str] = mapped_column(Text)
    cells: Mapped[list[str]] = mapped_column(ARRAY(Text))
