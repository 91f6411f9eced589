"""The bytes of an upload: what they are is found out, and said where they are no text."""

from __future__ import annotations

import io

import pytest

from plunk.imports.encodings import decoded, judge, known
from plunk.imports.errors import UnreadableFile

RUSSIAN = "\n".join(
    f"a{n}@b.ru,{word}" for n, word in enumerate("Иван Мария Екатерина Москва Алексей".split())
)
POLISH = "\n".join(
    f"a{n}@b.pl,{word}" for n, word in enumerate("Świętochłowska Żółć Paweł Małgorzata".split())
)
JAPANESE = "\n".join(
    f"a{n}@b.jp,{word}" for n, word in enumerate("田中さん 東京都 こんにちは カタカナ".split())
)

TEXTS = [
    ("rene@example.com,René,Besançon\nzoe@example.com,Zoë,Málaga", "latin-1"),
    ("a@b.de,Jürgen", "latin-1"),
    ("a@b.se,Åsa Öström", "latin-1"),
    ("a@b.es,José Muñoz\nb@b.es,Íñigo Peña", "latin-1"),
    ("a@b.is,Þórður Guðmundsson", "latin-1"),
    ("a@b.de,MÜLLER\nb@b.fr,ÉCOLE", "cp1252"),
    ("a@b.de,5 €, “quoted”", "cp1252"),
    (RUSSIAN, "cp1251"),
    (RUSSIAN, "koi8_r"),
    (POLISH, "cp1250"),
    (JAPANESE, "cp932"),
    ("a@b.de,Jürgen", "utf-8"),
    ("a@b.de,Jürgen", "utf-8-sig"),
    ("a@b.de,Jürgen 😀", "utf-16"),
    ("a@b.de,Jürgen", "utf-32"),
]


@pytest.mark.parametrize(("text", "encoding"), TEXTS)
def test_the_encoding_is_found(text: str, encoding: str) -> None:
    text = f"email,name\n{text}\n"
    file = io.BytesIO(text.encode(encoding))
    assert "".join(decoded(file, judge(file))) == text


def test_odd_bytes_late_in_a_long_file_count_too() -> None:
    text = "email,name\n" + "a@example.com,Anna\n" * 200_000 + "z@example.com,Zoë\n"
    file = io.BytesIO(text.encode("latin-1"))
    assert judge(file) == "cp1252"
    file = io.BytesIO(text.encode())
    assert judge(file) == "utf-8"


def test_what_nobody_can_decide_is_windows_1252() -> None:
    file = io.BytesIO(b"email,x\na@b.de,\x81\x8d\xff\n")
    assert "".join(decoded(file, judge(file))).endswith("\x81\x8dÿ\n")


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "empty_file"),
        (b" \r\n\n", "empty_file"),
        (b"\xef\xbb\xbf", "empty_file"),
        (b"PK\x03\x04\x14\x00 a workbook", "not_csv"),
        (b"\x1f\x8b\x08\x00", "not_csv"),
        (b"%PDF-1.7", "not_csv"),
        (b"email\n\x00\x01\x02", "binary"),
        (b"\xff\xfee\x00m\x00a", "encoding"),
        (b"\xff\xfee\x00\x00\xd8m\x00", "encoding"),
    ],
)
def test_what_is_no_text_is_refused_with_a_sentence(content: bytes, code: str) -> None:
    with pytest.raises(UnreadableFile) as caught:
        judge(io.BytesIO(content))
    assert [problem.code for problem in caught.value.problems] == [code]
    assert len(caught.value.message) > 15


def test_an_encoding_that_was_given_must_fit() -> None:
    file = io.BytesIO("email,name\na@b.de,Jürgen\n".encode("latin-1"))
    assert judge(file, given="ISO-8859-1") == "iso8859-1"
    for given, code in (
        ("UTF-8", "encoding"),
        ("klingon", "unknown_encoding"),
        ("base64", "unknown_encoding"),
    ):
        with pytest.raises(UnreadableFile) as caught:
            judge(file, given=given)
        assert [problem.code for problem in caught.value.problems] == [code]


def test_names_of_encodings() -> None:
    assert [known(name) for name in ("latin1", "UTF8", "Shift_JIS", "windows-1251", "utf-16")] == [
        "iso8859-1",
        "utf-8-sig",
        "shift_jis",
        "cp1251",
        "utf-16",
    ]
    assert [known(name) for name in ("idna", "hex", "rot13", "x\0", "unicode_escape")] == [None] * 5
