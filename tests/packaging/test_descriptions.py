"""What PDF and EPUB say in words."""

from __future__ import annotations

import pytest

from comic_downloads.domain.library import ComicMetadata
from comic_downloads.packaging.descriptions import language, publication_date
from comic_downloads.packaging.pages import Document, OutputComic


@pytest.mark.parametrize(
    ("year", "month", "day", "said"),
    [
        (1994, 3, 1, "1994-03-01"),
        (1994, 3, None, "1994-03"),
        (1994, None, 1, "1994"),
        (2021, 2, 31, "2021-02"),
        (1994, 13, 1, "1994"),
        (0, 1, 1, ""),
        (10_000, 1, 1, ""),
        (None, 1, 1, ""),
    ],
)
def test_date_is_as_exact_as_known_and_exists(
    year: int | None, month: int | None, day: int | None, said: str
):
    assert publication_date(ComicMetadata("", year=year, month=month, day=day)) == said


@pytest.mark.parametrize(
    ("declared", "said"),
    [
        ("de", "de"),
        ("pt_BR", "pt-BR"),
        ("zh-Hant-TW", "zh-Hant-TW"),
        ("English", ""),
        ("no language!", ""),
        ("", ""),
    ],
)
def test_language_is_a_tag_or_nothing(declared: str, said: str):
    assert language(Document("B", [OutputComic(ComicMetadata("", language=declared), [])])) == said
