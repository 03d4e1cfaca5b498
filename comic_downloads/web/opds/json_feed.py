"""Write feeds as OPDS 2.0: JSON on the model of the Readium Web Publication Manifest."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

from pydantic import TypeAdapter

from ...domain.library import ComicMetadata, CreatorRole, ReadingDirection
from ...usecases.catalog.offers import Offer
from .atom import ACQUISITION, COVER_HEIGHT, CRAWLABLE, THUMBNAIL_HEIGHT, genres, issued, urn
from .feed import Destination, Facet, Feed, Publication

FEED_TYPE = "application/opds+json"
PUBLICATION_TYPE = "application/opds-publication+json"
# A publication that consists of images (Readium, Digital Visual Narratives).
_VISUAL = "https://readium.org/webpub-manifest/profiles/divina"
# It takes a third of the time of the standard library's.
_JSON = TypeAdapter(Any)
_ROLES = {
    CreatorRole.WRITER: "author",
    CreatorRole.PENCILLER: "penciler",
    CreatorRole.INKER: "inker",
    CreatorRole.COLORIST: "colorist",
    CreatorRole.LETTERER: "letterer",
    CreatorRole.COVER_ARTIST: "artist",
    CreatorRole.EDITOR: "editor",
    CreatorRole.TRANSLATOR: "translator",
}
Json = dict[str, Any]
# What comics are offered as, with the link to each but its address.
_Offers = Sequence[tuple[Offer, Json]]


def write_feed(feed: Feed) -> bytes:
    """Return the feed as a document."""
    document: Json = {"metadata": _feed_metadata(feed), "links": _feed_links(feed)}
    if feed.destinations:
        document["navigation"] = list(map(_destination, feed.destinations))
    if feed.groups:
        document["groups"] = list(map(_group, feed.groups))
    if feed.publications or not (feed.destinations or feed.groups):
        document["publications"] = _publications(feed)
    if feed.facets:
        document["facets"] = _facets(feed.facets)
    return _written(document)


def write_publication(feed: Feed) -> bytes:
    """Return the only publication of the feed as a document, with its pages in reading order."""
    (one,) = feed.publications
    (document,) = _publications(feed)
    document["metadata"]["conformsTo"] = _VISUAL
    pages = feed.addresses.pages(one.comic_id)
    document["readingOrder"] = [
        {"href": f"{pages}{index}", "type": "image/jpeg"} for index in range(one.page_count)
    ]
    return _written(document)


def _feed_metadata(feed: Feed) -> Json:
    metadata: Json = {
        "identifier": urn(f"feed:{feed.key}"),
        "title": feed.title,
        "modified": _time(feed.updated_at),
    }
    if feed.paging is not None:
        metadata |= {
            "numberOfItems": feed.paging.total,
            "itemsPerPage": feed.paging.size,
            "currentPage": feed.paging.page,
        }
    return metadata


def _feed_links(feed: Feed) -> list[Json]:
    addresses = feed.addresses
    links = [
        _link("self", feed.page_address()),
        _link("start", addresses.catalog),
        {**_link("search", f"{addresses.search}{{?query}}"), "templated": True},
        _link(CRAWLABLE, addresses.feed("crawl")),
    ]
    if not feed.is_root:
        links.append(_link("up", addresses.catalog))
    for rel, page in feed.paging.links() if feed.paging else ():
        links.append(_link(rel, feed.page_address(page)))
    return links


def _destination(one: Destination) -> Json:
    link = {**_link(one.rel, one.href), "title": one.title}
    return link if one.count is None else {**link, "properties": {"numberOfItems": one.count}}


def _group(feed: Feed) -> Json:
    total = {} if feed.paging is None else {"numberOfItems": feed.paging.total}
    return {
        "metadata": {"title": feed.title, **total},
        "links": [_link("self", feed.addresses.feed(feed.place))],
        "publications": _publications(feed),
    }


def _facets(facets: Sequence[Facet]) -> list[Json]:
    groups: dict[str, list[Json]] = defaultdict(list)
    for one in facets:
        rel = "self" if one.is_active else "http://opds-spec.org/facet"
        groups[one.group].append({**_link(rel, one.href), "title": one.title})
    return [{"metadata": {"title": title}, "links": links} for title, links in groups.items()]


def _publications(feed: Feed) -> list[Json]:
    # Of a feed, the type and title of each offer are the same for all comics.
    offers = [
        (offer, _file(offer.title, "", feed.link_type(offer.media_type))) for offer in feed.offers
    ]
    return [_publication(feed, one, offers) for one in feed.publications]


def _publication(feed: Feed, one: Publication, offers: _Offers) -> Json:
    links = [*_links(feed, one), *_offered(feed, one, offers)]
    document: Json = {"metadata": _metadata(feed, one), "links": links}
    if one.comic_id and one.cover_version:
        document["images"] = [
            {
                "href": feed.addresses.cover(one.comic_id, one.cover_version, height),
                "type": "image/jpeg",
            }
            for height in (COVER_HEIGHT, THUMBNAIL_HEIGHT)
        ]
    return document


def _metadata(feed: Feed, one: Publication) -> Json:
    metadata: Json = {
        "@type": "https://schema.org/ComicIssue",
        "identifier": urn(one.key),
        "title": one.title,
        "modified": _time(one.updated_at),
    }
    if one.page_count:
        metadata["numberOfPages"] = one.page_count
    known = one.metadata
    description = "\n\n".join(filter(None, (one.about, known and known.summary)))
    if description:
        metadata["description"] = description
    if known is not None:
        metadata |= _known(feed, one, known)
    return metadata


def _known(feed: Feed, one: Publication, known: ComicMetadata) -> Json:
    """Return what is known about the comic besides its title."""
    facts: Json = {
        "publisher": known.publisher,
        "language": known.language,
        "published": issued(known) if known.year else "",
        "subject": list(genres(known)),
        **_creators(known),
    }
    if known.reading_direction is ReadingDirection.RIGHT_TO_LEFT:
        facts["readingProgression"] = "rtl"
    if known.series and one.series_id:
        series: Json = {
            "name": known.series,
            "links": [{"href": feed.addresses.feed(f"series/{one.series_id}"), "type": FEED_TYPE}],
        }
        if (position := _position(known.number)) is not None:
            series["position"] = position
        facts["belongsTo"] = {"series": [series]}
    return {name: value for name, value in facts.items() if value}


def _creators(known: ComicMetadata) -> dict[str, list[str]]:
    names: dict[str, list[str]] = defaultdict(list)
    for creator in known.creators:
        names[_ROLES[creator.role]].append(creator.name)
    return names


def _position(number: str) -> float | None:
    """Return the number of a comic where that is one, such as 3 or 1.5, but not “Annual 2”."""
    is_decimal = number.replace(".", "", 1).isdecimal() and number.isascii()
    return float(number) if is_decimal else None


def _links(feed: Feed, one: Publication) -> list[Json]:
    links: list[Json] = []
    if one.comic_id:
        own = feed.addresses.feed(f"comics/{one.comic_id}")
        links.append({"rel": "self", "href": own, "type": PUBLICATION_TYPE})
    for file in one.files:
        link = _file(file.title, file.href, feed.link_type(file.media_type))
        links.append(link if file.size_bytes is None else {**link, "size": file.size_bytes})
    return links


def _offered(feed: Feed, one: Publication, offers: _Offers) -> Iterator[Json]:
    """Yield the links to what a comic is offered as; none for a file of several comics."""
    base, (own_type, own_extension) = f"{feed.addresses.files}/{one.comic_id}", one.own_file
    for offer, link in offers if one.file_stem else ():
        if offer.media_type:
            yield {**link, "href": f"{base}/{offer.key}/{one.file_stem}.{offer.extension}"}
        elif own_type:
            href = f"{base}/{offer.key}/{one.file_stem}.{own_extension}"
            yield _file(offer.title, href, feed.link_type(own_type))


def _file(title: str, href: str, media_type: str) -> Json:
    return {"rel": ACQUISITION, "href": href, "type": media_type, "title": title}


def _link(rel: str, href: str) -> Json:
    return {"rel": rel, "href": href, "type": FEED_TYPE}


def _time(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _written(document: Json) -> bytes:
    return _JSON.dump_json(document)
