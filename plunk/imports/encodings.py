"""What the bytes of an upload are: no text at all, or text in which encoding."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from typing import IO

from charset_normalizer import from_bytes

from plunk.imports.errors import UnreadableFile

BLOCK = 1024 * 1024
_SAMPLE = 64 * 1024
FALLBACK = "cp1252"
"""windows-1252: what undecidable bytes are read as."""

_KINDS = (
    (b"PK\x03\x04", "a ZIP archive or an Excel workbook"),
    (b"PK\x05\x06", "a ZIP archive"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"\xd0\xcf\x11\xe0", "an old Excel workbook"),
    (b"%PDF", "a PDF document"),
    (b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive"),
    (b"Rar!", "a RAR archive"),
    (b"BZh", "a bzip2 archive"),
    (b"\xfd7zXZ", "an xz archive"),
    (b"\x28\xb5\x2f\xfd", "a zstd archive"),
    (b"\x89PNG", "a picture"),
    (b"\xff\xd8\xff", "a picture"),
    (b"SQLite format 3", "a database"),
)
_WIDE = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_NOT_FOR_FILES = {
    "idna",
    "punycode",
    "raw_unicode_escape",
    "unicode_escape",
    "undefined",
    "mbcs",
    "oem",
    "utf_7",
}

# What a detection may answer; the many near relatives of windows-1252 would only be guessed wrongly.
_LIKELY = [
    "cp1252",
    "cp1250",
    "cp1251",
    "cp1253",
    "cp1254",
    "cp1255",
    "cp1256",
    "koi8_r",
    "cp932",
    "euc_jp",
    "gb18030",
    "big5",
    "euc_kr",
]
_ENOUGH = 4
_RUNS = re.compile(rb"[\x80-\xff]{3,}")
_SYMBOLS = re.compile(
    r"[a-z][¡¢£¤¥¦§¨©ª¬®¯°±²³´µ¶·¸¹º¼½¾¿×÷]|[¡¢£¤¥¦§¨©¬®¯±²³´µ¶·¸¹¼½¾¿×÷][a-z]", re.IGNORECASE
)


def judge(file: IO[bytes], *, given: str | None = None) -> str:
    """The encoding of a file, as a codec's name; `given` is what the sender says. Leaves the file at its beginning.

    Raises UnreadableFile for what is empty or no text, or not in the encoding given.
    """
    file.seek(0)
    head = file.read(_SAMPLE)
    _refuse_binary(head)
    if given:
        found = known(given)
        if not found:
            raise UnreadableFile(f"{given!r} is no encoding known here", "unknown_encoding")
        _decode_all(file, found)
        return found
    if head.startswith(codecs.BOM_UTF8):
        _decode_all(file, "utf-8-sig")
        return "utf-8-sig"
    for mark, name in _WIDE:
        if head.startswith(mark):
            _decode_all(file, name)
            return name
    if b"\0" in head:
        message = "This is no text file: it holds NUL bytes. Export the list as CSV, in UTF-8, and send that"
        raise UnreadableFile(message, "binary")
    sample = _undecodable(file)
    return _guess(sample) if sample else "utf-8"


def known(name: str) -> str | None:
    """The codec of an encoding's name, if it is one for text files. A mark at the beginning is no part of the text."""
    try:
        found = codecs.lookup(name.strip()).name
    except (LookupError, ValueError):
        return None
    is_text = getattr(codecs.lookup(found), "_is_text_encoding", True)
    return (
        ("utf-8-sig" if found == "utf-8" else found)
        if is_text and found.replace("-", "_") not in _NOT_FOR_FILES
        else None
    )


def decoded(file: IO[bytes], encoding: str) -> Iterator[str]:
    """The text of a file that was judged, block after block."""
    file.seek(0)
    decoder = codecs.getincrementaldecoder(encoding)("plunk-lenient" if encoding == FALLBACK else "strict")
    while block := file.read(BLOCK):
        yield decoder.decode(block)
    yield decoder.decode(b"", final=True)


def _refuse_binary(head: bytes) -> None:
    if not head.removeprefix(codecs.BOM_UTF8).strip():
        raise UnreadableFile("The file is empty", "empty_file")
    for mark, name in _KINDS:
        if head.startswith(mark):
            raise UnreadableFile(
                f"This is {name}, not a CSV file. Open it and export the list as CSV, then send that",
                "not_csv",
            )


def _decode_all(file: IO[bytes], encoding: str) -> None:
    try:
        for _ in decoded(file, encoding):
            pass
    except UnicodeError as problem:
        raise UnreadableFile(
            f"The file is not what it says it is: it cannot be read as {encoding} ({problem})"[:300],
            "encoding",
        ) from None
    finally:
        file.seek(0)


def _undecodable(file: IO[bytes]) -> bytes:
    """Some bytes around the first that is not UTF-8, in whole lines; empty if all are."""
    file.seek(0)
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        while block := file.read(BLOCK):
            try:
                decoder.decode(block)
            except UnicodeDecodeError as problem:
                start = max(0, min(problem.start, len(block)) - _SAMPLE // 4)
                return _speaking(block[start : start + 4 * _SAMPLE])
        try:
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            file.seek(-min(file.tell(), _SAMPLE), 2)
            return _speaking(file.read())
        return b""
    finally:
        file.seek(0)


def _speaking(part: bytes) -> bytes:
    """Its lines with bytes that are not ASCII: only those tell encodings apart."""
    lines = [line for line in part.splitlines() if not line.isascii()]
    return b"\n".join(lines)[:_SAMPLE] or part[:_SAMPLE]


def _guess(sample: bytes) -> str:
    """windows-1252 unless that reading is odd and another is not.

    In western languages accents stand between plain letters: words of nothing but other bytes are in another script,
    and symbols inside words (`Pawe³`) are letters of another alphabet.
    """
    best = from_bytes(sample, cp_isolation=_LIKELY, steps=5, chunk_size=512).best()
    western = sample.decode(FALLBACK, "plunk-lenient")
    if best is None or str(best) == western:
        return FALLBACK
    other_bytes = sum(byte > 127 for byte in sample)
    in_runs = sum(map(len, _RUNS.findall(sample)))
    is_other_script = other_bytes >= _ENOUGH and in_runs > other_bytes / 2
    is_other_alphabet = len(_SYMBOLS.findall(western)) > len(_SYMBOLS.findall(str(best)))
    return best.encoding if is_other_script or is_other_alphabet else FALLBACK


def _as_browsers_do(problem: UnicodeError) -> tuple[str, int]:
    """The five bytes that windows-1252 leaves open are control characters."""
    assert isinstance(problem, UnicodeDecodeError)
    return "".join(map(chr, problem.object[problem.start : problem.end])), problem.end


codecs.register_error("plunk-lenient", _as_browsers_do)
