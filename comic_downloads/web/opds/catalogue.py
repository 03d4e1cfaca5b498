"""The feeds of a catalogue: what each of them is called and lists."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from ...domain.account import Account
from ...domain.library import NO_FILTERS, ComicFilters, ComicQuery
from ...usecases.catalog import listing
from ...usecases.catalog.offers import Offer, presets_among
from ...usecases.context import Context
from ...usecases.library.reading_places import places_in
from .addresses import Addresses, Version
from .atom import NEWEST, THUMBNAIL_HEIGHT
from .feed import Destination, Facet, Feed, Kind, Paging, Publication
from .publications import comic_publication, ready_publication

PAGE_SIZE = 50
SHOWN_AT_ROOT = 10
# For programs that copy the whole catalogue.
CRAWLED_AT_ONCE = 200
SORTS = {"title": "Title", "newest": "Newest first", "size": "Largest first"}
# The value of the parameter ``show`` that leaves out what the account has fetched.
NOT_FETCHED = "not-fetched"


@dataclass(frozen=True)
class _Listing:
    """A list of comics. ``given`` are the parameters of its address besides the page."""

    place: str
    title: str
    query: ComicQuery
    size: int = PAGE_SIZE
    given: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Catalogue:
    """The catalogue of an account.

    Everything in it is offered as each of ``offers``, or only as ``preset`` if there is one.
    """

    context: Context
    account: Account
    addresses: Addresses
    offers: tuple[Offer, ...]
    preset: Offer | None = None

    def root(self) -> Feed:
        """Return where the catalogue begins."""
        updated_at = listing.latest_addition(self.context)
        title = f"Comics as {self.preset.title}" if self.preset else "Comics"
        sections = (*self._sections(updated_at), *self._presets(updated_at))
        base = self._base("catalog", title, Kind.NAVIGATION, updated_at)
        groups = (self._newest(),) if self.addresses.version is Version.V2 else ()
        return replace(base, destinations=sections, groups=groups)

    def new_comics(self, page: int) -> Feed:
        """Return all comics, newest first."""
        return self._comics(_Listing("new", "New comics", ComicQuery(sort="newest")), page)

    def _newest(self) -> Feed:
        """Return the first of the new comics, which OPDS 2.0 shows at the root."""
        query = ComicQuery(sort="newest")
        return self._comics(_Listing("new", "New comics", query, SHOWN_AT_ROOT), 1)

    def crawled(self, page: int) -> Feed:
        """Return all comics, newest first, in large pages."""
        query = ComicQuery(sort="newest")
        return self._comics(_Listing("crawl", "All comics", query, CRAWLED_AT_ONCE), page)

    def found(self, words: str, sort: str, show: str, page: int) -> Feed:
        """Return the comics that match the words, with facets to sort and filter them."""
        of_user = ComicFilters(fetched=False, user_id=self.account.id)
        filters = of_user if show == NOT_FETCHED else NO_FILTERS
        title = f"Search: {words}" if words.strip() else "All comics"
        given = {"query": words, "sort": sort if sort != "title" else "", "show": show}
        given = {name: value for name, value in given.items() if value}
        query = ComicQuery(words, sort=sort, filters=filters)
        feed = self._comics(_Listing("comics", title, query, given=given), page)
        return replace(feed, facets=tuple(self._facets(given, sort)))

    def comic(self, comic_id: str) -> Feed:
        """Return a feed of one comic. Raises NotFound."""
        (one,) = self._publications([listing.find_comic(self.context, comic_id)])
        base = self._base(f"comics/{comic_id}", one.title, Kind.ACQUISITION, one.updated_at)
        return replace(base, publications=(one,))

    def all_series(self, page: int) -> Feed:
        """Return the series by title."""
        offset = Paging(page, PAGE_SIZE, 0).offset
        found, total = listing.series_page(self.context, PAGE_SIZE, offset)
        latest = self._latest([one.updated_at for one in found])
        return replace(
            self._base("series", "Series", Kind.NAVIGATION, latest),
            destinations=tuple(map(self._series, found)),
            paging=Paging(page, PAGE_SIZE, total),
        )

    def series(self, series_id: str, page: int) -> Feed:
        """Return the comics of a series in reading order. Raises NotFound."""
        offset = Paging(page, PAGE_SIZE, 0).offset
        found = listing.comics_of_series(self.context, series_id, PAGE_SIZE, offset)
        summary, comics = found
        latest = self._latest([one.updated_at for one in comics])
        return replace(
            self._base(f"series/{series_id}", summary.title, Kind.ACQUISITION, latest),
            publications=self._publications(comics),
            paging=Paging(page, PAGE_SIZE, summary.comic_count),
        )

    def lists(self) -> Feed:
        """Return the lists of the account by name."""
        found = listing.lists_of(self.context, self.account.id)
        latest = self._latest([one.updated_at for one in found])
        base = self._base("lists", "Lists", Kind.NAVIGATION, latest)
        return replace(base, destinations=tuple(map(self._list, found)))

    def one_list(self, list_id: str, page: int) -> Feed:
        """Return the comics of a list in its order. Raises NotFound."""
        offset = Paging(page, PAGE_SIZE, 0).offset
        view, comics, total = listing.list_page(
            self.context, self.account.id, list_id, PAGE_SIZE, offset
        )
        latest = max([view.updated_at, *(one.updated_at for one in comics)])
        return replace(
            self._base(f"lists/{list_id}", view.name, Kind.ACQUISITION, latest),
            publications=self._publications(comics),
            paging=Paging(page, PAGE_SIZE, total),
        )

    def ready(self, page: int) -> Feed:
        """Return the finished files of the account, newest first."""
        offset = Paging(page, PAGE_SIZE, 0).offset
        found, total = listing.ready_page(self.context, self.account.id, PAGE_SIZE, offset)
        ready = tuple(ready_publication(self.addresses, one) for one in found)
        latest = self._latest([one.updated_at for one in ready])
        return replace(
            self._base("ready", "Ready for you", Kind.ACQUISITION, latest),
            publications=ready,
            paging=Paging(page, PAGE_SIZE, total),
        )

    def _comics(self, wanted: _Listing, page: int) -> Feed:
        offset = Paging(page, wanted.size, 0).offset
        query = replace(wanted.query, limit=wanted.size, offset=offset)
        found, total = listing.comics_page(self.context, query)
        latest = self._latest([one.updated_at for one in found])
        return replace(
            self._base(wanted.place, wanted.title, Kind.ACQUISITION, latest),
            query=wanted.given,
            publications=self._publications(found),
            paging=Paging(page, wanted.size, total),
        )

    def _publications(self, comics: Sequence[listing.CatalogComic]) -> tuple[Publication, ...]:
        ids = [one.summary.id for one in comics]
        places = places_in(self.context, self.account.id, ids)
        return tuple(comic_publication(one, places.get(one.summary.id)) for one in comics)

    def _base(self, place: str, title: str, kind: Kind, updated_at: datetime) -> Feed:
        """Return a feed that lists nothing yet."""
        return Feed(
            key=f"{self.account.id}:{self.addresses.preset}:{place}",
            title=title,
            updated_at=updated_at,
            addresses=self.addresses,
            place=place,
            kind=kind,
            offers=(self.preset,) if self.preset else self.offers,
            cbz_type=self.context.settings.opds_cbz_type,
        )

    def _latest(self, moments: Sequence[datetime]) -> datetime:
        return max(moments, default=None) or listing.latest_addition(self.context)

    def _sections(self, updated_at: datetime) -> Iterator[Destination]:
        """Yield what every catalogue begins with."""
        ready = listing.ready_count(self.context, self.account.id)
        acquisition, feed = Kind.ACQUISITION, self.addresses.feed
        yield Destination(
            key=self._key("new"),
            title="New comics",
            href=feed("new"),
            about="All comics, the newest first.",
            updated_at=updated_at,
            kind=acquisition,
            rel=NEWEST,
        )
        yield Destination(
            key=self._key("series"),
            title="Series",
            href=feed("series"),
            about="The comics of each series in reading order.",
            updated_at=updated_at,
            kind=Kind.NAVIGATION,
        )
        yield Destination(
            key=self._key("comics"),
            title="All comics",
            href=feed("comics"),
            about="All comics by title.",
            updated_at=updated_at,
            kind=acquisition,
        )
        yield Destination(
            key=self._key("lists"),
            title="Lists",
            href=feed("lists"),
            about="Comics in an order of your own, and filters that you kept.",
            updated_at=updated_at,
            kind=Kind.NAVIGATION,
        )
        yield Destination(
            key=self._key("ready"),
            title="Ready for you",
            href=feed("ready"),
            about="Files that were prepared for you and can be fetched at once.",
            updated_at=updated_at,
            kind=acquisition,
            count=ready,
        )

    def _presets(self, updated_at: datetime) -> Iterator[Destination]:
        """Yield the catalogues in which everything is of one preset."""
        for preset in presets_among(self.offers) if self.preset is None else ():
            yield Destination(
                key=f"preset:{preset.key}",
                title=f"As {preset.title}",
                href=self.addresses.of_preset(preset.key).catalog,
                about=f"The same catalogue, with each comic as “{preset.title}”.",
                updated_at=updated_at,
                kind=Kind.NAVIGATION,
            )

    def _series(self, one: listing.CatalogSeries) -> Destination:
        summary, cover = one.summary, one.cover
        count = summary.comic_count
        return Destination(
            key=self._key(f"series:{summary.id}"),
            title=summary.title,
            href=self.addresses.feed(f"series/{summary.id}"),
            about="1 comic" if count == 1 else f"{count} comics",
            updated_at=one.updated_at,
            kind=Kind.ACQUISITION,
            count=count,
            cover=self.addresses.cover(*cover, THUMBNAIL_HEIGHT) if cover else "",
        )

    def _list(self, one: listing.ListView) -> Destination:
        comics = one.book_count - one.missing_count
        is_filter = one.parameters is not None
        about = "1 comic" if comics == 1 else f"{comics} comics"
        return Destination(
            key=self._key(f"list:{one.id}"),
            title=one.name,
            href=self.addresses.feed(f"lists/{one.id}"),
            about="What a filter of the library finds." if is_filter else about,
            updated_at=one.updated_at,
            kind=Kind.ACQUISITION,
            count=None if is_filter else comics,
        )

    def _facets(self, given: dict[str, str], active_sort: str) -> Iterator[Facet]:
        others = {name: value for name, value in given.items() if name != "sort"}
        for sort, title in SORTS.items():
            chosen = others | ({"sort": sort} if sort != "title" else {})
            href = self.addresses.feed("comics", **chosen)
            yield Facet("Sort by", title, href, sort == active_sort)
        others = {name: value for name, value in given.items() if name != "show"}
        for show, title in (("", "All"), (NOT_FETCHED, "Not fetched yet")):
            chosen = others | ({"show": show} if show else {})
            href = self.addresses.feed("comics", **chosen)
            yield Facet("Show", title, href, show == given.get("show", ""))

    def _key(self, name: str) -> str:
        return f"{self.addresses.preset}:{name}" if self.addresses.preset else name
