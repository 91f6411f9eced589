"""An export as an answer over HTTP: a file that comes as a stream."""

from __future__ import annotations

from itertools import chain
from urllib.parse import quote

from flask import Response

from plunk import clock
from plunk.exports.service import stream
from plunk.segments.selection import Selection

TYPES = {"csv": "text/csv; charset=utf-8", "ndjson": "application/x-ndjson"}
GZIP = "application/gzip"


def file_of(
    selection: Selection, form: str, *, name: str, is_gzipped: bool = False, has_bom: bool = False
) -> Response:
    """The selection's contacts, `form` being `csv` or `ndjson`; the file's name begins with `name`.

    Errors before the first piece are answers; later ones break the stream off, so that nobody takes the part for the
    whole.
    """
    pieces = stream(selection, form, is_gzipped=is_gzipped, has_bom=has_bom)
    response = Response(chain([next(pieces, b"")], pieces), content_type=GZIP if is_gzipped else TYPES[form])
    file = f"{name}-{clock.now():%Y-%m-%d}.{form}{'.gz' if is_gzipped else ''}"
    response.headers["Content-Disposition"] = _attached(file)
    response.headers["Cache-Control"] = "no-store"
    return response


def _attached(file: str) -> str:
    """RFC 6266: the name, and before it one in ASCII for those who cannot read it."""
    plain = file.encode("ascii", "ignore").decode()
    return f"attachment; filename={plain}" + ("" if plain == file else f"; filename*=UTF-8''{quote(file)}")
