"""The shares of the caller: links for people without an account."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from fastapi import Response
from pydantic import BaseModel, ConfigDict, Field

from ....domain.account import PASSWORD_LENGTH
from ....domain.formats import Format
from ....domain.share import (
    DEFAULT_LIFE_SECONDS,
    LIFE_SECONDS,
    MAX_DOWNLOADS,
    MAX_TITLE_LENGTH,
    ShareStatus,
)
from ....usecases.downloads.snapshots import ComicRef
from ....usecases.sharing import changes, shares
from .. import paths
from ..address import absolute
from ..authentication import AccountRouter
from ..caller import FromCaller
from ..download_request import Id
from ..errors import problem_responses
from ..models import ItemsPage, Text
from ..paging import FromPaging

_NOT_CACHED = {"Cache-Control": "no-store"}  # The address of a share is its credential.

_DEFAULTS = {"password": "", "expires_in_seconds": DEFAULT_LIFE_SECONDS, "reader": False}

router = AccountRouter(
    prefix=paths.SHARES,
    tags=["shares"],
    responses=problem_responses(401),
)


class Conditions(BaseModel):
    """What guests may do, and for how long."""

    # A misspelled limit must be an error, not an unlimited share.
    model_config = ConfigDict(extra="forbid")

    password: Text | None = Field(
        default=None,
        description="What guests must enter; null or empty for no password.",
        json_schema_extra={"maxLength": PASSWORD_LENGTH[1]},
    )
    expires_in_seconds: int | None = Field(
        default=None,
        description=f"How long the link works; null for {DEFAULT_LIFE_SECONDS // 86400} days.",
        json_schema_extra={"minimum": LIFE_SECONDS[0], "maximum": LIFE_SECONDS[1]},
    )
    max_downloads: int | None = Field(
        default=None,
        description="How many files guests can download; null for no limit. Pages do not count.",
        json_schema_extra={"minimum": 1, "maximum": MAX_DOWNLOADS},
    )
    # Plain text, because the use case refuses unknown values with its own message and code.
    formats: list[Text] | None = Field(
        default=None,
        max_length=len(Format) * 2,
        description="The formats that guests can choose; null for all.",
    )
    reader: bool | None = Field(
        default=None,
        description="Let guests read the comics in the browser; null for no.",
    )


class ShareBody(Conditions):
    """Single comics or a whole series as it is now; exactly one of the two."""

    comic_ids: list[Id] = Field(
        default=[], max_length=10_000, description="In the order of the file."
    )
    series_id: Id | None = None

    def to_request(self) -> shares.ShareRequest:
        """Return the request with defaults in place of null."""
        return shares.ShareRequest(
            comic_ids=tuple(self.comic_ids),
            series_id=self.series_id,
            password=self.password or "",
            expires_in_seconds=DEFAULT_LIFE_SECONDS
            if self.expires_in_seconds is None
            else self.expires_in_seconds,
            max_downloads=self.max_downloads,
            formats=None if self.formats is None else tuple(self.formats),
            reader=bool(self.reader),
        )


class ChangedShare(Conditions):
    """What to change. What is left out stays; null sets what a new share has by default."""

    title: Text | None = Field(
        default=None,
        description="What guests read above the comics; null to keep it.",
        json_schema_extra={"minLength": 1, "maxLength": MAX_TITLE_LENGTH},
    )

    def explicit(self) -> dict[str, Any]:
        """Return what was sent, with defaults in place of null."""
        sent = self.model_dump(exclude_unset=True)
        if self.title is None:
            sent.pop("title", None)
        for name, default in _DEFAULTS.items():
            if name in sent and sent[name] is None:
                sent[name] = default
        return sent


class ShareModel(BaseModel):
    """A share as its owner sees it."""

    id: str
    url: str = Field(description="The link to send to guests.")
    title: str = Field(description="The title of the comic or the series, or the number of comics.")
    comics: list[ComicRef]
    formats: list[str]
    has_password: bool
    created_at: datetime
    expires_at: datetime
    max_downloads: int | None
    downloads_done: int = Field(
        description="Files that guests have downloaded. A resumed transfer counts once."
    )
    reader: bool = Field(description="Whether guests can read the comics in the browser.")
    status: ShareStatus = Field(description="An expired share stays listed for 30 days.")


@router.post("", status_code=201, responses=problem_responses(403, 404, 409, 422))
def create_share(body: ShareBody, caller: FromCaller, response: Response) -> ShareModel:
    """Create a link to these comics for people without an account."""
    made = shares.create_share(caller.context, caller.id, body.to_request())
    response.headers["Location"] = f"{paths.SHARES}/{made.id}"
    response.headers.update(_NOT_CACHED)
    return _model(caller.base, made)


@router.get("", responses=problem_responses(422))
def list_shares(caller: FromCaller, page: FromPaging, response: Response) -> ItemsPage[ShareModel]:
    """List your shares, newest first."""
    response.headers.update(_NOT_CACHED)
    found, total = shares.list_shares(caller.context, caller.id, page.limit, page.offset)
    items = [_model(caller.base, share) for share in found]
    return ItemsPage(items=items, total=total, limit=page.limit, offset=page.offset)


@router.get("/{share_id}", responses=problem_responses(404))
def get_share(share_id: str, caller: FromCaller, response: Response) -> ShareModel:
    """Return one of your shares."""
    response.headers.update(_NOT_CACHED)
    return _model(caller.base, shares.get_share(caller.context, caller.id, share_id))


@router.patch("/{share_id}", responses=problem_responses(403, 404, 422))
def change_share(
    share_id: str, body: ChangedShare, caller: FromCaller, response: Response
) -> ShareModel:
    """Change the title, password, end, download limit, formats or reader; the link stays the same.

    A new end counts from now, and reopens an expired share. After a change of the password, guests
    must enter the new one. Files that guests have prepared stay.
    """
    response.headers.update(_NOT_CACHED)
    changed = changes.change_share(caller.context, caller.id, share_id, body.explicit())
    return _model(caller.base, changed)


@router.delete("/{share_id}", status_code=204, responses=problem_responses(404))
def delete_share(share_id: str, caller: FromCaller) -> Response:
    """Stop sharing: the link stops working at once, and what guests had prepared is deleted."""
    shares.revoke_share(caller.context, caller.id, share_id)
    return Response(status_code=204)


def _model(base: str, view: shares.ShareView) -> ShareModel:
    return ShareModel.model_validate({**vars(view), "url": absolute(base, view.path)})
