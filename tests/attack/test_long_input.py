"""Page ranges are read or refused without keeping the server busy."""

from __future__ import annotations

import pytest

from comic_downloads.domain.errors import InvalidRequest
from comic_downloads.domain.page_selection import parse_page_range


def test_page_range_is_refused_when_it_names_all_pages_again_and_again() -> None:
    with pytest.raises(InvalidRequest, match="600,000 characters"):
        parse_page_range("1-,1-," * 100_000, 20_000)


def test_page_range_names_each_page_once_however_often_ranges_overlap() -> None:
    assert parse_page_range("1-," * 600, 20_000) == set(range(20_000))
    assert parse_page_range("5-9, 1-6, 7, 2-3, 12-", 14) == {*range(9), 11, 12, 13}


def test_page_range_is_read_when_it_names_hundreds_of_pages_one_by_one() -> None:
    odd = range(1, 800, 2)
    assert parse_page_range(",".join(map(str, odd)), 1000) == {page - 1 for page in odd}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("0", "count from 1"),
        ("0-5", "count from 1"),
        ("9-3", "Did you mean 3-9"),
        ("11", "Page 11 does not exist: the comic has 10 pages"),
        ("11-", "Page 11 does not exist"),
        ("one", "not a page or a range"),
        (",", "names no page"),
    ],
)
def test_page_range_that_makes_no_sense_is_refused_with_what_is_wrong(
    text: str, message: str
) -> None:
    with pytest.raises(InvalidRequest, match=message):
        parse_page_range(text, 10)


def test_page_range_may_have_a_comma_too_many() -> None:
    assert parse_page_range("1,,3,", 10) == {0, 2}
