"""Numbers in the words people read."""

from __future__ import annotations

from datetime import timedelta

import pytest

from comic_downloads.web import wording


def plain(text: str) -> str:
    return text.replace(wording.NO_BREAK, " ")


@pytest.mark.parametrize(
    ("size_bytes", "words"),
    [
        (0, "0 bytes"),
        (1, "1 byte"),
        (999, "999 bytes"),
        (1000, "1 kB"),
        (999.6, "1 kB"),
        (999_499, "999 kB"),
        (999_600, "1.0 MB"),
        (999_949_000, "999.9 MB"),
        (999_960_000, "1.0 GB"),
        (104_857_600, "104.9 MB"),
        (2_000_000_000, "2.0 GB"),
        (3_000_000_000_000, "3.0 TB"),
        (None, ""),
    ],
)
def test_size_has_a_decimal_unit(size_bytes: float | None, words: str):
    assert plain(wording.size(size_bytes)) == words


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "1 s"),
        (0.2, "1 s"),
        (2.1, "3 s"),
        (60, "1 min"),
        (61, "2 min"),
        (3600, "1 h"),
        (26 * 3600, "26 h"),
        (3 * 86400, "3 days"),
    ],
)
def test_duration_is_one_unit_rounded_up(seconds: float, words: str):
    assert plain(wording.duration(seconds)) == words


def test_number_and_unit_stay_on_one_line():
    assert " " not in wording.size(5_000_000) + wording.duration(3) + wording.count(2, "page")


def test_count_minds_the_plural():
    assert [plain(wording.count(number, "page")) for number in (0, 1, 2, 1200)] == [
        "0 pages",
        "1 page",
        "2 pages",
        "1,200 pages",
    ]


def test_until_is_now_once_the_time_has_come():
    assert plain(wording.until(timedelta(seconds=7.5))) == "in 8 s"
    assert wording.until(timedelta(seconds=-1)) == "now"


def test_unknown_facts_are_left_out():
    assert wording.facts("", "60 pages", "") == "60 pages"
    assert wording.speed(None) == ""
    assert wording.time_left(None) == ""


def test_names_are_listed_with_and():
    assert [wording.listed(names) for names in ([], ["a"], ["a", "b"], ["a", "b", "c"])] == [
        "",
        "a",
        "a and b",
        "a, b and c",
    ]
