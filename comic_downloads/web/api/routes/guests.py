"""What guests of a share may do. The token in the address is the credential, with the password where there is one."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from ....domain.artifact import Format
from ....domain.job import JobStatus, Phase
from ....domain.quality import PRESETS
from ....usecases.library.page_images import COVER_HEIGHT
from ....usecases.sharing import contents, downloads
from ....usecases.sharing.access import Guest, unlock
from .. import paths
from ..address import BaseAddress, absolute
from ..authentication import FromContext, asking_address
from ..download_request import Id
from ..errors import problem_responses
from ..guest_cookie import set_guest_cookie
from ..images import image_response, page_response
from ..models import JobErrorModel, Text
from .comics import Height, PageIndex

router = APIRouter(
    prefix=f"{paths.SHARES}/{{token}}", tags=["guests"], responses=problem_responses(401, 404, 410)
)
_IMAGE: dict[int | str, dict[str, Any]] = {
    200: {"content": {"image/*": {}}, "description": "The image"},
    304: {"description": "Unchanged"},
}
_RANGES: dict[int | str, dict[str, Any]] = {
    206: {"description": "One or several ranges of it."},
    412: {"description": "It is not what the client has."},
    416: {"description": "It does not have these bytes."},
}


def _cookies(request: Request) -> dict[str, str]:
    return request.cookies


Cookies = Annotated[dict[str, str], Depends(_cookies)]


class Password(BaseModel):
    password: Text


class SharedComicModel(BaseModel):
    id: str
    title: str
    page_count: int = Field(
        description="0 when the comic has left the library, or cannot be read any more."
    )
    cover_url: str = Field(description="Empty when `page_count` is 0.")


class SharedModel(BaseModel):
    """A share as its guests see it."""

    title: str
    comics: list[SharedComicModel]
    formats: list[str]
    has_password: bool
    expires_at: datetime
    downloads_left: int | None = Field(
        description="Whole files that may still be fetched; null for any number."
    )


class PrepareBody(BaseModel):
    model_config = ConfigDict(extra="forbid")

    # Plain text, so that the use case refuses what is not offered, in its own words and with its own codes.
    format: Text = Field(
        description="One that the share offers.",
        json_schema_extra={"enum": [str(one) for one in Format]},
    )
    quality: Text = Field(default="original", json_schema_extra={"enum": list(PRESETS)})
    comic_ids: list[Id] | None = Field(
        default=None,
        max_length=10_000,
        description="Some of the share; null for all that can be read.",
    )


class GuestDownloadModel(BaseModel):
    """A guest's download."""

    job_id: str
    status: JobStatus = Field(description="When `expired`, ask for it once more.")
    phase: Phase
    progress: int = Field(ge=0, le=100)
    format: str
    quality: str
    filename: str
    pages_done: int
    pages_total: int
    queue_position: int | None
    eta_seconds: int | None
    file_size_bytes: int | None = Field(description="Known once the file is ready.")
    download_url: str | None = Field(
        description="A signed link, made for this answer; null until `ready`, when no download is left, and when the file's "
        "time is over: ask for it once more."
    )
    expires_at: datetime | None = Field(description="Until when `download_url` starts transfers.")
    error: JobErrorModel | None


@router.get("/info")
def info(token: str, cookies: Cookies, context: FromContext, response: Response) -> SharedModel:
    """What is shared. With a password, 401 `password_required` until it was entered."""
    opened = contents.open_share(context, token, cookies)
    _keep(context, response, opened.guest)
    comics = [
        SharedComicModel(
            **vars(comic),
            cover_url=f"{paths.SHARES}/{token}/cover/{comic.id}" if comic.page_count else "",
        )
        for comic in opened.comics
    ]
    return SharedModel(
        title=opened.title,
        comics=comics,
        formats=list(opened.formats),
        has_password=opened.has_password,
        expires_at=opened.expires_at,
        downloads_left=opened.downloads_left,
    )


@router.post("/unlock", status_code=204, responses=problem_responses(422, 429))
def enter_password(
    token: str, body: Password, cookies: Cookies, request: Request, context: FromContext
) -> Response:
    """Enters the password; the cookie that comes back opens this share only, for a day at most.

    401 `invalid_credentials` for a wrong one; after repeated failures 429 `rate_limited` with `Retry-After`.
    """
    guest = unlock(context, token, cookies, body.password, asking_address(request))
    response = Response(status_code=204)
    _keep(context, response, guest)
    return response


@router.post(
    "/prepare",
    status_code=202,
    responses={
        200: {
            "model": GuestDownloadModel,
            "description": "You have asked for it before: your download",
        }
    }
    | problem_responses(403, 422, 429, 507),
)
def prepare(
    token: str,
    body: PrepareBody,
    cookies: Cookies,
    context: FromContext,
    base: BaseAddress,
    response: Response,
) -> GuestDownloadModel:
    """Asks for one file of the shared comics. 410 `share_used_up` when no download is left."""
    comic_ids = None if body.comic_ids is None else tuple(body.comic_ids)
    request = downloads.GuestRequest(body.format, body.quality, comic_ids)
    submitted = downloads.submit_guest_download(context, token, cookies, request)
    _keep(context, response, submitted.guest)
    response.status_code = 202 if submitted.created else 200
    return _model(base, submitted.download)


@router.get("/status/{job_id}")
def status(
    token: str,
    job_id: str,
    cookies: Cookies,
    context: FromContext,
    base: BaseAddress,
    response: Response,
) -> GuestDownloadModel:
    """How a download of yours does; `download_url` as soon as it is ready."""
    response.headers["Cache-Control"] = "no-store"
    return _model(base, downloads.get_guest_download(context, token, cookies, job_id))


@router.get(
    "/download/{comic_id}/{page_index}", response_class=Response, responses=_IMAGE | _RANGES
)
def get_page(
    token: str,
    comic_id: str,
    page_index: PageIndex,
    request: Request,
    cookies: Cookies,
    context: FromContext,
    height: Height | None = None,
) -> Response:
    """A page as it is in the comic or, with a height, small. 410 `share_used_up` when no download is left."""
    if height is None:
        return page_response(
            request, contents.shared_page(context, token, cookies, comic_id, page_index)
        )
    image = contents.shared_page_image(context, token, cookies, comic_id, page_index, height)
    return image_response(request, image, versioned=False)


@router.get("/cover/{comic_id}", response_class=Response, responses=_IMAGE)
def get_cover(
    token: str,
    comic_id: str,
    request: Request,
    cookies: Cookies,
    context: FromContext,
    height: Height = COVER_HEIGHT,
) -> Response:
    """The first readable page of a comic, small."""
    image = contents.shared_cover(context, token, cookies, comic_id, height)
    return image_response(request, image, versioned=False)


def _keep(context: FromContext, response: Response, guest: Guest) -> None:
    """Gives the guest's browser its cookie, if it is new."""
    response.headers["Cache-Control"] = "no-store"
    if guest.new_cookie is not None:
        set_guest_cookie(context, response, guest.new_cookie)


def _model(base: str, download: downloads.GuestDownload) -> GuestDownloadModel:
    url = absolute(base, download.download_url) if download.download_url else None
    error = JobErrorModel(**vars(download.error)) if download.error else None
    return GuestDownloadModel.model_validate(
        {**vars(download), "download_url": url, "error": error}
    )
