"""Upload comics into the library; the file is written to disk while it arrives."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Annotated

from fastapi import Depends, Request
from pydantic import BaseModel, Field
from python_multipart import MultipartParser
from python_multipart.exceptions import FormParserError
from python_multipart.multipart import parse_options_header
from starlette.concurrency import run_in_threadpool

from ....domain.account import Account
from ....domain.errors import InvalidRequest
from ....domain.permission import Permission
from ....usecases.context import Context
from ....usecases.library.upload import IncomingComic
from .. import paths
from ..authentication import AccountRouter, FromContext, permitted
from ..errors import problem_responses

if TYPE_CHECKING:
    from python_multipart.multipart import MultipartCallbacks

PATH = paths.COMICS
WRITE_BYTES = 1024 * 1024
Uploader = Annotated[Account, Depends(permitted(Permission.UPLOAD))]

router = AccountRouter(prefix=PATH, tags=["library"], responses=problem_responses(401, 403))

_FORM = {
    "type": "object",
    "required": ["file"],
    "properties": {
        "file": {
            "type": "string",
            "contentMediaType": "application/octet-stream",
            "description": "The comic.",
        }
    },
}


class UploadModel(BaseModel):
    """An accepted upload."""

    path: str = Field(
        description="The new file, relative to the library folder. Nothing is overwritten."
    )
    size_bytes: int
    scan_id: str
    status_url: str = Field(
        description="Shows when the scan is done; the comic is listed after it."
    )


@router.post(
    "",
    status_code=202,
    responses=problem_responses(413, 422, 503, 507),
    openapi_extra={
        "requestBody": {"required": True, "content": {"multipart/form-data": {"schema": _FORM}}}
    },
)
async def upload_comic(request: Request, _account: Uploader, context: FromContext) -> UploadModel:
    """Add a comic file to the library if it can be opened. It takes the permission `upload`."""
    form = _FileField(request.headers.get("content-type", ""))
    incoming = None
    try:
        async for data in _pieces(request, form):
            incoming = incoming or await run_in_threadpool(_start, context, form)
            await run_in_threadpool(incoming.write, data)
        if incoming is None:
            raise InvalidRequest(
                f"“{form.filename}” is empty. Send the comic's file."
                if form.filename
                else "The form has no file. Send it as the field “file” of multipart/form-data."
            )
        added = await run_in_threadpool(incoming.finish)
    finally:
        if incoming is not None:
            await run_in_threadpool(incoming.abandon)
    return UploadModel(
        path=added.path,
        size_bytes=added.size_bytes,
        scan_id=added.scan_id,
        status_url=paths.LIBRARY,
    )


def _start(context: Context, form: _FileField) -> IncomingComic:
    return IncomingComic(context, form.filename)


async def _pieces(request: Request, form: _FileField) -> AsyncIterator[bytes]:
    """Yield the bytes of the file in pieces of at least WRITE_BYTES, except for the last."""
    async for chunk in request.stream():
        form.feed(chunk)
        if len(form.pending) >= WRITE_BYTES:
            yield form.take()
    if not form.complete:
        raise InvalidRequest("The upload was interrupted. Send it again.")
    if form.pending:
        yield form.take()


class _FileField:
    """Extracts the first field with a file name from a form; other fields are ignored.

    FastAPI's parser would store a whole upload in a temporary folder before the account is
    checked.
    """

    def __init__(self, content_type: str) -> None:
        kind, options = parse_options_header(content_type)
        if kind != b"multipart/form-data" or b"boundary" not in options:
            raise InvalidRequest("Send the file as the field “file” of multipart/form-data.")
        self.filename = ""
        self.pending = bytearray()
        self.complete = False
        self._headers: dict[bytes, bytes] = {}
        self._name = self._value = b""
        self._taking = False
        try:
            self._parser = MultipartParser(options[b"boundary"], self._callbacks())
        except FormParserError as error:
            raise InvalidRequest(f"The form is malformed: {error}.") from error

    def _callbacks(self) -> MultipartCallbacks:
        return {
            "on_header_field": self._on_header_field,
            "on_header_value": self._on_header_value,
            "on_header_end": self._on_header_end,
            "on_headers_finished": self._on_headers_finished,
            "on_part_data": self._on_part_data,
            "on_part_end": self._on_part_end,
            "on_end": self._on_end,
        }

    def feed(self, chunk: bytes) -> None:
        """Parse the next bytes of the form. Raises InvalidRequest if it is malformed."""
        try:
            self._parser.write(chunk)
        except FormParserError as error:
            raise InvalidRequest(
                f"The form is malformed: {error}. Send multipart/form-data."
            ) from error

    def take(self) -> bytes:
        """Return the file's bytes so far and forget them."""
        data = bytes(self.pending)
        self.pending.clear()
        return data

    def _on_header_field(self, data: bytes, start: int, end: int) -> None:
        self._name += data[start:end]

    def _on_header_value(self, data: bytes, start: int, end: int) -> None:
        self._value += data[start:end]

    def _on_header_end(self) -> None:
        self._headers[self._name.lower()] = self._value
        self._name = self._value = b""

    def _on_headers_finished(self) -> None:
        _, options = parse_options_header(self._headers.pop(b"content-disposition", b""))
        self._headers.clear()
        filename = options.get(b"filename", b"")
        if filename and not self.filename:
            self.filename = filename.decode(errors="replace")
            self._taking = True

    def _on_part_data(self, data: bytes, start: int, end: int) -> None:
        if self._taking:
            self.pending += data[start:end]

    def _on_part_end(self) -> None:
        self._taking = False

    def _on_end(self) -> None:
        self.complete = True
