"""The library: comics, series, their images, and scans."""

from __future__ import annotations

from datetime import datetime
from functools import lru_cache
from typing import Annotated, Literal

from fastapi import Depends, Path, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from ....domain.library import ComicQuery, ReadingDirection
from ....usecases.library import browse, page_images, status, summaries
from ....usecases.library.scan import request_scan
from .. import paths
from ..authentication import AccountRouter, FromContext, signed_in
from ..caller import Caller, FromUnchecked
from ..errors import problem_responses
from ..images import IMAGE, Images
from ..json_response import page_of_json
from ..models import Items, ItemsPage
from ..paging import MAX_OFFSET, Paging

router = AccountRouter(
    prefix=paths.API,
    tags=["library"],
    dependencies=[Depends(signed_in)],
    responses=problem_responses(401),
)
# Lists are asked for often; they look for the account themselves.
lists_router = AccountRouter(prefix=paths.API, tags=["library"], responses=problem_responses(401))
_OF_ONE = problem_responses(404)

Height = Annotated[
    int,
    Query(
        ge=1,
        le=10_000,
        description="Pixels, rounded up to the next stored height. Images are never enlarged.",
    ),
]
Version = Annotated[
    str,
    Query(
        alias="v",
        max_length=100,
        description="As in `cover_url`. With it, browsers may cache the image for a year.",
    ),
]
Sort = Literal["title", "-title", "series", "number", "newest", "size", "pages"]
PageIndex = Annotated[int, Path(ge=0, le=10**6, description="From 0.")]


class PageModel(BaseModel):
    """A page of a comic."""

    model_config = ConfigDict(from_attributes=True)

    index: int = Field(description="From 0, in reading order.")
    name: str
    width: int = Field(description="Pixels as displayed; 0 for a damaged page.")
    height: int
    size_bytes: int
    media_type: str
    error: str = Field(description="Why the page cannot be read; empty if it can.")


class ComicSummaryModel(BaseModel):
    """A comic in a list."""

    model_config = ConfigDict(from_attributes=True)

    id: str
    title: str
    name: str = Field(description="Series, number and title: `X-Men (2019) #12 – The Deep`.")
    series_id: str | None
    series: str = Field(description="The title of the series; empty if the comic has none.")
    number: str
    volume: int | float | None = Field(description="With decimals in names such as `v01.5`.")
    year: int | None
    page_count: int = Field(description="Including damaged pages.")
    damaged_pages: int
    size_bytes: int
    cover_url: str = Field(description="Empty if no page can be read.")
    reading_direction: ReadingDirection
    kind: str = Field(description="What the comic is stored as: `folder`, `zip`, …")
    error: str = Field(description="Why the comic cannot be downloaded; empty if it can.")
    added_at: datetime


class ComicModel(ComicSummaryModel):
    """A comic with its pages."""

    path: str = Field(description="Relative to the library folder.")
    deleted_pages: int = Field(
        description="Pages that the comic itself marks as deleted. They are in no list and no file."
    )
    summary: str
    publisher: str
    genre: str
    web: str
    language: str
    age_rating: str
    creators: list[summaries.CreatorView]
    pages: list[PageModel]


class SeriesSummaryModel(BaseModel):
    """A series in a list."""

    model_config = ConfigDict(from_attributes=True)

    id: str
    title: str
    comic_count: int
    page_count: int
    size_bytes: int
    damaged_comics: int
    cover_url: str


class SeriesModel(SeriesSummaryModel):
    """A series with its comics."""

    comics: list[ComicSummaryModel] = Field(description="In reading order.")


class LibraryStatusModel(BaseModel):
    """The state of the running scan, and what the last one found damaged."""

    model_config = ConfigDict(from_attributes=True)

    scanning: bool
    reading: bool = Field(description="All comics are listed, and the scan reads their pages.")
    waiting: bool = Field(description="A scan was requested and is waiting for a worker.")
    comics_done: int = Field(description="Comics that the running scan has looked at.")
    comics_total: int
    comic_count: int
    unread_comics: int = Field(description="Comics whose pages are listed and not all read yet.")
    growing_comics: int = Field(
        description="Comics whose files still changed then. They are looked at again by itself."
    )
    listed_at: datetime | None = Field(description="When all comics were last looked for.")
    finished_at: datetime | None
    damaged: list[status.DamagedComic]
    problems: list[str]


