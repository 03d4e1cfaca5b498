"""Input that would keep the server busy."""

from __future__ import annotations

import pytest

from comic_downloads.domain.errors import InvalidRequest
from comic_downloads.domain.manifest import parse_page_range


def test_page_range_is_refused_when_it_names_all_pages_again_and_again() -> None:
    with pytest.raises(InvalidRequest, match="600,000 characters"):
        parse_page_range("1-,1-," * 100_000, 20_000)


def test_page_range_is_read_when_it_names_hundreds_of_pages_one_by_one() -> None:
    odd = range(1, 800, 2)
    assert parse_page_range(",".join(map(str, odd)), 1000) == {page - 1 for page in odd}
