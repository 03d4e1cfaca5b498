"""Write feeds as OPDS 1.2: Atom (RFC 4287), with OpenSearch and page streaming (PSE 1.2)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from urllib.parse import quote
from uuid import NAMESPACE_URL, uuid5
from xml.etree.ElementTree import Element, SubElement, tostring

from ...domain.library import ComicMetadata
from ...usecases.catalog.offers import Offer
from ...usecases.library.reading_places import Place
from .addresses import Addresses
from .feed import Destination, Feed, Kind, Publication

ENTRY_TYPE = "application/atom+xml;type=entry;profile=opds-catalog"
SEARCH_TYPE = "application/opensearchdescription+xml"
_FEED_TYPE = "application/atom+xml;profile=opds-catalog;kind="
_REL = "http://opds-spec.org/"
ACQUISITION = f"{_REL}acquisition"
CRAWLABLE = f"{_REL}crawlable"
NEWEST = f"{_REL}sort/new"
_STREAM = "http://vaemendis.net/opds-pse/stream"
_NAMESPACES = {
    "xmlns": "http://www.w3.org/2005/Atom",
    "xmlns:dc": "http://purl.org/dc/terms/",
    "xmlns:opds": "http://opds-spec.org/2010/catalog",
    "xmlns:opensearch": "http://a9.com/-/spec/opensearch/1.1/",
    "xmlns:pse": "http://vaemendis.net/opds-pse/ns",
    "xmlns:thr": "http://purl.org/syndication/thread/1.0",
}
_HEADER = '<?xml version="1.0" encoding="UTF-8"?>\n'
COVER_HEIGHT, THUMBNAIL_HEIGHT = 1080, 320
# What XML 1.0 has no place for (section 2.2): most control characters, and halves of characters.
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
# These stand for a comic's own parts of an address while a link is written once for a whole feed.
# They are letters of the private area, which no address has.
_ID, _STEM = "\ue000", "\ue001"


def feed_type(kind: Kind) -> str:
    """Return the media type of a feed of this kind."""
    return f"{_FEED_TYPE}{kind}"


def urn(key: str) -> str:
    """Return the identifier that stands for the key, the same for all times."""
    return uuid5(NAMESPACE_URL, f"comic-downloads:{key}").urn


def write_feed(feed: Feed) -> bytes:
    """Return the feed as a document."""
    head = Element("feed", _NAMESPACES)
    _text(head, "id", urn(f"feed:{feed.key}"))
    _text(head, "title", feed.title)
    _text(head, "updated", _time(feed.updated_at))
    _text(SubElement(head, "author"), "name", "Comic Downloads")
    _add_feed_links(head, feed)
    if feed.paging is not None:
        _text(head, "opensearch:totalResults", str(feed.paging.total))
        _text(head, "opensearch:itemsPerPage", str(feed.paging.size))
        _text(head, "opensearch:startIndex", str(feed.paging.offset + 1))
    entries = [
        *(_written(_destination(one)) for one in feed.destinations),
        *_publications(feed),
    ]
    return f"{_HEADER}{_inside(_written(head), entries)}".encode()


def write_entry(feed: Feed) -> bytes:
    """Return the only publication of the feed as a document of its own."""
    entry = next(_publications(feed))
    names = "".join(f' {name}="{value}"' for name, value in _NAMESPACES.items())
    return f"{_HEADER}{entry.replace('<entry>', f'<entry{names}>', 1)}".encode()


def write_search(addresses: Addresses, host: str) -> bytes:
    """Return the OpenSearch description of the catalogue. ``host`` has scheme and name.

    Its address has only one parameter, because some clients stumble over an escaped “&”.
    """
    document = Element("OpenSearchDescription", {"xmlns": _NAMESPACES["xmlns:opensearch"]})
    _text(document, "ShortName", "Comics")
    _text(document, "Description", "Search titles, series and creators.")
    _text(document, "InputEncoding", "UTF-8")
    _text(document, "OutputEncoding", "UTF-8")
    template = f"{host}{addresses.search}?query={{searchTerms}}"
    SubElement(document, "Url", {"type": feed_type(Kind.ACQUISITION), "template": template})
    return f"{_HEADER}{_written(document)}".encode()


def _add_feed_links(head: Element, feed: Feed) -> None:
    addresses = feed.addresses
    _link(head, "self", feed.page_address(), feed_type(feed.kind))
    _link(head, "start", addresses.catalog, feed_type(Kind.NAVIGATION))
    if not feed.is_root:
        _link(head, "up", addresses.catalog, feed_type(Kind.NAVIGATION))
    _link(head, "search", addresses.feed("search"), SEARCH_TYPE)
    _link(head, CRAWLABLE, addresses.feed("crawl"), feed_type(Kind.ACQUISITION))
    for rel, page in feed.paging.links() if feed.paging else ():
        _link(head, rel, feed.page_address(page), feed_type(feed.kind))
    for facet in feed.facets:
        active = {"opds:activeFacet": "true"} if facet.is_active else {}
        more = {"title": _clean(facet.title), "opds:facetGroup": facet.group, **active}
        _link(head, f"{_REL}facet", facet.href, feed_type(feed.kind), **more)


def _destination(one: Destination) -> Element:
    entry = Element("entry")
    _text(entry, "id", urn(one.key))
    _text(entry, "title", one.title)
    _text(entry, "updated", _time(one.updated_at))
    _text(entry, "content", one.about).set("type", "text")
    count = {} if one.count is None else {"thr:count": str(one.count)}
    _link(entry, one.rel, one.href, feed_type(one.kind), **count)
    if one.cover:
        _link(entry, f"{_REL}image/thumbnail", one.cover, "image/jpeg")
    return entry


def _publications(feed: Feed) -> Iterator[str]:
    links = _OfferLinks(feed)
    for one in feed.publications:
        entry = _publication(feed, one)
        yield _inside(_written(entry), links.of(one))


def _publication(feed: Feed, one: Publication) -> Element:
    entry = Element("entry")
    _text(entry, "id", urn(one.key))
    _text(entry, "title", one.title)
    _text(entry, "updated", _time(one.updated_at))
    if one.metadata is not None:
        _add_metadata(entry, one.metadata)
    summary = "\n\n".join(filter(None, (one.about, one.metadata and one.metadata.summary)))
    if summary:
        _text(entry, "summary", summary)
    if one.comic_id and one.cover_version:
        cover = (one.comic_id, one.cover_version)
        large = feed.addresses.cover(*cover, COVER_HEIGHT)
        small = feed.addresses.cover(*cover, THUMBNAIL_HEIGHT)
        _link(entry, f"{_REL}image", large, "image/jpeg")
        _link(entry, f"{_REL}image/thumbnail", small, "image/jpeg")
    if one.comic_id:
        whole = feed.addresses.feed(f"comics/{one.comic_id}")
        _link(entry, "alternate", whole, ENTRY_TYPE)
    for file in one.files:
        length = {} if file.size_bytes is None else {"length": str(file.size_bytes)}
        more = {"title": _clean(file.title), **length}
        _link(entry, ACQUISITION, file.href, feed.link_type(file.media_type), **more)
    if one.page_count:
        pages = f"{feed.addresses.pages(one.comic_id)}{{pageNumber}}?width={{maxWidth}}"
        read = _read(one.place) if one.place else {}
        count = {"pse:count": str(one.page_count)}
        _link(entry, _STREAM, pages, "image/jpeg", **count, **read)
    return entry


def _read(place: Place) -> dict[str, str]:
    """Return the attributes for the page that was read last, which PSE counts from 1."""
    return {
        "pse:lastRead": str(place.page_index + 1),
        "pse:lastReadDate": _time(place.read_at),
    }


def _add_metadata(entry: Element, metadata: ComicMetadata) -> None:
    for name in dict.fromkeys(creator.name for creator in metadata.creators):
        _text(SubElement(entry, "author"), "name", name)
    if metadata.publisher:
        _text(entry, "dc:publisher", metadata.publisher)
    if metadata.language:
        _text(entry, "dc:language", metadata.language)
    if metadata.year:
        _text(entry, "dc:issued", issued(metadata))
    for genre in genres(metadata):
        SubElement(entry, "category", {"term": _clean(genre), "label": _clean(genre)})


def issued(metadata: ComicMetadata) -> str:
    """Return the date of publication as far as it is known, as in ISO 8601."""
    known = [f"{metadata.year:04}"]
    if metadata.month:
        known.append(f"{metadata.month:02}")
        if metadata.day:
            known.append(f"{metadata.day:02}")
    return "-".join(known)


def genres(metadata: ComicMetadata) -> Sequence[str]:
    """Return the genres one by one."""
    return [one for one in (part.strip() for part in metadata.genre.split(",")) if one]


class _OfferLinks:
    """The links to what every comic of a feed is offered as.

    A comic has a link for each of them, and they differ only in its id and its name. So each is
    written once, and the parts of a comic are put in: the links of many presets take hardly longer
    than one.
    """

    def __init__(self, feed: Feed) -> None:
        self._feed = feed
        self._written: dict[tuple[str, str], tuple[str, str, str]] = {}
        self._offers = [(offer, offer.is_untouched) for offer in feed.offers]

    def of(self, one: Publication) -> list[str]:
        """Return the links of a comic; none for a file of several comics."""
        links = []
        for offer, is_untouched in self._offers if one.file_stem else ():
            media_type, extension = (
                one.own_file if is_untouched else (offer.media_type, offer.extension)
            )
            if media_type:
                key = (offer.key, extension)
                parts = self._written.get(key)
                if parts is None:
                    parts = self._written[key] = self._parts(offer, media_type, extension)
                links.append(f"{parts[0]}{one.comic_id}{parts[1]}{one.file_stem}{parts[2]}")
        return links

    def _parts(self, offer: Offer, media_type: str, extension: str) -> tuple[str, str, str]:
        """Return a link before the comic's id, from there to the file's name, and after it."""
        title = _clean(offer.title).translate({ord(_ID): None, ord(_STEM): None})
        link = Element("link", {"rel": ACQUISITION, "type": self._feed.link_type(media_type)})
        link.set("title", title)
        key = quote(offer.key, safe="")
        link.set("href", f"{self._feed.addresses.files}/{_ID}/{key}/{_STEM}.{extension}")
        start, _, rest = _written(link).partition(_ID)
        middle, _, end = rest.partition(_STEM)
        return start, middle, end


def _link(parent: Element, rel: str, href: str, media_type: str, **more: str) -> None:
    SubElement(parent, "link", {"rel": rel, "type": media_type, "href": href, **more})


def _text(parent: Element, tag: str, text: str) -> Element:
    element = SubElement(parent, tag)
    element.text = _clean(text)
    return element


def _clean(text: str) -> str:
    return _NOT_XML.sub("\ufffd", text)


def _time(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _written(element: Element) -> str:
    return tostring(element, encoding="unicode")


def _inside(element: str, children: Iterable[str]) -> str:
    """Return the written element with further children at its end."""
    start, _, tag = element.rpartition("</")
    return f"{start}{''.join(children)}</{tag}"
