"""The addresses of feeds."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Annotated, Any, Literal, NamedTuple

from fastapi import APIRouter, Depends, Path, Query, Request
from pydantic import BaseModel, Field
from starlette.responses import Response

from ...usecases.catalog.offers import find_offer, offers_of
from ...usecases.context import Context
from ..api.address import BaseAddress, absolute
from ..api.errors import problem_responses
from ..api.ranges.preconditions import Outcome, Validators, evaluate
from . import atom, json_feed
from .addresses import ROOT, Addresses, Version
from .catalogue import Catalogue
from .feed import Feed
from .signing_in import CatalogueRoute, SignedIn, sign_in_responses

MAX_PAGE = 1_000_000
# Feeds are of one account, and change when anything in the library does.
_REVALIDATED = {"Cache-Control": "private, no-cache", "Vary": "Authorization"}
_ATOM_TYPE = "application/atom+xml"

Page = Annotated[int, Query(ge=1, le=MAX_PAGE, description="From 1.")]


def catalogue(request: Request, account: SignedIn) -> Catalogue:
    """Return the catalogue of the account that the address leads to. Raises NotFound."""
    context: Context = request.app.state.context
    version = Version(request.url.path.split("/")[2])
    offers = offers_of(context, account.id)
    name = request.path_params.get("preset")
    if name is None:
        return Catalogue(context, account, Addresses(version), offers)
    preset = find_offer(offers, name)
    return Catalogue(context, account, Addresses(version, preset.key), offers, preset)


FromCatalogue = Annotated[Catalogue, Depends(catalogue)]


def root(catalogue: FromCatalogue, request: Request) -> Response:
    """Return where the catalogue begins."""
    return respond(request, catalogue.root())


def new_comics(catalogue: FromCatalogue, request: Request, page: Page = 1) -> Response:
    """Return all comics, the newest first."""
    return respond(request, catalogue.new_comics(page))


def crawl(catalogue: FromCatalogue, request: Request, page: Page = 1) -> Response:
    """Return all comics in large pages, for programs that copy the catalogue."""
    return respond(request, catalogue.crawled(page))


class Search(BaseModel):
    """Which comics to list, and in which order."""

    query: str = Field(
        default="", max_length=200, description="Words of title, series or creators, in any case."
    )
    sort: Literal["title", "newest", "size"] = "title"
    show: Literal["", "not-fetched"] = Field(
        default="", description="`not-fetched` leaves out what you have fetched."
    )
    page: int = Field(default=1, ge=1, le=MAX_PAGE)


def search(
    catalogue: FromCatalogue, request: Request, wanted: Annotated[Search, Query()]
) -> Response:
    """Return the comics that match the words of title, series or creators; without words, all."""
    found = catalogue.found(wanted.query, wanted.sort, wanted.show, wanted.page)
    return respond(request, found)


def comic(catalogue: FromCatalogue, request: Request, comic_id: str) -> Response:
    """Return one comic."""
    feed = catalogue.comic(comic_id)
    if feed.addresses.version is Version.V2:
        return _answer(request, json_feed.write_publication(feed), json_feed.PUBLICATION_TYPE)
    return _answer(request, atom.write_entry(feed), atom.ENTRY_TYPE)


def all_series(catalogue: FromCatalogue, request: Request, page: Page = 1) -> Response:
    """Return the series by title."""
    return respond(request, catalogue.all_series(page))


def series(catalogue: FromCatalogue, request: Request, series_id: str, page: Page = 1) -> Response:
    """Return the comics of a series in reading order."""
    return respond(request, catalogue.series(series_id, page))


def lists(catalogue: FromCatalogue, request: Request) -> Response:
    """Return your lists by name."""
    return respond(request, catalogue.lists())


def one_list(catalogue: FromCatalogue, request: Request, list_id: str, page: Page = 1) -> Response:
    """Return the comics of one of your lists, in its order."""
    return respond(request, catalogue.one_list(list_id, page))


def ready(catalogue: FromCatalogue, request: Request, page: Page = 1) -> Response:
    """Return your finished files, the newest first."""
    return respond(request, catalogue.ready(page))


def search_description(catalogue: FromCatalogue, request: Request, base: BaseAddress) -> Response:
    """Return how to search, as OpenSearch describes it."""
    host = absolute(base, "/").removesuffix("/")
    return _answer(request, atom.write_search(catalogue.addresses, host), atom.SEARCH_TYPE)


def declare_preset(
    preset: Annotated[str, Path(description="The id or name of a preset, or a format.")],
) -> None:
    """Describe the parameter of the address, which ``catalogue`` reads."""


_Answers = dict[int | str, dict[str, Any]]


class _Place(NamedTuple):
    """A path, what answers there, and the answer as the OpenAPI description names it."""

    path: str
    endpoint: Callable[..., Response]
    media_type: str
    is_of_one: bool = False


def _places(feed_type: str, publication_type: str) -> tuple[_Place, ...]:
    return (
        _Place("", root, feed_type),
        _Place("/catalog", root, feed_type),
        _Place("/new", new_comics, feed_type),
        _Place("/crawl", crawl, feed_type),
        _Place("/comics", search, feed_type),
        _Place("/comics/{comic_id}", comic, publication_type, is_of_one=True),
        _Place("/series", all_series, feed_type),
        _Place("/series/{series_id}", series, feed_type, is_of_one=True),
        _Place("/lists", lists, feed_type),
        _Place("/lists/{list_id}", one_list, feed_type, is_of_one=True),
        _Place("/ready", ready, feed_type),
    )


_PLACES = {
    Version.V1: (
        *_places(_ATOM_TYPE, _ATOM_TYPE),
        _Place("/search", search_description, atom.SEARCH_TYPE),
    ),
    # OPDS 2.0 has the template for searches in its feeds.
    Version.V2: _places(json_feed.FEED_TYPE, json_feed.PUBLICATION_TYPE),
}


def feed_router(version: Version) -> APIRouter:
    """Return the feeds of the catalogue of this version, and of those of presets."""
    router = APIRouter(prefix=f"{ROOT}/{version}", route_class=CatalogueRoute, tags=["catalogues"])
    not_found = problem_responses(404)
    for path, endpoint, media_type, is_of_one in _PLACES[version]:
        answers = _answers(version, media_type) | (not_found if is_of_one else {})
        router.add_api_route(path, endpoint, response_class=Response, responses=answers)
        router.add_api_route(
            f"/p/{{preset}}{path}",
            endpoint,
            response_class=Response,
            responses=answers | not_found,
            dependencies=[Depends(declare_preset)],
        )
    return router


def _answers(version: Version, media_type: str) -> _Answers:
    found: _Answers = {
        200: {"description": "What was asked for", "content": {media_type: {}}},
        304: {"description": "Unchanged"},
    }
    return found | sign_in_responses(version) | problem_responses(422, 429)


def respond(request: Request, feed: Feed) -> Response:
    """Return the feed, or 304 if the client has it."""
    if feed.addresses.version is Version.V2:
        return _answer(request, json_feed.write_feed(feed), json_feed.FEED_TYPE)
    return _answer(request, atom.write_feed(feed), atom.feed_type(feed.kind))


def _answer(request: Request, content: bytes, media_type: str) -> Response:
    etag = f'"{hashlib.blake2b(content, digest_size=16).hexdigest()}"'
    headers = {**_REVALIDATED, "ETag": etag}
    known = request.headers.get("if-none-match")
    asked = {} if known is None else {"if-none-match": known}
    validators = Validators(etag, datetime.min.replace(tzinfo=UTC))
    if evaluate(asked, validators) is Outcome.NOT_MODIFIED:
        return Response(status_code=304, headers=headers)
    return Response(content, headers={**headers, "Content-Type": media_type})
