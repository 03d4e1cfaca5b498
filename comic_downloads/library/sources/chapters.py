"""Tell the chapters of a comic by its table of contents, or by the folders of its pages."""

from __future__ import annotations

from collections.abc import Sequence

# What PDFs of comics without chapters have as their outline, among them our own.
_NO_CHAPTERS = {0: "Cover", 1: "Pages"}


def folder_chapters(names: Sequence[str]) -> dict[str, str]:
    """Return the titles of the chapters by the name of the first page of each.

    Args:
        names: The names of all pages in reading order.

    Returns:
        The folders below the one that holds all pages, each named by its path from there. There
        are none if all pages lie in one folder, or in one folder beside pages without any.
    """
    folders = [tuple(name.split("/")[:-1]) for name in names]
    shared = _shared_parts(min(folders), max(folders)) if folders else 0
    first_pages: dict[tuple[str, ...], str] = {}
    for name, folder in zip(names, folders, strict=True):
        if folder[shared:]:
            first_pages.setdefault(folder[shared:], name)
    if len(first_pages) < 2:
        return {}
    return {name: ": ".join(folder) for folder, name in first_pages.items()}


def _shared_parts(first: Sequence[str], last: Sequence[str]) -> int:
    """Return how many parts two paths share from the top."""
    pairs = zip(first, last, strict=False)
    return next((place for place, (a, b) in enumerate(pairs) if a != b), min(len(first), len(last)))


def listed_chapters(entries: Sequence[tuple[int, str]], names: Sequence[str]) -> dict[str, str]:
    """Return the titles of the chapters by the name of the first page of each.

    A table that only lists every page has no chapters.

    Args:
        entries: The pages that the table names, from 0, with their titles, in its order.
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