class ScanModel(BaseModel):
    """A requested scan."""

    scan_id: str
    status_url: str


class ComicListQuery(BaseModel):
    """Which comics to list."""

    query: str = Field(
        default="", max_length=200, description="Words of title, series or creators, in any case."
    )
    series: str | None = Field(
        default=None, max_length=64, description="Only comics of the series with this id."
    )
    sort: Sort = "title"
    limit: int = Field(default=60, ge=1, le=browse.MAX_LIMIT)
    offset: int = Field(default=0, ge=0, le=MAX_OFFSET)

    def comics(self) -> ComicQuery:
        """Return what to search for."""
        return ComicQuery(self.query, self.series, self.sort, self.limit, self.offset)


_SUMMARY = TypeAdapter(summaries.ComicSummary)


# Comics that are listed again are the same objects, which are looked up faster than written.
@lru_cache(maxsize=summaries.REMEMBERED_COMICS)
def _summary_json(comic: summaries.ComicSummary) -> bytes:
    return _SUMMARY.dump_json(comic)


async def versioned_images(request: Request, version: Version = "") -> Images:
    """Return how to answer with an image, from the request and its version parameter."""
    return Images(request, versioned=bool(version))


FromImages = Annotated[Images, Depends(versioned_images)]


@lists_router.get(
    "/comics", response_model=ItemsPage[ComicSummaryModel], responses=problem_responses(422)
)
async def list_comics(
    unchecked: FromUnchecked,
    wanted: Annotated[ComicListQuery, Query()],
) -> Response:
    """List the comics of the library."""

    def respond(caller: Caller) -> Response:
        found = browse.list_comics(caller.context, wanted.comics())
        page = Paging(wanted.limit, wanted.offset)
        return page_of_json(map(_summary_json, found.items), found.total, page)

    return await unchecked.answer(respond)


@router.get("/comics/{comic_id}", responses=_OF_ONE)
def get_comic(comic_id: str, context: FromContext) -> ComicModel:
    """Return one comic with its pages."""
    return ComicModel.model_validate(browse.get_comic(context, comic_id))


@router.get("/comics/{comic_id}/cover", response_class=Response, responses=IMAGE | _OF_ONE)
def get_cover(
    comic_id: str,
    context: FromContext,
    images: FromImages,
    height: Height = page_images.COVER_HEIGHT,
) -> Response:
    """Return the first readable page as a small image."""
    return images.respond(page_images.cover_image(context, comic_id, height))


@router.get("/comics/{comic_id}/pages/{index}", response_class=Response, responses=IMAGE | _OF_ONE)
def get_page(
    comic_id: str,
    index: PageIndex,
    context: FromContext,
    images: FromImages,
    height: Height | None = None,
) -> Response:
    """Return a page as it is in the comic or, with a height, as a small image."""
    return images.respond(page_images.page_image(context, comic_id, index, height))


@router.get("/series")
def list_series(
    context: FromContext, query: Annotated[str, Query(max_length=200)] = ""
) -> Items[SeriesSummaryModel]:
    """List every series that has comics."""
    items = [
        SeriesSummaryModel.model_validate(series) for series in browse.list_series(context, query)
    ]
    return Items(items=items, total=len(items))


@router.get("/series/{series_id}", responses=_OF_ONE)
def get_series(series_id: str, context: FromContext) -> SeriesModel:
    """Return one series with its comics."""
    return SeriesModel.model_validate(browse.get_series(context, series_id))


@router.get("/library")
def library_status(context: FromContext) -> LibraryStatusModel:
    """Return whether a scan is running, and what is damaged in the library."""
    return LibraryStatusModel.model_validate(status.library_status(context))


@router.post("/library/scan", status_code=202)
def scan_library(context: FromContext) -> ScanModel:
    """Request a scan of the library folder. While one is waiting, the same one is returned."""
    return ScanModel(scan_id=request_scan(context), status_url=paths.LIBRARY)
