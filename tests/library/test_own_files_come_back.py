"""Files that the product made lose nothing when they are put into a library again."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from comic_downloads.db.library import manifest_comics
from comic_downloads.domain.library import (
    ComicMetadata,
    Creator,
    CreatorRole,
    PageMarks,
    ReadingDirection,
    SourceDetails,
)
from comic_downloads.packaging.epub.writer import write_epub
from comic_downloads.packaging.pages import BuiltFile, Document, OnProgress, OutputComic
from comic_downloads.packaging.pdf.writer import write_pdf
from tests.packaging.zoo import numbered_pages, silent

from .shelf import Shelf

KNOWN = ComicMetadata(
    title="Low Water & High",
    series="Harbour",
    number="3",
    volume=2,
    year=1994,
    month=3,
    day=1,
    summary="They sail.\nThey land.",
    publisher="Quay Press",
    genre="Crime, War",
    web="https://a.example",
    language="fr",
    age_rating="Teen",
    creators=tuple(Creator(f"Ann {role.value}", role) for role in CreatorRole),
    reading_direction=ReadingDirection.RIGHT_TO_LEFT,
    details=SourceDetails(
        count=6,
        imprint="Low Quay",
        manga=None,
        characters="Ada, Bo",
        story_arc="Tides",
        story_arc_number="2",
        tags="sea",
        community_rating=4.5,
        gtin="9780306406157",
    ),
)
Write = Callable[[Document, Path, OnProgress], BuiltFile]


@pytest.mark.parametrize(("write", "name"), [(write_pdf, "x.pdf"), (write_epub, "x.epub")])
def test_a_file_made_here_comes_back_with_all_that_was_known(shelf: Shelf, write: Write, name: str):
    first, second, third = numbered_pages(3)
    pages = (first, replace(second, marks=PageMarks(bookmark="The Pier")), third)
    document = Document("Harbour 003 - Low Water & High", (OutputComic(KNOWN, pages),))
    write(document, shelf.library / name, silent)
    shelf.scan()
    with shelf.context.db.read() as session:
        (comic,) = manifest_comics(session, [shelf.only().id])
    assert replace(comic.metadata, placement=KNOWN.placement) == KNOWN
    assert [page.marks.bookmark for page in comic.pages] == ["", "The Pier", ""]
