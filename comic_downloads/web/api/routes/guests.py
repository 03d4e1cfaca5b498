"""What guests of a share can do.

The token in the address is the credential, together with the password if the share has one.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field
from starlette.concurrency import run_in_threadpool
from starlette.responses import RedirectResponse

from ....domain.formats import Format
from ....domain.job import Action, JobStatus, Phase
from ....domain.split import parse_split
from ....usecases.context import Context
from ....usecases.library.page_images import COVER_HEIGHT
from ....usecases.sharing import contents, downloads, groups
from ....usecases.sharing.access import Guest, GuestCredentials, unlock
from ....usecases.sharing.guest_request import GuestRequest
from ....usecases.sharing.suggestion import further_choices
from .. import paths
from ..address import BaseAddress, absolute
from ..authentication import FromContext, client_ip
from ..cookies import set_cookie
from ..download_request import Id, Quality, SplitChoice
from ..errors import problem_responses
from ..images import IMAGE, Images, page_response
from ..models import GroupProgress, JobErrorModel, Text, group_progress_model
from .files import redirect_to_file
from .group_files import ARCHIVE_RESPONSES, send_archive
from .library import Height, PageIndex

router = APIRouter(
    prefix=f"{paths.SHARES}/{{token}}", tags=["guests"], responses=problem_responses(401, 404, 410)
)
_RANGES: dict[int | str, dict[str, Any]] = {
    206: {"description": "One or several ranges of the page."},
    412: {"description": "The client has another version."},
    416: {"description": "The page has no such bytes."},
}


class Password(BaseModel):
    """The password of a share."""

    password: Text


class SharedComicModel(BaseModel):
    """A comic of a share."""

    id: str
    title: str
    name: str = Field(description="Series, number and title.")
    page_count: int = Field(
        description="0 if the comic is no longer in the library or cannot be read."
    )
    cover_url: str = Field(description="Empty if `page_count` is 0.")


class SharedModel(BaseModel):
    """A share as its guests see it."""

    title: str
    comics: list[SharedComicModel]
    formats: list[str]
    has_password: bool
    expires_at: datetime
    downloads_left: int | None = Field(
        description="How many more files can be downloaded; null if unlimited."
    )
    suggested: dict[str, Any] | None = Field(
        description="What the person who shares suggests: the choices of their default preset. "
        "null if there is none that the share allows."
    )
    reader: bool = Field(description="Whether the comics can be read in the browser.")


class PrepareBody(BaseModel):
    """The request for a file of the shared comics."""

    model_config = ConfigDict(extra="forbid")

    # Plain text, because the use case refuses unknown values with its own message and code.
    format: Annotated[Text, Field(json_schema_extra={"enum": [str(one) for one in Format]})] | (
        None
    ) = Field(
        default=None,
        description="One of the formats of the share. It is not needed for an untouched file.",
    )
    quality: Quality = "original"
    comic_ids: list[Id] | None = Field(
        default=None,
        max_length=10_000,
        description="Some of the comics; null for all that can be read.",
    )

    split: SplitChoice = None
    as_suggested: bool = Field(
        default=False,
        description="Make the file as `suggested` in `info` says: for its device, with its double "
        "pages, margins, parts and so on. A format or quality that is sent takes the place of "
        "its own.",
    )


class GuestDownloadModel(BaseModel):
    """A guest's download."""

    job_id: str
    status: JobStatus = Field(description="When `expired`, request it again.")
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
    expected_size_bytes: int = Field(
        description="The size that the file is expected to have, known before it is ready."
    )
    sha256: str | None = Field(
        description="SHA-256 of the file in hex. Of a file that is sent from the library it is "
        "null until the file was read to its end once."
    )
    download_url: str | None = Field(
        description="A signed link, made for this response. null until `ready`, at the download "
        "limit, and when the file has expired: request it again then."
    )
    expires_at: datetime | None = Field(description="When `download_url` stops starting transfers.")
    error: JobErrorModel | None


class GuestGroupModel(GroupProgress):
    """What a guest's request with `split` made: several downloads."""

    group_id: str
    filename: str = Field(description="The name of the ZIP of the finished files.")
    failed_count: int
    file_url: str | None = Field(
        description="The ZIP of the finished files, for the guest's cookie; null without any."
    )
    items: list[GuestDownloadModel] = Field(description="The downloads, in order.")


