"""Imports: a file is uploaded, its columns are mapped, a worker goes through it."""

from __future__ import annotations

from plunk.dashboard.imports import mapping, progress, uploading
from plunk.dashboard.imports.room import room

__all__ = ["mapping", "progress", "room", "uploading"]
