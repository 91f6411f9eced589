"""What people call what was found out about a file, and what is wrong with its rows."""

from __future__ import annotations

import re
from ast import literal_eval

from flask_babel import LazyString, lazy_gettext
from flask_babel import gettext as _

_NO_ADDRESS = re.compile(r"(?P<text>'.*?'|\".*?\") is no e-mail address: (?P<why>.*)", re.DOTALL)
_ENCODINGS = {"utf-8-sig": "UTF-8", "utf-16-le": "UTF-16", "utf-16-be": "UTF-16"}
_DELIMITERS: dict[str, LazyString] = {
    ",": lazy_gettext("separated by commas"),
    ";": lazy_gettext("separated by semicolons"),
    "\t": lazy_gettext("separated by tabs"),
    "|": lazy_gettext("separated by vertical bars"),
}


def reason(text: str) -> str:
    """Why a row is rejected; the services' sentence about an address says twice that it is none."""
    found = _NO_ADDRESS.fullmatch(text)
    if not found:
        return text
    address, why = _unquoted(found["text"]), found["why"].rstrip(".")
    if "@" not in address:
        return str(_("Not an e-mail address: %(address)s", address=address))
    return str(_("Not an e-mail address: %(address)s – %(why)s", address=address, why=why))


def read_as(encoding: str, delimiter: str) -> str:
    """`UTF-8, separated by commas`."""
    name = _ENCODINGS.get(encoding) or encoding.upper().replace("CP125", "Windows-125")
    return f"{name}, {_DELIMITERS.get(delimiter, delimiter)}"


def _unquoted(text: str) -> str:
    try:
        return str(literal_eval(text))
    except (ValueError, SyntaxError):  # the end was cut off
        return text[1:-1]
