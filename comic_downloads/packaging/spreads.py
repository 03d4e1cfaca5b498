"""Tell which pages of a comic show two pages at once."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median_low
from typing import Protocol

from ..domain.library import ImageFacts, PageMarks
from ..domain.quality import is_strip

# A double page has twice the width of the comic's ordinary page; trimming takes some of it.
_WIDER_THAN_A_PAGE = 1.6
# The least width of a double page, divided by its height. A square page is a single one.
_MIN_RATIO = 1.15


class _Page(Protocol):
    @property
    def facts(self) -> ImageFacts: ...

    @property
    def marks(self) -> PageMarks: ...


def double_pages(pages: Sequence[_Page]) -> list[bool]:
    """Return for each page of a comic whether it is a double page.

    The comic itself knows best. Otherwise a page is one if it is much wider than most pages of this
    comic: in a comic of landscape pages, a landscape page is an ordinary one.
    """
    if not pages:
        return []
    ordinary = median_low([_ratio(page) for page in pages])
    scrolls = is_strip(round(1000 * ordinary), 1000)
    least = max(_MIN_RATIO, _WIDER_THAN_A_PAGE * ordinary)
    return [
        not scrolls and _ratio(page) >= least if said is None else said
        for page in pages
        for said in [page.marks.double_page]
    ]


def _ratio(page: _Page) -> float:
    return page.facts.width / max(1, page.facts.height)
