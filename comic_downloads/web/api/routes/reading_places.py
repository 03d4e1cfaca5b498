"""Where the caller is in a comic, which the reader and reading apps continue from."""

from __future__ import annotations

from datetime import datetime

from fastapi import Response
from pydantic import BaseModel, Field

from ....domain.errors import NotFound
from ....usecases.library import reading_places
from .. import paths
from ..authentication import AccountRouter, FromContext, SignedIn
from ..errors import problem_responses

router = AccountRouter(
    prefix=f"{paths.COMICS}/{{comic_id}}/place",
    tags=["library"],
    responses=problem_responses(401, 404),
)


class PlaceBody(BaseModel):
    """The page that was read last."""

    page_index: int = Field(ge=0, le=10**6, description="From 0.")


class PlaceModel(PlaceBody):
    """The page that was read last, and when."""

    read_at: datetime


@router.get("")
def get_place(comic_id: str, account: SignedIn, context: FromContext) -> PlaceModel:
    """Return the page of the comic that you have read last. 404 if you have read none."""
    place = reading_places.places_in(context, account.id, [comic_id]).get(comic_id)
    if place is None:
        raise NotFound("You have not read this comic, or it is not in the library.")
    return PlaceModel(page_index=place.page_index, read_at=place.read_at)


@router.put("", responses=problem_responses(422))
def keep_place(
    comic_id: str, body: PlaceBody, account: SignedIn, context: FromContext
) -> PlaceModel:
    """Keep the page of the comic that you have read last."""
    place = reading_places.keep_place(context, account.id, comic_id, body.page_index)
    return PlaceModel(page_index=place.page_index, read_at=place.read_at)


@router.delete("", status_code=204)
def forget_place(comic_id: str, account: SignedIn, context: FromContext) -> Response:
    """Forget that you have read the comic."""
    reading_places.forget_place(context, account.id, comic_id)
    return Response(status_code=204)
