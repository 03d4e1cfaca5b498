"""Take the chapters of a PDF from its outline."""

from __future__ import annotations

from collections.abc import Sequence

# What PDFs of comics without chapters have as their outline, among them our own.
_NO_CHAPTERS = {0: "Cover", 1: "Pages"}


def outline_chapters(entries: Sequence[tuple[int, str]], names: Sequence[str]) -> dict[str, str]:
    """Return the titles of the chapters by the name of the first page of each.

    An outline that only lists every page has no chapters.

    Args:
        entries: The pages of the outline, from 0, with their titles, in its order.
        names: The names of all pages.
    """
    titles: dict[int, str] = {}
    for page, title in entries:
        if 0 <= page < len(names) and title.strip():
            above = titles.get(page)
            titles[page] = f"{above}: {title}" if above else title
    lists_every_page = len(titles) == len(names) > 2
    if lists_every_page or titles == _NO_CHAPTERS:
        return {}
    return {names[page]: title for page, title in titles.items()}
