"""The address of the library: what is shown, searched for, filtered and in which order."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

from ...domain.library import NO_FILTERS, ComicFilters, ComicQuery
from ...domain.library_filters import FILTERS, filter_as_text, filters_of
from ...usecases.library.browse import SORTS
from ...usecases.library.shelf import SHELF_SORTS
from .. import routes

SERIES, COMICS = "series", "comics"
ORDERS = {SERIES: SHELF_SORTS, COMICS: SORTS}
DEFAULT_SORT = "title"
MAX_WORDS = 200


@dataclass(frozen=True)
class LibraryAddress:
    """What the library shows. ``view`` is SERIES, with one-shots among them, or COMICS."""

    view: str = SERIES
    words: str = ""
    sort: str = DEFAULT_SORT
    filters: ComicFilters = NO_FILTERS

    def query(self, limit: int, offset: int) -> ComicQuery:
        """Return some of what is to be shown."""
        return ComicQuery(
            self.words, sort=self.sort, limit=limit, offset=offset, filters=self.filters
        )

    @property
    def is_narrowed(self) -> bool:
        """Return True unless all of the library is to be shown."""
        return self.query(1, 0).is_narrowed

    def parameters(self) -> dict[str, str]:
        """Return the parameters of the address, with only what is not as usual."""
        said = {
            "view": self.view if self.view != SERIES else "",
            "q": self.words,
            "sort": self.sort if self.sort != DEFAULT_SORT else "",
            **{name: filter_as_text(self.filters, name) for name in FILTERS},
        }
        return {name: value for name, value in said.items() if value}

    def as_text(self) -> str:
        """Return the address."""
        query = urlencode(self.parameters())
        return f"{routes.LIBRARY}?{query}" if query else routes.LIBRARY


def read_address(parameters: Mapping[str, str]) -> LibraryAddress:
    """Return what these parameters of an address say; what makes no sense is left out."""
    view = COMICS if parameters.get("view") == COMICS else SERIES
    sort = parameters.get("sort", "")
    words = parameters.get("q", "")[:MAX_WORDS]
    known = sort if sort in ORDERS[view] else DEFAULT_SORT
    return LibraryAddress(view, words, known, filters_of(parameters))