@dataclass(frozen=True)
class Visit:
    """One request of a guest. ``response`` carries the headers and the status of the answer."""

    context: Context
    token: str
    request: Request
    response: Response

    @property
    def credentials(self) -> GuestCredentials:
        """The token and all cookies of the request; the use cases choose the guest's cookie."""
        return GuestCredentials(self.token, self.request.cookies)

    def keep_guest(self, guest: Guest) -> None:
        """Set the guest's cookie if it is new."""
        keep_guest(self.request, self.context, self.response, guest)


async def visit(token: str, request: Request, context: FromContext, response: Response) -> Visit:
    """Return the request with what its use cases need; they check the token and the cookies."""
    return Visit(context, token, request, response)


FromVisit = Annotated[Visit, Depends(visit)]


@router.get("/info")
def info(visit: FromVisit) -> SharedModel:
    """Return what is shared. 401 `password_required` until the password was entered."""
    opened = contents.open_share(visit.context, visit.credentials)
    visit.keep_guest(opened.guest)
    comics = [
        SharedComicModel(
            **vars(comic),
            cover_url=f"{paths.SHARES}/{visit.token}/cover/{comic.id}" if comic.page_count else "",
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
        suggested=None if opened.suggested is None else dict(opened.suggested),
        reader=opened.reader,
    )


@router.post("/unlock", status_code=204, responses=problem_responses(422, 429))
def enter_password(visit: FromVisit, body: Password) -> Response:
    """Check the password and set a cookie that opens only this share, for at most a day.

    Another cookie lets this browser try again while strangers who guess have to wait.

    401 `invalid_credentials` for a wrong password; after repeated failures 429 `rate_limited`
    with `Retry-After`.
    """
    guest = unlock(visit.context, visit.credentials, body.password, client_ip(visit.request))
    response = Response(status_code=204)
    keep_guest(visit.request, visit.context, response, guest)
    return response


@router.post(
    "/prepare",
    status_code=202,
    responses={
        200: {
            "model": GuestDownloadModel | GuestGroupModel,
            "description": "You requested it before: your download or group",
        }
    }
    | problem_responses(403, 422, 429, 507),
)
def prepare(
    visit: FromVisit, body: PrepareBody, base: BaseAddress
) -> GuestDownloadModel | GuestGroupModel:
    """Request one file of the shared comics, or with `split` several, which are a group.

    410 `share_used_up` at the download limit.
    """
    request = _request(visit, body)
    split = parse_split(body.split)
    split = groups.split_for_guest(visit.context, visit.credentials, request, split)
    if split is not None:
        made = groups.submit_guest_group(visit.context, visit.credentials, request, split)
        visit.keep_guest(made.found.guest)
        visit.response.status_code = 202 if made.created else 200
        return _group_model(visit, base, made.found)
    prepared = downloads.submit_guest_download(visit.context, visit.credentials, request)
    visit.keep_guest(prepared.guest)
    visit.response.status_code = 202 if prepared.created else 200
    return _model(base, prepared.download)


def _request(visit: Visit, body: PrepareBody) -> GuestRequest:
    """Return what the guest asks for, with what the person who shares suggests if it is wanted."""
    comic_ids = None if body.comic_ids is None else tuple(body.comic_ids)
    if not body.as_suggested:
        return GuestRequest(body.format or "", body.quality, comic_ids)
    suggested = contents.suggested_choices(visit.context, visit.credentials) or {}
    quality = body.quality if "quality" in body.model_fields_set else suggested.get("quality")
    return GuestRequest(
        body.format or suggested.get("format", ""),
        quality or body.quality,
        comic_ids,
        further_choices(suggested),
    )


@router.get("/groups/{group_id}")
def group(visit: FromVisit, group_id: str, base: BaseAddress) -> GuestGroupModel:
    """Return one of your groups with its downloads, in order."""
    visit.response.headers["Cache-Control"] = "no-store"
    found = groups.get_guest_group(visit.context, visit.credentials, group_id)
    return _group_model(visit, base, found)


@router.post("/groups/{group_id}/{action}", responses=problem_responses(403, 409, 422))
def control_group(
    visit: FromVisit,
    group_id: str,
    action: Literal[Action.PAUSE, Action.RESUME, Action.CANCEL],
    base: BaseAddress,
) -> GuestGroupModel:
    """Pause, resume or cancel your group. To retry it, request it again."""
    visit.response.headers["Cache-Control"] = "no-store"
    found = groups.control_guest_group(visit.context, visit.credentials, group_id, action)
    return _group_model(visit, base, found)


@router.head(
    "/groups/{group_id}/file",
    operation_id="head_of_guest_group_file",
    summary="The headers of the ZIP",
    response_class=Response,
    responses=problem_responses(409),
)
@router.get(
    "/groups/{group_id}/file",
    summary="The ZIP of the finished files",
    response_class=Response,
    responses=ARCHIVE_RESPONSES | problem_responses(409),
)
async def get_group_file(visit: FromVisit, group_id: str) -> Response:
    """Send the finished files of your group as one stored ZIP, with ranges and an `ETag`.

    Every file in it counts as one download. 410 `share_used_up` if the share allows fewer.
    """
    wanted = await run_in_threadpool(groups.guest_archive, visit.context, visit.credentials)
    return await send_archive(visit.request, wanted.owner, group_id, wanted.downloads_left)


@router.get("/status/{job_id}")
def status(visit: FromVisit, job_id: str, base: BaseAddress) -> GuestDownloadModel:
    """Return the progress of one of your downloads, with `download_url` once it is ready."""
    visit.response.headers["Cache-Control"] = "no-store"
    return _model(base, downloads.get_guest_download(visit.context, visit.credentials, job_id))


@router.get(
    "/file/{job_id}",
    status_code=307,
    response_class=RedirectResponse,
    responses={307: {"description": "`Location` is a new signed link to the file."}}
    | problem_responses(409),
)
def get_file(
    visit: FromVisit,
    job_id: str,
    inline: Annotated[
        bool, Query(description="Open a PDF in the browser. Other files are saved as ever.")
    ] = False,
) -> RedirectResponse:
    """Redirect to a new signed link to the file of your download.

    409 `not_ready` while there is no file, 410 `share_used_up` at the download limit.
    """
    link = downloads.make_guest_link(visit.context, visit.credentials, job_id)
    return redirect_to_file(link, inline=inline)


@router.get("/download/{comic_id}/{page_index}", response_class=Response, responses=IMAGE | _RANGES)
def get_page(
    visit: FromVisit, comic_id: str, page_index: PageIndex, height: Height | None = None
) -> Response:
    """Return a page as it is in the comic or, with a height, as a small image.

    410 `share_used_up` at the download limit.
    """
    access = (visit.context, visit.credentials)
    if height is None:
        return page_response(visit.request, contents.shared_page(*access, comic_id, page_index))
    image = contents.shared_page_image(*access, comic_id, page_index, height)
    return Images(visit.request).respond(image)


@router.get("/cover/{comic_id}", response_class=Response, responses=IMAGE)
def get_cover(visit: FromVisit, comic_id: str, height: Height = COVER_HEIGHT) -> Response:
    """Return the first readable page of a comic as a small image."""
    image = contents.shared_cover(visit.context, visit.credentials, comic_id, height)
    return Images(visit.request).respond(image)


def keep_guest(request: Request, context: Context, response: Response, guest: Guest) -> None:
    """Set the guest's cookies that are new, and keep the response out of caches."""
    response.headers["Cache-Control"] = "no-store"
    for cookie in (guest.new_cookie, guest.device_cookie):
        if cookie is not None:
            set_cookie(response, cookie, request, context.settings)


def _model(base: str, download: downloads.GuestDownload) -> GuestDownloadModel:
    url = absolute(base, download.download_url) if download.download_url else None
    error = JobErrorModel(**vars(download.error)) if download.error else None
    return GuestDownloadModel.model_validate(
        {**vars(download), "download_url": url, "error": error}
    )


def _group_model(visit: Visit, base: str, found: groups.GuestGroup) -> GuestGroupModel:
    group = found.group
    archive = f"{paths.SHARES}/{visit.token}/groups/{group.id}/file"
    return GuestGroupModel(
        **group_progress_model(group).model_dump(),
        group_id=group.id,
        filename=group.filename,
        failed_count=group.failed_count,
        file_url=absolute(base, archive) if group.file_count else None,
        items=[_model(base, download) for download in found.downloads],
    )
