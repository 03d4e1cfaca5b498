"""Tell the chapters of an archive by the folders that its pages lie in."""

from __future__ import annotations

from collections.abc import Sequence


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
