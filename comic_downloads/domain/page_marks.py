"""What becomes of the marks of pages when some of them are left out or cut into parts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from .library import NO_MARKS, PageMarks, PageType


def marks_of_kept(pages: Iterable[tuple[PageMarks, bool]]) -> Iterator[PageMarks]:
    """Yield the marks of the pages that stay, given each page's marks and whether it stays.

    A chapter whose first page is left out begins at the next page that stays.
    """
    waiting = ""
    for marks, stays in pages:
        bookmark = marks.bookmark or waiting
        waiting = "" if stays else bookmark
        if stays:
            yield replace(marks, bookmark=bookmark) if bookmark != marks.bookmark else marks


def marks_of_part(marks: PageMarks, part: int, parts: int, *, of_spread: bool = False) -> PageMarks:
    """Return the marks of one part, counted from 0, of a page that is cut into parts.

    A part shows no two pages. Neither does a double page that is turned, the only part
    ``of_spread``. A cover, a chapter and a key are found once, at the first part.
    """
    if marks == NO_MARKS or (parts == 1 and not of_spread):
        return marks
    if part == 0:
        return replace(marks, double_page=None)
    types = [name for name in marks.type.split() if name != PageType.FRONT_COVER]
    return PageMarks(type=" ".join(types))
