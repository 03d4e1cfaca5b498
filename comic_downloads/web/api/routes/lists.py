"""Reading lists: comics in an order, or a filter of the library, kept under a name."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal
from urllib.parse import quote

from fastapi import Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field
from starlette.concurrency import run_in_threadpool

from ....domain.errors import InvalidRequest
from ....domain.reading_list import MAX_BOOKS, MAX_NAME_LENGTH
from ....usecases.library import reading_list_files, reading_lists
from ....usecases.library.reading_lists import BookView, ListView
from .. import paths
from ..authentication import AccountRouter
from ..caller import FromCaller
from ..errors import problem_responses
from ..models import Items, Text

router = AccountRouter(prefix=paths.LISTS, tags=["lists"], responses=problem_responses(401))
IMPORT = f"{paths.LISTS}/import"
_OF_ONE = problem_responses(404)

_NAME = f"1 to {MAX_NAME_LENGTH} characters. No two lists have one name in any case of letters."
_Id = Annotated[str, Field(min_length=1, max_length=100)]
_Ids = Annotated[list[_Id], Field(max_length=MAX_BOOKS)]
_Value = Annotated[str, Field(max_length=200)]


class FilterBody(BaseModel):
    """What the library shows, as the parameters of its address have it; all may be empty."""

    model_config = ConfigDict(extra="forbid")

    view: Literal["", "series", "comics"] = ""
    q: _Value = Field(default="", description="Words of title, series or creators.")
    sort: _Value = ""
    kind: _Value = ""
    language: _Value = ""
    direction: _Value = ""
    publisher: _Value = ""
    year: _Value = ""
    person: _Value = ""
    damaged: Literal["", "yes"] = ""
    fetched: Literal["", "yes", "no"] = ""


class NewList(BaseModel):
    """A name, and either comics in their order or a filter; with neither, an empty list."""

    name: Text = Field(description=_NAME)
    comic_ids: _Ids | None = Field(default=None, description="A comic is in a list once.")
    filter: FilterBody | None = None


class ChangedList(BaseModel):
    """What to change; everything that is left out stays."""

    name: Text | None = Field(default=None, description=_NAME)
    order: _Ids | None = Field(
        default=None, description="The ids of all books of the list, in their new order."
    )


class AddedComics(BaseModel):
    """Comics to put at the end of a list; those that it has are left where they are."""

    comic_ids: _Ids


class BookModel(BaseModel):
    """A book of a list."""

    id: str = Field(
        description="That of its comic, or one of its own for a book not in the library."
    )
    comic_id: str | None = Field(description="null while the library does not have it.")
    name: str
    series: str
    number: str


class ListModel(BaseModel):
    """A list."""

    id: str
    name: str
    filter: dict[str, str] | None = Field(
        description="The parameters of the library's address; null for a list of comics."
    )
    comic_count: int = Field(description="How many comics are in the list, with missing ones.")
    missing_count: int = Field(description="How many of them the library does not have now.")
    created_at: datetime
    updated_at: datetime


class WholeList(ListModel):
    """A list with its books in their order. A filter has none: ask `/comics` with it."""

    items: list[BookModel]


@router.get("")
def list_lists(caller: FromCaller) -> Items[ListModel]:
    """List your lists, in the order of their names."""
    found = reading_lists.list_lists(caller.context, caller.id)
    return Items(items=[_model(one) for one in found], total=len(found))


@router.post("", status_code=201, responses=problem_responses(404, 409, 422))
def create_list(body: NewList, caller: FromCaller, response: Response) -> ListModel:
    """Keep comics or a filter under a name. 409 `list_name_taken` if you have such a list."""
    if body.filter is not None and body.comic_ids is not None:
        raise InvalidRequest("A list has comics or a filter. Leave one of them out.")
    if body.filter is not None:
        parameters = {key: value for key, value in body.filter.model_dump().items() if value}
        made = reading_lists.keep_filter(caller.context, caller.id, body.name, parameters)
    else:
        made = reading_lists.create_list(caller.context, caller.id, body.name, body.comic_ids or [])
    response.headers["Location"] = f"{paths.LISTS}/{made.id}"
    return _model(made)


class AmbiguousModel(BaseModel):
    """A book that may be several comics."""

    name: str
    comics: list[NamedComic]


class NamedComic(BaseModel):
    """A comic with its name."""

    id: str
    name: str


class ImportModel(BaseModel):
    """What came of the books of a file. Those that were not found are in the list by name."""

    list: ListModel
    matched: int
    repeated: int = Field(description="Books whose comic was in the list already; left out.")
    ambiguous: Items[AmbiguousModel]
    missing: Items[str]


@router.post(
    "/import",
    status_code=201,
    responses=problem_responses(409, 413, 422),
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {"application/xml": {"schema": {"type": "string"}}},
        }
    },
)
async def import_list(
    request: Request,
    caller: FromCaller,
    response: Response,
    name: Annotated[
        str, Query(max_length=1000, description="Instead of the file's own name.")
    ] = "",
) -> ImportModel:
    """Make a list from a reading list of ComicRack (CBL), which is the body of the request."""
    document = await request.body()
    report = await run_in_threadpool(
        reading_list_files.import_list, caller.context, caller.id, document, name
    )
    response.headers["Location"] = f"{paths.LISTS}/{report.made.id}"
    ambiguous = [
        AmbiguousModel(
            name=one.name, comics=[NamedComic(id=id, name=name) for id, name in one.comics]
        )
        for one in report.ambiguous
    ]
    return ImportModel(
        list=_model(report.made),
        matched=report.matched,
        repeated=report.repeated,
        ambiguous=Items(items=ambiguous, total=len(ambiguous)),
        missing=Items(items=list(report.missing), total=len(report.missing)),
    )


@router.get(
    "/{list_id}/file",
    response_class=Response,
    responses={200: {"content": {"application/xml": {}}}, **problem_responses(404, 422)},
)
def export_list(list_id: str, caller: FromCaller) -> Response:
    """Return the list as a reading list of ComicRack (CBL)."""
    name, document = reading_list_files.export_list(caller.context, caller.id, list_id)
    headers = {
        "Content-Disposition": f"attachment; filename*=UTF-8''{quote(name, safe='')}.cbl",
        "Cache-Control": "private, no-cache",
    }
    return Response(document, media_type="application/xml", headers=headers)


@router.get("/{list_id}", responses=_OF_ONE)
def get_list(list_id: str, caller: FromCaller) -> WholeList:
    """Return one of your lists with its books. Missing ones are there by name."""
    found, books = reading_lists.get_list(caller.context, caller.id, list_id)
    return WholeList(**_model(found).model_dump(), items=[_book(one) for one in books])


@router.patch("/{list_id}", responses=problem_responses(404, 409, 422))
def change_list(list_id: str, body: ChangedList, caller: FromCaller) -> ListModel:
    """Rename the list, or put its books in another order."""
    changed = reading_lists.change_list(
        caller.context, caller.id, list_id, name=body.name, order=body.order
    )
    return _model(changed)


@router.delete("/{list_id}", status_code=204, responses=_OF_ONE)
def delete_list(list_id: str, caller: FromCaller) -> Response:
    """Delete the list. Its comics stay in the library."""
    reading_lists.delete_list(caller.context, caller.id, list_id)
    return Response(status_code=204)


@router.post("/{list_id}/comics", responses=problem_responses(404, 422))
def add_comics(list_id: str, body: AddedComics, caller: FromCaller) -> ListModel:
    """Put comics at the end of the list."""
    changed, _ = reading_lists.add_comics(caller.context, caller.id, list_id, body.comic_ids)
    return _model(changed)


@router.delete("/{list_id}/comics/{book_id}", status_code=204, responses=_OF_ONE)
def remove_comic(list_id: str, book_id: str, caller: FromCaller) -> Response:
    """Take a comic out of the list, by its id in the list. It stays in the library."""
    reading_lists.remove_book(caller.context, caller.id, list_id, book_id)
    return Response(status_code=204)


def _model(one: ListView) -> ListModel:
    return ListModel(
        id=one.id,
        name=one.name,
        filter=None if one.parameters is None else dict(one.parameters),
        comic_count=one.book_count,
        missing_count=one.missing_count,
        created_at=one.created_at,
        updated_at=one.updated_at,
    )


def _book(one: BookView) -> BookModel:
    comic = one.comic
    return BookModel(
        id=one.id,
        comic_id=comic.id if comic else None,
        name=one.name,
        series=comic.series if comic else one.book.series,
        number=comic.number if comic else one.book.number,
    )
