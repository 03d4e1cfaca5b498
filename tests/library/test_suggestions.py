"""A search suggests series, comics and people, and forgives a typo."""

from __future__ import annotations

import pytest

from comic_downloads.db import library_changes
from comic_downloads.domain.library import (
    ComicMetadata,
    Creator,
    CreatorRole,
    ImageFacts,
    Page,
    Placement,
    ScannedComic,
)
from comic_downloads.domain.typos import typos
from comic_downloads.usecases.library.arrange import arrange_series
from comic_downloads.usecases.library.suggestions import NO_SUGGESTIONS, suggest

from .shelf import Shelf

FACTS = ImageFacts("image/jpeg", 100, 150, 1000, 1, "ab" * 32)


@pytest.fixture
def stocked(any_shelf: Shelf) -> Shelf:
    people = (Creator("Łucja Ōtani", CreatorRole.WRITER), Creator("Bo Lee", CreatorRole.WRITER))
    metadata = (
        ComicMetadata("One", series="Harbour", number="1", placement=Placement(declared=True)),
        ComicMetadata("Lighthouse", creators=people),
    )
    for number, one in enumerate(metadata):
        comic = ScannedComic(f"{number}.cbz", "zip", "f", one, (Page(0, "0.jpg", FACTS),))
        with any_shelf.context.db.write() as session:
            library_changes.save_comic(session, comic, any_shelf.clock())
            library_changes.save_comic(session, comic, any_shelf.clock())
    arrange_series(any_shelf.context)
    return any_shelf


@pytest.mark.parametrize(
    ("typed", "series", "comics", "people", "meant"),
    [
        ("harb", ["Harbour"], ["Harbour #1 – One"], [], ""),
        ("light", [], ["Lighthouse"], [], ""),
        ("OTANI", [], ["Lighthouse"], ["Łucja Ōtani"], ""),
        ("lee bo", [], ["Lighthouse"], ["Bo Lee"], ""),
        ("harbuor", ["Harbour"], ["Harbour #1 – One"], [], "harbour"),
        ("harbor 1", [], ["Harbour #1 – One"], [], "harbour 1"),
        ("ligthouse", [], ["Lighthouse"], [], "lighthouse"),
        ("otanni", [], ["Lighthouse"], ["Łucja Ōtani"], "otani"),
        ("nowhere", [], [], [], ""),
    ],
)
def test_series_comics_and_people_are_suggested_also_with_a_typo(
    stocked: Shelf, typed: str, series: list[str], comics: list[str], people: list[str], meant: str
):
    found = suggest(stocked.context, typed)
    assert [name for _, name in found.series] == series
    assert [name for _, name in found.comics] == comics
    assert (list(found.people), found.meant) == (people, meant)


def test_nothing_is_suggested_for_nothing(stocked: Shelf):
    assert suggest(stocked.context, "  ") == NO_SUGGESTIONS


@pytest.mark.parametrize(
    ("typed", "number"),
    [("owls", 0), ("owl", 1), ("owwls", 1), ("ovls", 1), ("wols", 1), ("swol", 3), ("", 4)],
)
def test_typos_are_letters_too_many_too_few_wrong_or_exchanged(typed: str, number: int):
    assert typos(typed, "owls") == number
