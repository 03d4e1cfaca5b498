"""The chapters of a file: its comics, and the bookmarks that these have."""

from __future__ import annotations

from dataclasses import dataclass

from .pages import Document


@dataclass(frozen=True)
class Chapter:
    """A chapter. ``page`` is its first page in the file, from 0; ``level`` is 1 inside a comic."""

    page: int
    title: str
    level: int = 0


def chapters(document: Document) -> list[Chapter]:
    """Return the chapters in the order of their pages.

    The bookmarks of a single comic are its chapters. Several comics are a chapter each, and their
    bookmarks stand below it.
    """
    several = len(document.comics) > 1
    found: list[Chapter] = []
    first = 0
    for number, comic in enumerate(document.comics, start=1):
        title = comic.metadata.title or f"{number}"
        if several and comic.pages:
            found.append(Chapter(first, title))
        found += [
            Chapter(place, page.marks.bookmark, int(several))
            for place, page in enumerate(comic.pages, start=first)
            if page.marks.bookmark and not (several and page.marks.bookmark == title)
        ]
        first += len(comic.pages)
    return found


def contents(document: Document, front: Chapter) -> list[Chapter]:
    """Return the chapters, behind an entry for the front unless one begins at the first page."""
    found = chapters(document)
    return found if found and found[0].page == front.page else [front, *found]


def bookmarks(document: Document) -> dict[int, str]:
    """Return the chapters as one flat list: the title by the page where it begins, from 0."""
    titles: dict[int, str] = {}
    for chapter in chapters(document):
        above = titles.get(chapter.page)
        titles[chapter.page] = f"{above}: {chapter.title}" if above else chapter.title
    return titles
