"""What comes with an uploaded file: the form's fields, each problem named."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, NamedTuple
from uuid import UUID

from flask import Request
from werkzeug.datastructures import FileStorage
from werkzeug.exceptions import BadRequest, RequestEntityTooLarge

from plunk.config import settings
from plunk.errors import BodyTooLarge, InvalidInput, InvalidJson, Problem
from plunk.imports import dialects
from plunk.imports.errors import NotMultipart
from plunk.imports.files import Text
from plunk.imports.service import Options
from plunk.web.body import parse

FORM_BYTES = 1024 * 1024
"""What may come beside the file."""

_LONGEST_NAME = 255


class Upload(NamedTuple):
    """A file that was sent, as text, with what the sender says of it."""

    text: Text
    name: str
    options: Options


@contextmanager
def upload_of(request: Request, *, key_kind: str = "secret", source: str = "import") -> Iterator[Upload]:
    """The upload of a request; its temporary files are gone after the block.

    Raises NotMultipart, BodyTooLarge, InvalidInput with every problem of the fields, UnreadableFile.
    """
    file, form = _parts(request)
    problems: list[Problem] = []
    options = Options(
        mapping=_mapping(form.get("mapping", ""), problems),
        segment_id=_id(form.get("segmentId", ""), problems),
        subscribed=_truth("subscribed", form.get("subscribed", ""), problems),
        resubscribe=bool(_truth("resubscribe", form.get("resubscribe", ""), problems)),
        source=source,
        key_kind=key_kind,
    )
    delimiter = None
    if wanted := form.get("delimiter", ""):
        delimiter = dialects.parse(wanted)
        if delimiter is None:
            words = ", ".join(dialects.DELIMITERS)
            problems.append(Problem("delimiter", f"Must be one character, or one of {words}", "invalid"))
    if file is None:
        problems.append(Problem("file", "Send the CSV file in the field file", "required"))
    if len(request.files.getlist("file")) > 1:
        problems.append(Problem("file", "Send one file at a time", "too_many"))
    if problems or file is None:
        raise InvalidInput(problems)
    with Text(file.stream, encoding=form.get("encoding") or None, delimiter=delimiter) as text:
        yield Upload(text, name_of(file), options)


def _parts(request: Request) -> tuple[FileStorage | None, Mapping[str, str]]:
    if request.mimetype != "multipart/form-data":
        raise NotMultipart
    limit = settings().max_import_bytes
    request.max_content_length = limit + FORM_BYTES
    request.max_form_memory_size = FORM_BYTES
    try:
        file, form = request.files.get("file"), request.form
    except RequestEntityTooLarge:
        if request.content_length and request.content_length <= limit:
            message = f"What comes beside the file may hold {FORM_BYTES:,} bytes in all"
            raise InvalidInput([Problem("", message, "too_large")]) from None
        raise BodyTooLarge(limit) from None
    except (BadRequest, ValueError):
        raise InvalidInput(
            [Problem("file", "The form cannot be read: it breaks off or is no form", "form")]
        ) from None
    if file is not None and file.stream.seek(0, 2) > limit:
        raise BodyTooLarge(limit)
    return file, form


def _mapping(text: str, problems: list[Problem]) -> dict[str, Any]:
    if not text.strip():
        return {}
    try:
        found = parse(text.encode(errors="surrogatepass"), max_depth=settings().max_json_depth)
    except InvalidJson as problem:
        problems.append(Problem("mapping", problem.message.replace("The body", "It"), "json"))
        return {}
    if not isinstance(found, dict):
        problems.append(Problem("mapping", 'Must be a JSON object: {"Column": "field"}', "type"))
        return {}
    return found


def _id(text: str, problems: list[Problem]) -> UUID | None:
    if not text:
        return None
    try:
        return UUID(text)
    except ValueError:
        problems.append(Problem("segmentId", "No such segment in this project", "segment_not_found"))
        return None


def _truth(name: str, text: str, problems: list[Problem]) -> bool | None:
    words = {"": None, "true": True, "false": False}
    if text.lower() not in words:
        problems.append(Problem(name, "Must be true or false", "type"))
    return words.get(text.lower())


def name_of(file: FileStorage) -> str:
    """The name that the sender gave, for people to recognise it by; nothing is opened by it."""
    name = (file.filename or "").replace("\\", "/").rpartition("/")[2]
    printable = "".join(char for char in name if char.isprintable())
    return printable[:_LONGEST_NAME] or "contacts.csv"
