"""A user's own pattern for the names of files."""

from __future__ import annotations

import pytest

from comic_downloads.domain.errors import InvalidRequest
from comic_downloads.domain.filename_pattern import FIELDS, example_filename, parse_pattern
from comic_downloads.domain.filenames import MAX_FILENAME_BYTES

WHOLE = "{series} v{volume:2} #{number:3} - {title} ({year}) [{publisher}]"
SAGA = {
    "series": "Saga",
    "volume": "1",
    "number": "3",
    "title": "The Deep",
    "year": "2012",
    "publisher": "Image",
}


def name(pattern: str, **values: str) -> str:
    return parse_pattern(pattern).stem(values, MAX_FILENAME_BYTES)


@pytest.mark.parametrize(
    ("missing", "expected"),
    [
        ((), "Saga v01 #003 - The Deep (2012) [Image]"),
        (("title",), "Saga v01 #003 (2012) [Image]"),
        (("year",), "Saga v01 #003 - The Deep [Image]"),
        (("volume", "number"), "Saga - The Deep (2012) [Image]"),
        (("publisher",), "Saga v01 #003 - The Deep (2012)"),
        (("series", "volume", "number"), "The Deep (2012) [Image]"),
        (("title", "year", "publisher", "volume"), "Saga #003"),
    ],
)
def test_field_without_a_value_goes_with_what_surrounds_it(missing: tuple[str, ...], expected: str):
    assert (
        name(WHOLE, **{key: value for key, value in SAGA.items() if key not in missing}) == expected
    )


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("{series} ({volume} {year})", "Saga (1 2012)"),
        ("{title} - {series}", "The Deep - Saga"),
        ("[{publisher}] {series} {number}", "[Image] Saga 3"),
        ("(scan) {series}", "(scan) Saga"),
        ("{series} {number:4} end", "Saga 0003 end"),
    ],
)
def test_pattern_is_filled_in_its_order(pattern: str, expected: str):
    assert name(pattern, **SAGA) == expected


@pytest.mark.parametrize(
    ("number", "expected"),
    [("1-6", "Saga 001-6"), ("½", "Saga ½"), ("-1", "Saga -001"), ("10.5", "Saga 010.5")],
)
def test_numbers_are_filled_up_with_zeros(number: str, expected: str):
    assert name("{series} {number:3}", series="Saga", number=number) == expected


def test_number_survives_where_series_and_title_are_too_long():
    long = name(WHOLE, **{**SAGA, "title": "Ä" * 300})
    assert long.startswith("Saga v01 #003 - Ä")
    assert long.endswith("Ä (2012) [Image]")
    longer = name(WHOLE, **{**SAGA, "title": "Ä" * 300, "series": "世界" * 200})
    assert "#003" in longer
    assert len(longer.encode()) <= MAX_FILENAME_BYTES


@pytest.mark.parametrize(
    ("pattern", "words"),
    [
        ("", "{series} or {title}"),
        ("{number:3}", "{series} or {title}"),
        ("{serie} {number}", "{serie} is not known. Use {series}"),
        ("{series:3}", "Only {number} and {volume} have digits"),
        ("{series} {number:33}", "Write fields as"),
        ("{series} {", "Write fields as"),
        ("{series} {{number}}", "Write fields as"),
        ("{series}/{number}", "cannot have / in them"),
        ("{series}: {title}", "cannot have : in them"),
        ("{series}" + "x" * 200, "at most 200 characters"),
    ],
)
def test_pattern_that_cannot_be_used_is_refused_with_the_reason(pattern: str, words: str):
    with pytest.raises(InvalidRequest) as refused:
        parse_pattern(pattern)
    assert words in refused.value.detail


def test_preview_shows_what_a_file_would_be_called():
    assert example_filename("  ") == "The Lamp v02 #007 - A Light at Sea.cbz"
    assert example_filename("{series} {number:3} ({year})") == "The Lamp 007 (2014).cbz"
    assert all(
        value in example_filename(" ".join(f"{{{one}}}" for one in FIELDS))
        for value in FIELDS.values()
    )
