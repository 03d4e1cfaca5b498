"""Groups: requests that became several downloads, to watch and control as one."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query, Request, Response

from ....domain.group import GroupOwner
from ....usecases.downloads import group_control
from ....usecases.downloads.group_snapshots import get_group
from .. import paths
from ..authentication import AccountRouter
from ..caller import Caller, FromCaller
from ..errors import problem_responses
from ..models import GroupModel, group_model
from .group_files import ARCHIVE_RESPONSES, send_archive

router = AccountRouter(
    prefix=paths.GROUPS,
    tags=["groups"],
    responses=problem_responses(401, 404),
)
_TRANSITION = problem_responses(403, 409)


@router.get("/{group_id}")
def read(group_id: str, caller: FromCaller) -> GroupModel:
    """Return one of your groups with its downloads, in order."""
    return group_model(caller, get_group(caller.context, _own(caller), group_id))


@router.post("/{group_id}/pause", responses=_TRANSITION)
def pause(group_id: str, caller: FromCaller) -> GroupModel:
    """Pause the downloads of the group that are waiting or preparing."""
    return group_model(caller, group_control.pause_group(caller.context, _own(caller), group_id))


@router.post("/{group_id}/resume", responses=_TRANSITION)
def resume(group_id: str, caller: FromCaller) -> GroupModel:
    """Put the paused downloads of the group back into the queue."""
    return group_model(caller, group_control.resume_group(caller.context, _own(caller), group_id))


@router.post("/{group_id}/retry", responses=_TRANSITION)
def retry(
    group_id: str,
    caller: FromCaller,
    skip_damaged: Annotated[
        bool, Query(description="Leave out damaged pages from now on.")
    ] = False,
) -> GroupModel:
    """Prepare the failed downloads of the group again; without any, the cancelled and expired."""
    found = group_control.retry_group(
        caller.context, _own(caller), group_id, skip_damaged=skip_damaged
    )
    return group_model(caller, found)


@router.post("/{group_id}/cancel", responses=_TRANSITION)
def cancel(group_id: str, caller: FromCaller) -> GroupModel:
    """Cancel the unfinished downloads of the group; the finished files stay."""
    return group_model(caller, group_control.cancel_group(caller.context, _own(caller), group_id))


@router.head(
    "/{group_id}/file",
    operation_id="head_of_group_file",
    summary="The headers of the ZIP",
    response_class=Response,
    responses=_TRANSITION,
)
@router.get(
    "/{group_id}/file",
    summary="The ZIP of the finished files",
    response_class=Response,
    responses=ARCHIVE_RESPONSES | _TRANSITION,
)
async def read_file(group_id: str, request: Request, caller: FromCaller) -> Response:
    """Send the finished files of the group as one stored ZIP, with ranges and an `ETag`.

    It is made while it is sent. It becomes another file, with another `ETag`, when one more of the
    downloads is ready. 409 `not_ready` while none is.
    """
    return await send_archive(request, _own(caller), group_id)


@router.delete("/{group_id}", status_code=204)
def delete(group_id: str, caller: FromCaller) -> Response:
    """Remove all downloads of the group, whatever their status, and free their storage."""
    group_control.remove_group(caller.context, _own(caller), group_id)
    return Response(status_code=204)


def _own(caller: Caller) -> GroupOwner:
    return GroupOwner(caller.id)
