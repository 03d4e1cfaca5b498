"""Upload to S3 in parts, continuing where a killed worker stopped, without a copy on disk.

An upload is continued if its key is the same. Parts that are already stored are compared by size
and MD5 with the expected bytes, and the list of parts that completes the upload contains the MD5
of each. The process that completes an upload has therefore verified every byte, even if another
process writes to it at the same time: if a part changes, the storage refuses the list.
"""

from __future__ import annotations

import base64
import hashlib
import logging
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO, Self

from botocore.exceptions import BotoCoreError, ClientError

from .s3_rights import is_refused

MIB = 1024 * 1024
PART_BYTES = 16 * MIB
# Files are split into fewer parts than the 10,000 that S3 allows. A stream, whose length is
# unknown, always has parts of PART_BYTES, so it can have about 156 GiB.
MAX_PARTS = 9000
MAX_COPY_BYTES = 5 * 1024 * MIB  # The limit of one CopyObject request.

log = logging.getLogger(__name__)


def part_size(size_bytes: int) -> int:
    """Return the size of the parts of a file of this size.

    It depends only on the size, so that a file always has the same parts and the same S3 ETag.
    """
    return max(PART_BYTES, -(-size_bytes // MAX_PARTS // MIB) * MIB)


@dataclass(frozen=True)
class Target:
    """The destination of an object. ``key`` includes the prefix."""

    client: Any
    bucket: str
    key: str
    media_type: str

    @property
    def address(self) -> dict[str, str]:
        """The arguments of S3 requests that identify the object."""
        return {"Bucket": self.bucket, "Key": self.key}


def upload_path(target: Target, source: Path, sha256: str, on_sent: Callable[[int], None]) -> None:
    """Upload a file with this SHA-256, calling ``on_sent`` after each part."""
    size_bytes = source.stat().st_size
    with source.open("rb") as file:
        if size_bytes <= PART_BYTES:
            _upload_bytes(target, file.read(), bytes.fromhex(sha256))
            return
        with _Upload.started(target, {"sha256": sha256}) as upload:
            for part in _parts_of_file(file, part_size(size_bytes)):
                upload.send(part)
                on_sent(upload.size_bytes)
    if upload.is_resumed:
        _keep_hash(target, size_bytes, sha256)


def upload_stream(target: Target, chunks: Iterator[bytes]) -> tuple[int, str]:
    """Upload the chunks, holding one part in memory; return their size and SHA-256 in hex."""
    digest = hashlib.sha256()
    parts = _parts_of_stream(chunks, digest)
    first = next(parts, b"")
    if len(first) < PART_BYTES:
        _upload_bytes(target, first, digest.digest())
        return len(first), digest.hexdigest()
    with _Upload.started(target, {}) as upload:
        upload.send(first)
        for part in parts:
            upload.send(part)
    _keep_hash(target, upload.size_bytes, digest.hexdigest())
    return upload.size_bytes, digest.hexdigest()


class _Upload:
    """A multipart upload whose parts are sent in order.

    ``sent`` has the size and MD5 of the parts that are already stored, by number.
    """

    def __init__(
        self,
        target: Target,
        upload_id: str,
        sent: dict[int, tuple[int, str]] | None = None,
        *,
        can_be_resumed: bool = True,
    ) -> None:
        self.size_bytes = 0
        self.is_resumed = sent is not None
        self._target = target
        self._id = upload_id
        self._sent = sent or {}
        self._parts: list[dict[str, Any]] = []
        self._can_be_resumed = can_be_resumed

    @classmethod
    def started(cls, target: Target, metadata: dict[str, str]) -> _Upload:
        """Return the newest unfinished upload of this key, or a new one.

        If this user may not list unfinished uploads, it is a new one that cannot be resumed.
        """
        can_be_resumed = True
        try:
            resumed = cls._resumed(target)
        except ClientError as error:
            if not is_refused(error):
                raise
            resumed, can_be_resumed = None, False
        if resumed is not None:
            return resumed
        options = {"ContentType": target.media_type, "Metadata": metadata}
        answer = target.client.create_multipart_upload(**target.address, **options)
        return cls(target, answer["UploadId"], can_be_resumed=can_be_resumed)

    @classmethod
    def _resumed(cls, target: Target) -> _Upload | None:
        uploads = _listed_uploads(target.client, target.bucket, target.key)
        found = [upload for upload in uploads if upload["Key"] == target.key]
        if not found:
            return None
        upload_id = max(found, key=lambda upload: upload["Initiated"])["UploadId"]
        pages = target.client.get_paginator("list_parts").paginate(
            **target.address, UploadId=upload_id
        )
        parts = [part for page in pages for part in page.get("Parts", [])]
        log.info("Upload resumed after %d parts", len(parts), extra={"action": "resume_upload"})
        return cls(
            target,
            upload_id,
            {part["PartNumber"]: (part["Size"], part["ETag"].strip('"')) for part in parts},
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Complete the upload. After an error, abort it if nothing can resume it."""
        if kind is None:
            self._complete()
        elif not self._can_be_resumed:
            with suppress(ClientError, BotoCoreError):  # A rule of the bucket may abort it later.
                self._target.client.abort_multipart_upload(
                    **self._target.address, UploadId=self._id
                )

    def send(self, part: bytes) -> None:
        number = len(self._parts) + 1
        digest = hashlib.md5(part, usedforsecurity=False)
        etag = f'"{digest.hexdigest()}"'
        if self._sent.get(number) != (len(part), digest.hexdigest()):
            md5 = base64.b64encode(digest.digest()).decode()  # The server verifies it.
            where = {"UploadId": self._id, "PartNumber": number}
            etag = self._target.client.upload_part(
                **self._target.address, **where, Body=part, ContentMD5=md5
            )["ETag"]
        self._parts.append({"PartNumber": number, "ETag": etag})
        self.size_bytes += len(part)

    def _complete(self) -> None:
        parts = {"Parts": self._parts}
        self._target.client.complete_multipart_upload(
            **self._target.address, UploadId=self._id, MultipartUpload=parts
        )


def unfinished_uploads(client: Any, bucket: str, prefix: str) -> list[dict[str, Any]]:
    """Return boto3's descriptions of unfinished uploads whose keys start with the prefix.

    There are none if this user may not list them: uploads are then not resumed.
    """
    try:
        return _listed_uploads(client, bucket, prefix)
    except ClientError as error:
        if is_refused(error):
            return []
        raise


def _listed_uploads(client: Any, bucket: str, prefix: str) -> list[dict[str, Any]]:
    pages = client.get_paginator("list_multipart_uploads").paginate(Bucket=bucket, Prefix=prefix)
    try:
        return [upload for page in pages for upload in page.get("Uploads", [])]
    except client.exceptions.NoSuchUpload:  # rclone's server responds so if there are none.
        return []


def abort_unfinished(target: Target) -> None:
    """Abort the unfinished uploads of this key, as far as this user may."""
    for upload in unfinished_uploads(target.client, target.bucket, target.key):
        if upload["Key"] == target.key:
            try:
                target.client.abort_multipart_upload(**target.address, UploadId=upload["UploadId"])
            except target.client.exceptions.NoSuchUpload:
                log.info("Unfinished upload was already ended elsewhere", extra={"action": "abort"})
            except ClientError as error:
                if not is_refused(error):
                    raise


def _upload_bytes(target: Target, data: bytes, sha256: bytes) -> None:
    """Upload a small object in one request; the server verifies the SHA-256."""
    checksum = base64.b64encode(sha256).decode()
    metadata = {"sha256": sha256.hex()}
    target.client.put_object(
        **target.address,
        Body=data,
        ContentType=target.media_type,
        Metadata=metadata,
        ChecksumSHA256=checksum,
    )


def _keep_hash(target: Target, size_bytes: int, sha256: str) -> None:
    """Add the SHA-256 that was unknown at the start, by copying the object onto itself.

    Objects above MAX_COPY_BYTES stay without it, and all if the server does not allow copies; the
    database has it in any case.
    """
    if size_bytes <= MAX_COPY_BYTES:
        described = {
            "ContentType": target.media_type,
            "Metadata": {"sha256": sha256},
            "MetadataDirective": "REPLACE",
        }
        try:
            target.client.copy_object(**target.address, CopySource=target.address, **described)
        except ClientError as error:
            if not is_refused(error):
                raise


def _parts_of_file(file: BinaryIO, size: int) -> Iterator[bytes]:
    while part := file.read(size):
        yield part


def _parts_of_stream(chunks: Iterator[bytes], digest: Any) -> Iterator[bytes]:
    buffer = bytearray()
    for chunk in chunks:
        digest.update(chunk)
        buffer += chunk
        while len(buffer) >= PART_BYTES:
            yield bytes(buffer[:PART_BYTES])
            del buffer[:PART_BYTES]
    if buffer:
        yield bytes(buffer)
