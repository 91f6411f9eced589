"""An export as a stream of bytes."""

from __future__ import annotations

import codecs
import zlib
from collections.abc import Callable, Iterator

from plunk.db.session import transaction
from plunk.exports.layouts import layout
from plunk.exports.walking import Walk
from plunk.segments.selection import Selection

Tick = Callable[[int, int], object]
_CHUNK = 256 * 1024
_GZIP, _FAST = 31, 4
"""zlib's numbers: the format of gzip, and a level that costs about as much time as the rest of an export."""


def stream(
    selection: Selection,
    form: str,
    *,
    is_gzipped: bool = False,
    has_bom: bool = False,
    tick: Tick | None = None,
) -> Iterator[bytes]:
    """A file of the selection's contacts in order of their ids, `form` being `csv` or `ndjson`, piece by piece.

    The first piece comes once the first contacts are there: what can be known to be wrong is raised before it. Later
    errors are raised in between, so that the file breaks off. `has_bom` begins it with the mark by which some
    spreadsheets know UTF-8. `tick` hears now and then how many more contacts of the project were looked at (at most),
    and how many were found.
    """
    pieces = _pieces(selection, form, codecs.BOM_UTF8 if has_bom else b"", tick)
    return _gzipped(pieces) if is_gzipped else pieces


def _pieces(selection: Selection, form: str, mark: bytes, tick: Tick | None) -> Iterator[bytes]:
    with transaction():
        wanted = layout(selection.project_id, form)
        walk = Walk(selection, wanted)
    beginning = mark + wanted.header
    for part in walk.parts():
        if tick:
            tick(part.looked_at, part.found)
        with part.text as text:
            if beginning:
                yield beginning
                beginning = b""
            while piece := text.read(_CHUNK):
                yield piece
    if beginning:
        yield beginning


def _gzipped(pieces: Iterator[bytes]) -> Iterator[bytes]:
    packer = zlib.compressobj(_FAST, wbits=_GZIP)
    for piece in pieces:
        if packed := packer.compress(piece):
            yield packed
    yield packer.flush()
