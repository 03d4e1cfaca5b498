"""The library: comics, series, their pictures, and scanning."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Path, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from ....domain.library import CreatorRole, ReadingDirection
from ....usecases.library import browse, page_images
from ....usecases.library.scan import request_scan
from .. import paths
from ..authentication import NEEDS_ACCOUNT, FromContext, SignedIn
from ..errors import problem_responses
from ..images import image_response
from ..models import Items, ItemsPage

router = APIRouter(
    prefix=paths.API, tags=["library"], dependencies=NEEDS_ACCOUNT, responses=problem_responses(401)
)
_OF_ONE = problem_responses(404)
_IMAGE = {
    200: {"content": {"image/*": {}}, "description": "The image"},
    304: {"description": "Unchanged"},
}

Height = Annotated[
    int,
    Query(
        ge=1,
        le=10_000,
        description="Pixels; the next height that is kept is given, never an enlarged picture.",
    ),
]
Version = Annotated[
    str,
    Query(
        alias="v",
        max_length=100,
        description="As in `cover_url`: with it browsers may keep the picture for long.",
    ),
]
Sort = Literal["title", "-title", "series", "number", "newest", "size", "pages"]
PageIndex = Annotated[int, Path(ge=0, le=10**6, description="From 0.")]


class CreatorModel(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    name: str
    role: CreatorRole


class PageModel(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    index: int = Field(description="From 0, in reading order.")
    name: str
    width: int = Field(description="Pixels, as the reader sees the page; 0 for a damaged one.")
    height: int
    size_bytes: int
    media_type: str
    error: str = Field(description="Why the page cannot be read; empty if it can.")


class ComicSummaryModel(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    id: str
    title: str
    series_id: str | None
    series: str = Field(description="The title of its series, empty if it has none.")
    number: str
    volume: int | None
    year: int | None
    page_count: int = Field(description="Damaged pages too.")
    damaged_pages: int
    size_bytes: int
    cover_url: str = Field(description="Empty if no page can be read.")
    reading_direction: ReadingDirection
    kind: str = Field(description="What it is read from: `folder`, `zip`, …")
    error: str = Field(description="Why the comic cannot be downloaded; empty if it can.")
    added_at: datetime


class ComicModel(ComicSummaryModel):
    path: str = Field(description="Relative to the library folder.")
    summary: str
    publisher: str
    genre: str
    web: str
    language: str
    age_rating: str
    creators: list[CreatorModel]
    pages: list[PageModel]


class SeriesSummaryModel(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    id: str
    title: str
    comic_count: int
    page_count: int
    size_bytes: int
    damaged_comics: int
    cover_url: str


class SeriesModel(SeriesSummaryModel):
    comics: list[ComicSummaryModel] = Field(description="In reading order.")


class DamagedComicModel(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    id: str
    title: str
    path: str
    reason: str


class LibraryStatusModel(BaseModel):
    """How the library is: the scan under way, and what the last one found damaged."""

    model_config = ConfigDict(from_attributes=True)

    scanning: bool
    waiting: bool = Field(description="A scan was asked for and waits for a worker.")
    comics_done: int = Field(description="Of the scan under way.")
    comics_total: int
    comic_count: int
    finished_at: datetime | None
    damaged: list[DamagedComicModel]
    problems: list[str]


class ScanModel(BaseModel):
    scan_id: str
    status_url: str


@router.get("/comics", responses=problem_responses(422))
def list_comics(
    _account: SignedIn,
    context: FromContext,
    query: Annotated[
        str, Query(max_length=200, description="Words of title, series or creators, in any case.")
    ] = "",
    series: Annotated[
        str | None, Query(max_length=64, description="Only comics of the series with this id.")
    ] = None,
    sort: Sort = "title",
    limit: Annotated[int, Query(ge=1, le=browse.MAX_LIMIT)] = 60,
    offset: Annotated[int, Query(ge=0, le=2**31)] = 0,
) -> ItemsPage[ComicSummaryModel]:
    """The comics of the library, page by page."""
    found = browse.list_comics(context, query, series, sort, limit, offset)
    items = [ComicSummaryModel.model_validate(comic) for comic in found.items]
    return ItemsPage(items=items, total=found.total, limit=limit, offset=offset)


@router.get("/comics/{comic_id}", responses=_OF_ONE)
def get_comic(comic_id: str, _account: SignedIn, context: FromContext) -> ComicModel:
    """A comic with its pages."""
    return ComicModel.model_validate(browse.get_comic(context, comic_id))


@router.get("/comics/{comic_id}/cover", response_class=Response, responses=_IMAGE | _OF_ONE)
def get_cover(
    comic_id: str,
    request: Request,
    _account: SignedIn,
    context: FromContext,
    height: Height = page_images.COVER_HEIGHT,
    version: Version = "",
) -> Response:
    """The first readable page, small."""
    return image_response(
        request, page_images.cover_image(context, comic_id, height), versioned=bool(version)
    )


@router.get("/comics/{comic_id}/pages/{index}", response_class=Response, responses=_IMAGE | _OF_ONE)
def get_page(
    comic_id: str,
    index: PageIndex,
    request: Request,
    _account: SignedIn,
    context: FromContext,
    height: Height | None = None,
    version: Version = "",
) -> Response:
    """A page as it is in the comic or, with a height, small."""
    return image_response(
        request, page_images.page_image(context, comic_id, index, height), versioned=bool(version)
    )


@router.get("/series")
def list_series(
    _account: SignedIn, context: FromContext, query: Annotated[str, Query(max_length=200)] = ""
) -> Items[SeriesSummaryModel]:
    """Every series that has comics."""
    items = [
        SeriesSummaryModel.model_validate(series) for series in browse.list_series(context, query)
    ]
    return Items(items=items, total=len(items))


@router.get("/series/{series_id}", responses=_OF_ONE)
def get_series(series_id: str, _account: SignedIn, context: FromContext) -> SeriesModel:
    """A series with its comics."""
    return SeriesModel.model_validate(browse.get_series(context, series_id))


@router.get("/library")
def library_status(_account: SignedIn, context: FromContext) -> LibraryStatusModel:
    """Whether the library is being scanned, and what is damaged in it."""
    return LibraryStatusModel.model_validate(browse.library_status(context))


@router.post("/library/scan", status_code=202)
def scan_library(_account: SignedIn, context: FromContext) -> ScanModel:
    """Has a worker look through the library folder again. While one scan waits, asking again gives the same one."""
    return ScanModel(scan_id=request_scan(context), status_url=paths.LIBRARY)
