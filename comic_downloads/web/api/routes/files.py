"""Serve the file behind a link. The link is the credential; cookies are ignored."""

from __future__ import annotations

import base64
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, BinaryIO
from urllib.parse import quote

from anyio import CapacityLimiter, to_thread
from fastapi import APIRouter, Request
from fastapi.routing import APIRoute
from starlette.responses import RedirectResponse, Response

from ....domain.errors import InputError, JobError, StorageUnavailable
from ....domain.link import INLINE, Link
from ....domain.ranges import ByteRange
from ....domain.share import share_used_up_error
from ....usecases.context import Context
from ....usecases.delivery.counter import DeliveryCounter
from ....usecases.delivery.known_rows import KnownRows
from ....usecases.delivery.layouts import Layouts, open_layout, page_changed_refusal
from ....usecases.delivery.links import (
    Delivery,
    confirm_file,
    direct_link,
    ensure_intact,
    open_file,
    opens_at_once,
    resolve_known_link,
    resolve_link,
    shown_in_place,
)
from ....usecases.delivery.verified_files import VerifiedFiles
from ....usecases.downloads.snapshots import JobErrorSnapshot
from .. import paths
from ..errors import problem
from ..ranges.layout_body import LayoutBody
from ..ranges.plan import Plan, Representation, plan_answer
from ..ranges.preconditions import Validators
from ..ranges.response import RangeResponse, joined_headers, response_from_memory

# The "internal" location of nginx that maps to the folder of artifacts.
ACCEL_PREFIX = "/_blobs/"


class _FileRoute(APIRoute):
    """Calls the endpoint directly.

    FastAPI's resolution of arguments would cost as much as sending a small range.
    """

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        async def handle(request: Request) -> Response:
            return await self.endpoint(request=request, **request.path_params)

        return handle


router = APIRouter(tags=["file"], route_class=_FileRoute)

GUARDS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",  # The address is the credential.
    "Content-Security-Policy": "sandbox; default-src 'none'",
    "Cross-Origin-Resource-Policy": "same-site",
}


@dataclass
class FileServer:
    """What all file responses of one process share."""

    context: Context
    counter: DeliveryCounter = field(init=False)
    checked: VerifiedFiles = field(init=False)
    # Requests that wait while a file is hashed must not occupy the threads of all others.
    hashing_limit: CapacityLimiter = field(default_factory=lambda: CapacityLimiter(2))
    layouts: Layouts = field(init=False)
    rows: KnownRows = field(init=False)
    opens_at_once: bool = field(init=False)
    # A library disk that hangs must not, either.
    layout_limit: CapacityLimiter = field(default_factory=lambda: CapacityLimiter(16))

    def __post_init__(self) -> None:
        self.layouts = Layouts(self.context)
        self.rows = KnownRows(self.context)
        self.opens_at_once = opens_at_once(self.context)
        self.counter = DeliveryCounter(self.context)
        self.checked = VerifiedFiles(self.context.monotonic)


def file_server(request: Request) -> FileServer:
    """Return what the file responses of this process share."""
    state = request.app.state
    if not hasattr(state, "file_server"):
        state.file_server = FileServer(state.context)
    return state.file_server


# A file has the type of its format or, untouched, that of any comic.
FILE_ANSWERS: dict[int | str, dict[str, Any]] = {
    200: {"description": "The file.", "content": {"*/*": {}}},
    206: {"description": "One or several ranges of the file.", "content": {"*/*": {}}},
    416: {"description": "The file has no such bytes."},
}
# Of both HEAD and GET.
_ANSWERS: dict[int | str, dict[str, Any]] = {
    304: {"description": "The client has the file already."},
    307: {"description": "The storage sends the file."},
    404: {"description": "`link_invalid`"},
    410: {"description": "`link_expired`, `file_gone` or, of a share, `share_used_up`"},
    412: {"description": "The client has another version of the file."},
}


