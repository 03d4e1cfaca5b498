"""Find out which pages of a comic are wanted, and what the comic says about each."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from ..domain.library import NO_MARKS, PageMarks, PageType
from ..domain.page_marks import marks_of_kept
from .metadata.comic_info_pages import MAX_BOOKMARK_LENGTH, parse_page_marks
from .metadata.text import cleaned
from .sources.documents import Document, DocumentKind
from .sources.page_order import natural_order


class MarkedPage(NamedTuple):
    """The name of a page in its source, and what the comic says about it."""

    name: str
    marks: PageMarks


@dataclass(frozen=True)
class WantedPages:
    """The pages to read, in reading order. ``deleted_count`` is how many others are deleted."""

    pages: tuple[MarkedPage, ...]
    deleted_count: int


def wanted_pages(
    names: Sequence[str],
    documents: Iterable[Document],
    chapters: Callable[[], Mapping[str, str]],
) -> WantedPages:
    """Return the pages that are not marked as deleted, with their marks.

    If all are, none is taken for deleted, because a comic needs pages.

    Args:
        names: The names of all pages in reading order.
        documents: Those about the comic, of which the ComicInfo.xml speaks of pages.
        chapters: Returns the titles of chapters by the name of their first page. It is called if
            the documents have no bookmarks.
    """
    declared = _declared_marks(names, documents)
    if not any(marks.bookmark for marks in declared.values()):
        for name, title in chapters().items():
            bookmark = cleaned(title, MAX_BOOKMARK_LENGTH)
            declared[name] = replace(declared.get(name, NO_MARKS), bookmark=bookmark)
    deleted = {name for name, marks in declared.items() if marks.has_type(PageType.DELETED)}
    if len(deleted) == len(names):
        return WantedPages(
            tuple(MarkedPage(name, replace(declared[name], type="")) for name in names), 0
        )
    kept = [name for name in names if name not in deleted]
    marks = marks_of_kept((declared.get(name, NO_MARKS), name not in deleted) for name in names)
    return WantedPages(tuple(map(MarkedPage, kept, marks)), len(deleted))


def _declared_marks(names: Sequence[str], documents: Iterable[Document]) -> dict[str, PageMarks]:
    """Return what the ComicInfo.xml says about the pages, by their names."""
    for document in documents:
        if document.kind is DocumentKind.COMIC_INFO and document.data is not None:
            by_place = parse_page_marks(document.data, len(names))
            # Programs number the images in the order of their names, wherever the cover is.
            in_order = natural_order(names)
            return {in_order[place]: marks for place, marks in by_place.items()}
    return {}
