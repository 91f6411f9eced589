"""Rows of a file: read in slices, from any place on, whatever stands in them."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plunk.imports import reading
from plunk.imports.dialects import delimiter_of, parse
from plunk.imports.reading import TOO_LONG, UNCLOSED, FileSource, Reader, Slice, TooManyTroubles

CELLS = st.text(alphabet='ab,;"\n\r é😀=', max_size=6)
FILES = st.lists(st.lists(CELLS, min_size=2, max_size=3), min_size=1, max_size=12)


class Bit(FileSource):
    """Gives little at a time, so that blocks end anywhere."""

    def __init__(self, content: bytes, size: int) -> None:
        super().__init__(io.BytesIO(content))
        self._size = size

    def read(self, place: int) -> bytes:
        return super().read(place)[: self._size]


def slices(content: bytes, most: int = 100, size: int = 1024, **start: int) -> list[Slice]:
    return list(Reader(Bit(content, size), ",", **start).slices(most))


def rows(content: bytes, **options: int) -> list[list[str]]:
    return [row for some in slices(content, **options) for row in some.rows]


@given(FILES, st.integers(1, 5), st.integers(1, 9), st.sampled_from(["\n", "\r\n"]))
def test_what_was_written_is_read_in_slices_of_any_size(
    written: list[list[str]], most: int, size: int, end: str
) -> None:
    buffer = io.StringIO()
    csv.writer(buffer, lineterminator=end, quoting=csv.QUOTE_ALL).writerows(written)
    content = buffer.getvalue().encode()
    assert rows(content, most=most, size=size) == written
    everything = slices(content, most=most, size=size)
    assert all(len(some.rows) <= most for some in everything)
    for number, some in enumerate(everything, start=1):
        rest = [row for each in everything[number:] for row in each.rows]
        assert rows(content, most=3, size=size, place=some.place, line=some.line) == rest


@given(FILES, st.integers(1, 5))
def test_lines_are_those_of_the_file(written: list[list[str]], most: int) -> None:
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n", quoting=csv.QUOTE_ALL)
    begins = []
    for row in written:
        begins.append(len(buffer.getvalue().encode().splitlines()) + 1)
        writer.writerow(row)
    found = slices(buffer.getvalue().encode(), most=most)
    assert [line for some in found for line in some.lines] == begins


def test_blank_lines_are_no_rows_and_count_as_lines() -> None:
    (some,) = slices(b"\n\na,b\r\n\r\nc,d\r\re,f")
    assert (some.rows, list(some.lines)) == ([["a", "b"], ["c", "d"], ["e", "f"]], [3, 5, 7])


def test_a_quote_that_nobody_closes_costs_its_line_only() -> None:
    (some,) = slices(b'a,b\nc,"d\ne,f\n"g",h\ni,"j\n')
    assert some.rows == [["a", "b"], ["c", 'd\ne,f\ng"', "h"], ['i,"j']]
    assert some.problems == {2: UNCLOSED}
    (other,) = slices(b'a,"b\nc,d\n')
    assert (other.rows, other.problems) == ([['a,"b'], ["c", "d"]], {0: UNCLOSED})


def test_a_cell_beyond_all_bounds_is_a_row_that_cannot_be_read() -> None:
    (some,) = slices(b"a," + b"x" * 1_100_000 + b"\nc,d\n", size=2**20)
    assert some.problems == {0: TOO_LONG}
    assert some.rows[1] == ["c", "d"]


def test_a_file_of_one_endless_line_takes_bounded_memory() -> None:
    found = slices("é".encode() * 12_000_000, size=2**20)
    assert sum(len(some.rows) for some in found) >= 2


def test_too_many_broken_quotes_end_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "MOST_TROUBLES", 3)
    long = b'"' + b"x" * 600_000 + b"\n"
    with pytest.raises(TooManyTroubles):
        rows(
            b"a,b\n" + long * 1 + b"y" * 600_000 + b"\n" + (b'z,"' + b"x" * 1_100_000 + b"\n") * 9, size=2**20
        )


@pytest.mark.parametrize(
    ("sample", "delimiter"),
    [
        ("email,plan\na@b.de,x\n", ","),
        ("Vorname;E-MAIL;Ort\na;b,c;d\n", ";"),
        ("email\tname, first\na@b.de\tx\n", "\t"),
        ("name|email\nx|a@b.de\n", "|"),
        ("email\na@b.de\n", ","),
        ("sep=;\nemail;plan\n", ";"),
        ("name;plan\nx;y\n", ";"),
        ('"email";"note, with comma"\n"a@b.de";"1,2"\n', ";"),
        ("", ","),
    ],
)
def test_delimiters_are_found(sample: str, delimiter: str) -> None:
    assert delimiter_of(sample) == delimiter


def test_delimiters_that_people_name() -> None:
    assert [parse(text) for text in ("comma", "TAB", "\\t", "|", "~", ";")] == [
        ",",
        "\t",
        "\t",
        "|",
        "~",
        ";",
    ]
    assert [parse(text) for text in ("", "ab", '"', "a", "@", "\n", "\0")] == [None] * 7