@router.head(
    paths.FILES + "/{token}/{filename}",
    operation_id="head_of_file",
    summary="The headers of the file behind a link",
    response_class=Response,
    responses=_ANSWERS,
)
@router.get(
    paths.FILES + "/{token}/{filename}",
    name="file",
    summary="The file behind a link",
    response_class=Response,
    responses=_ANSWERS | FILE_ANSWERS,
)
async def send_file(token: str, filename: str, request: Request) -> Response:
    """Send the file or ranges of it.

    The link is checked when the transfer starts; its expiry does not cut a running transfer.
    """
    server = file_server(request)
    answer = _answer_at_once(request, server, token)
    if answer is None:
        answer = await to_thread.run_sync(_answer, request, server, token)
    if isinstance(answer, Response):
        return answer
    if answer.file is None:
        return await _send_layout(server, answer)
    if not server.checked.is_verified(answer.file, answer.delivery.sha256):
        await to_thread.run_sync(
            ensure_intact,
            server.context,
            answer.delivery,
            answer.file,
            server.checked,
            limiter=server.hashing_limit,
        )
    if server.context.settings.send_file and not answer.delivery.counted:
        answer.file.close()
        return _hand_over(server.context, answer.delivery)
    return RangeResponse(answer.plan, answer.file, lambda: server.counter.begin(answer.delivery))


@dataclass(frozen=True)
class _Opened:
    """A file to send once it is verified, or None for a layout, which is verified page by page."""

    delivery: Delivery
    plan: Plan
    file: BinaryIO | None


def _answer_at_once(request: Request, server: FileServer, token: str) -> _Opened | None:
    """Open the file for a range if nothing of that can block; otherwise return None.

    A change of threads and the database take several times as long as everything else that a
    client waits for who fetches one range after the other.
    """
    if request.method != "GET" or not server.opens_at_once:
        return None
    delivery = resolve_known_link(server.context, token, server.rows)
    if delivery is None:
        return None
    delivery = _as_wanted(request, delivery)
    plan = _plan(request, server.context, delivery)
    if plan.status != 206 or plan.holds_first_byte:
        return None
    if delivery.is_layout:
        return _Opened(delivery, plan, None)
    try:
        return _Opened(delivery, plan, server.context.blobs.open(delivery.blob_key))
    except (FileNotFoundError, StorageUnavailable):
        return None


def _as_wanted(request: Request, delivery: Delivery) -> Delivery:
    return delivery.shown() if INLINE in request.query_params else delivery


def _plan(request: Request, context: Context, delivery: Delivery) -> Plan:
    headers = joined_headers(request.headers)
    return plan_answer(request.method, headers, _representation(context, delivery))


def _answer(request: Request, server: FileServer, token: str) -> Response | _Opened:
    context = server.context
    delivery = _as_wanted(request, resolve_link(context, token, server.rows))
    plan = _plan(request, context, delivery)
    if plan.status >= 300:
        return response_from_memory(plan)
    if delivery.rest_only and plan.holds_first_byte:
        raise share_used_up_error()
    if delivery.is_layout:
        return _Opened(delivery, plan, None)
    if not plan.segments:
        confirm_file(context, delivery)
        return response_from_memory(plan)
    if url := direct_link(context, delivery):
        confirm_file(context, delivery)
        return RedirectResponse(url, 307, {**GUARDS, "Cache-Control": "private, no-store"})
    return _Opened(delivery, plan, open_file(context, delivery))


async def _send_layout(server: FileServer, answer: _Opened) -> Response:
    """Send a layout once its first page is found right; of HEAD, the first page of the file.

    Raises:
        FileGone: The page has changed; the downloads that use it have failed.
        StorageUnavailable: The page cannot be read now.
    """
    delivery, plan = answer.delivery, answer.plan
    ranges = [part for part in plan.segments if isinstance(part, ByteRange)]
    body = await layout_body(server, delivery, ranges or [ByteRange(0, delivery.size_bytes)])
    try:
        await body.open()
    except JobError as error:
        body.close()
        await to_thread.run_sync(server.layouts.note_fault, delivery.artifact_id, error)
        raise page_changed_refusal(error) if isinstance(error, InputError) else error from error
    if not ranges:
        body.close()
        return response_from_memory(plan)
    return RangeResponse(plan, body, lambda: server.counter.begin(delivery))


