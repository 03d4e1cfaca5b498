"""Stream a small comic without creating a download."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Query
from starlette.responses import StreamingResponse

from ....domain.account import Account
from ....domain.permission import Permission
from ....usecases.downloads.stream import STREAMABLE_FORMATS, stream_comic
from .. import paths
from ..authentication import FromContext, permitted
from ..errors import problem_responses

router = APIRouter(
    prefix=paths.API, tags=["library"], responses=problem_responses(401, 403, 404, 422)
)


@router.get(
    "/comics/{comic_id}/stream",
    response_class=StreamingResponse,
    responses={
        200: {
            "description": "The archive.",
            "content": {format.facts.media_type: {} for format in STREAMABLE_FORMATS},
        }
    },
)
def stream(
    comic_id: str,
    context: FromContext,
    _account: Annotated[Account, Depends(permitted(Permission.DOWNLOAD))],
    format_name: Annotated[
        str,
        Query(
            alias="format", description=f"{' or '.join(f'`{one}`' for one in STREAMABLE_FORMATS)}."
        ),
    ] = "cbz",
) -> StreamingResponse:
    """Send a comic of fewer than 20 pages in original quality.

    The stream cannot be resumed; request a download for that.
    """
    archive = stream_comic(context, comic_id, format_name)
    headers = {
        "Content-Length": str(archive.size_bytes),
        "Content-Disposition": archive.disposition,
        "ETag": f'"{archive.content_key}-{format_name}"',
        "Accept-Ranges": "none",
        "Cache-Control": "private, no-cache, no-transform",
    }
    return StreamingResponse(archive.blocks, media_type=archive.media_type, headers=headers)
