"""Shares of the account that asks: links for people who have no account."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel, ConfigDict, Field

from ....domain.account import PASSWORD_LENGTH
from ....domain.artifact import Format
from ....domain.share import DEFAULT_LIFE_SECONDS, LIFE_SECONDS, MAX_DOWNLOADS, ShareStatus
from ....usecases.sharing import shares
from .. import paths
from ..address import BaseAddress, absolute
from ..authentication import NEEDS_ACCOUNT, FromContext, SignedIn
from ..download_request import Id
from ..errors import problem_responses
from ..models import ComicReference, ItemsPage, Text

_UNKEPT = {"Cache-Control": "no-store"}  # the address of a share is a credential

router = APIRouter(
    prefix=paths.SHARES,
    tags=["shares"],
    dependencies=NEEDS_ACCOUNT,
    responses=problem_responses(401),
)


class ShareBody(BaseModel):
    """Comics one by one, or a whole series as it is now; exactly one of the two."""

    model_config = ConfigDict(extra="forbid")  # a misspelt limit must not pass for none

    comic_ids: list[Id] = Field(
        default=[], max_length=10_000, description="In the order they come in the files."
    )
    series_id: Id | None = None
    password: Text | None = Field(
        default=None,
        description="What guests have to enter. null or empty: the link is enough.",
        json_schema_extra={"maxLength": PASSWORD_LENGTH[1]},
    )
    expires_in_seconds: int | None = Field(
        default=None,
        description=f"How long the link works; null for {DEFAULT_LIFE_SECONDS // 86400} days.",
        json_schema_extra={"minimum": LIFE_SECONDS[0], "maximum": LIFE_SECONDS[1]},
    )
    max_downloads: int | None = Field(
        default=None,
        description="How many whole files guests may fetch; null for any number. Single pages are not counted.",
        json_schema_extra={"minimum": 1, "maximum": MAX_DOWNLOADS},
    )
    # Plain text, so that the use case refuses what is not offered, in its own words and with its own code.
    formats: list[Text] | None = Field(
        default=None,
        max_length=len(Format) * 2,
        description="What guests may choose from; null for all.",
    )

    def to_request(self) -> shares.ShareRequest:
        return shares.ShareRequest(
            comic_ids=tuple(self.comic_ids),
            series_id=self.series_id,
            password=self.password or "",
            expires_in_seconds=DEFAULT_LIFE_SECONDS
            if self.expires_in_seconds is None
            else self.expires_in_seconds,
            max_downloads=self.max_downloads,
            formats=None if self.formats is None else tuple(self.formats),
        )


class ShareModel(BaseModel):
    id: str
    url: str = Field(description="What to send to the guests.")
    title: str = Field(description="Of the comic or the series, or how many comics it has.")
    comics: list[ComicReference]
    formats: list[str]
    has_password: bool
    created_at: datetime
    expires_at: datetime
    max_downloads: int | None
    downloads_done: int = Field(
        description="Whole files that guests have fetched. A resumed transfer counts once."
    )
    status: ShareStatus = Field(description="An expired share is listed for 30 days more.")


@router.post("", status_code=201, responses=problem_responses(404, 409, 422))
def create_share(
    body: ShareBody, account: SignedIn, context: FromContext, base: BaseAddress, response: Response
) -> ShareModel:
    """Makes a link to these comics for people without an account."""
    made = shares.create_share(context, account.id, body.to_request())
    response.headers["Location"] = f"{paths.SHARES}/{made.id}"
    response.headers.update(_UNKEPT)
    return _model(base, made)


@router.get("", responses=problem_responses(422))
def list_shares(
    account: SignedIn,
    context: FromContext,
    base: BaseAddress,
    response: Response,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    offset: Annotated[int, Query(ge=0, le=2**31)] = 0,
) -> ItemsPage[ShareModel]:
    """Your shares, the newest first."""
    response.headers.update(_UNKEPT)
    page, total = shares.list_shares(context, account.id, limit, offset)
    return ItemsPage(
        items=[_model(base, one) for one in page], total=total, limit=limit, offset=offset
    )


@router.get("/{share_id}", responses=problem_responses(404))
def get_share(
    share_id: str, account: SignedIn, context: FromContext, base: BaseAddress, response: Response
) -> ShareModel:
    """One share of yours."""
    response.headers.update(_UNKEPT)
    return _model(base, shares.get_share(context, account.id, share_id))


@router.delete("/{share_id}", status_code=204, responses=problem_responses(404))
def delete_share(share_id: str, account: SignedIn, context: FromContext) -> Response:
    """Takes a share back: its link is dead at once, and what guests had prepared is removed."""
    shares.revoke_share(context, account.id, share_id)
    return Response(status_code=204)


def _model(base: str, view: shares.ShareView) -> ShareModel:
    comics = [ComicReference(id=comic.id, title=comic.title) for comic in view.comics]
    return ShareModel.model_validate(
        {**vars(view), "comics": comics, "url": absolute(base, view.path)}
    )