async def layout_body(
    server: FileServer, delivery: Delivery, ranges: Sequence[ByteRange]
) -> LayoutBody:
    """Return the bytes of a layout, for these ranges of it. Raises FileGone if it was removed."""
    file = server.layouts.known(delivery.artifact_id, delivery.blob_key)
    return LayoutBody(
        file or await to_thread.run_sync(open_layout, server.layouts, delivery),
        ranges,
        server.layout_limit,
        partial(server.layouts.note_fault, delivery.artifact_id),
    )


def _representation(context: Context, delivery: Delivery) -> Representation:
    headers = {"Content-Disposition": delivery.disposition}
    if delivery.sha256:
        digest = base64.b64encode(bytes.fromhex(delivery.sha256)).decode()
        headers["Repr-Digest"] = f"sha-256=:{digest}:"  # RFC 9530
        headers["Digest"] = f"sha-256={digest}"  # RFC 3230, obsolete but more widely supported
    validators = Validators(f'"{delivery.etag}"', delivery.modified_at.replace(microsecond=0))
    guards = {**GUARDS, "Cache-Control": _cache_control(context, delivery)}
    if delivery.counted or not context.settings.cdn_base_url:
        # nginx would buffer up to 1 GB. We would count it as received by the client, and while a
        # slow client takes it, would end the transfer as stalled. A cache, however, needs buffers.
        guards["X-Accel-Buffering"] = "no"
    return Representation(delivery.size_bytes, delivery.media_type, validators, headers, guards)


def _cache_control(context: Context, delivery: Delivery) -> str:
    """Return what caches may do with the file.

    ``no-transform`` keeps proxies from recompressing, which breaks ranges. ``no-cache`` keeps a
    browser from opening its copy after the link has expired. A CDN may cache the file while the
    link lives.
    """
    if not context.settings.cdn_base_url or delivery.counted:
        return "private, no-cache, no-transform"
    left = delivery.link_expires_at - context.clock()
    return f"public, max-age={max(int(left.total_seconds()), 0)}, no-transform"


async def send_linked(request: Request, link: Link) -> Response:
    """Send the file behind a link that was just made, or lead to the CDN that has it."""
    if not link.url.startswith("/"):
        return RedirectResponse(link.url, 307, {"Cache-Control": "no-store"})
    token, _, filename = link.url.removeprefix(f"{paths.FILES}/").partition("/")
    return await send_file(token=token, filename=filename, request=request)


def failed(error: JobErrorSnapshot) -> Response:
    """Return why a file that was waited for could not be prepared."""
    status = 503 if error.retryable else 422
    return problem(status, error.code, "The file could not be prepared", error.message)


def redirect_to_file(link: Link, *, inline: bool) -> RedirectResponse:
    """Redirect to the file behind a link that was just made."""
    url = shown_in_place(link.url) if inline else link.url
    return RedirectResponse(url, status_code=307, headers={"Cache-Control": "no-store"})


def _hand_over(context: Context, delivery: Delivery) -> Response:
    """Let the web server in front send the file (X-Accel-Redirect or X-Sendfile).

    It handles ranges, but does not report what it has sent.
    """
    path = context.blobs.local_path(delivery.blob_key)
    assert path is not None, "only local files can be sent by the web server"
    internal = ACCEL_PREFIX + quote(delivery.blob_key)
    target = (
        {"X-Accel-Redirect": internal}
        if context.settings.send_file == "x-accel-redirect"
        else {"X-Sendfile": str(path)}
    )
    file = _representation(context, delivery)
    return Response(
        headers={**file.headers, **file.guards, **target, "Content-Type": delivery.media_type}
    )
