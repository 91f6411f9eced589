"""Exports, read."""

from __future__ import annotations

import csv
import gzip
import io
import json
from typing import Any

from werkzeug.test import TestResponse

from plunk.contacts.cells import REST, read_cell, read_header
from plunk.exports.columns import OWN


def table(response: TestResponse) -> list[list[str]]:
    """The cells of a CSV file, header first."""
    assert response.status_code == 200, response.json
    return list(csv.reader(io.StringIO(body(response).decode(), newline="")))


def body(response: TestResponse) -> bytes:
    data: bytes = response.data
    return gzip.decompress(data) if response.mimetype == "application/gzip" else data


def by_address(response: TestResponse) -> dict[str, dict[str, Any]]:
    """The `data` of each contact in a CSV file, as an import understands it."""
    header, *rows = table(response)
    assert tuple(header[: len(OWN)]) == OWN
    found = {}
    for row in rows:
        assert len(row) == len(header)
        data: dict[str, Any] = {}
        for name, cell in list(zip(header, row, strict=True))[len(OWN) :]:
            value = read_cell(cell)
            if name == REST:
                data |= value or {}
            elif value is not None:
                data[read_header(name)[0]] = value
        address = read_cell(row[1])
        assert address not in found
        found[address] = data
    return found


def contacts(response: TestResponse) -> list[dict[str, Any]]:
    """The lines of an NDJSON file."""
    assert response.status_code == 200, response.json
    text = body(response).decode()
    assert text == "" or text.endswith("\n")
    return [json.loads(line) for line in text.split("\n")[:-1]]


def names(response: TestResponse) -> list[str]:
    """What stands before the @ of the contacts in an NDJSON file, in their order."""
    return [contact["email"].partition("@")[0] for contact in contacts(response)]
