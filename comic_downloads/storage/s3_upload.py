"""Uploading to S3 in parts: what goes up a second time goes on where a killed worker stopped, and needs no copy on our disk.

The key and the bytes say which upload goes on: the parts that are there are compared by size and MD5 with what they should
be, and the list of parts that ends an upload names the MD5 of each. So whoever ends it has checked every byte of it, even if
somebody else still writes to it; a part that was changed meanwhile makes the storage refuse the list.
"""

from __future__ import annotations

import base64
import hashlib
import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

MIB = 1024 * 1024
PART_BYTES = 16 * MIB
MAX_PARTS = 9000  # S3 allows 10,000; a stream, whose length is not known beforehand, may therefore take 140 GiB
MAX_COPY_BYTES = 5 * 1024 * MIB  # what one CopyObject takes

log = logging.getLogger(__name__)


def part_size(size_bytes: int) -> int:
    """Depends on the size alone, so that the same file always has the same parts, and thereby the same S3 ETag."""
    return max(PART_BYTES, -(-size_bytes // MAX_PARTS // MIB) * MIB)


@dataclass(frozen=True)
class Target:
    """Where an object goes. ``name`` is its key in the bucket, prefix included."""

    client: Any
    bucket: str
    name: str
    media_type: str

    @property
    def address(self) -> dict[str, str]:
        return {"Bucket": self.bucket, "Key": self.name}


def upload_path(target: Target, source: Path, sha256: str, on_sent: Callable[[int], None]) -> None:
    """A file of this SHA-256."""
    size_bytes = source.stat().st_size
    with source.open("rb") as file:
        if size_bytes <= PART_BYTES:
            _upload_bytes(target, file.read(), bytes.fromhex(sha256))
            return
        upload = _Upload.resumed(target) or _Upload.begun(target, {"sha256": sha256})
        for part in _parts_of_file(file, part_size(size_bytes)):
            upload.send(part)
            on_sent(upload.size_bytes)
        upload.end()
    if upload.is_resumed:
        _keep_hash(target, size_bytes, sha256)


def upload_stream(target: Target, chunks: Iterator[bytes]) -> tuple[int, str]:
    """What the iterator gives, holding one part in memory; its size and SHA-256."""
    digest = hashlib.sha256()
    parts = _parts_of_stream(chunks, digest)
    first = next(parts, b"")
    if len(first) < PART_BYTES:
        _upload_bytes(target, first, digest.digest())
        return len(first), digest.hexdigest()
    upload = _Upload.resumed(target) or _Upload.begun(target, {})
    upload.send(first)
    for part in parts:
        upload.send(part)
    upload.end()
    _keep_hash(target, upload.size_bytes, digest.hexdigest())
    return upload.size_bytes, digest.hexdigest()


class _Upload:
    """An upload in parts, fed in order. ``sent`` is the size and MD5 of the parts that are there already, by number."""

    def __init__(
        self, target: Target, upload_id: str, sent: dict[int, tuple[int, str]] | None = None
    ) -> None:
        self.size_bytes = 0
        self.is_resumed = sent is not None
        self._target = target
        self._id = upload_id
        self._sent = sent or {}
        self._parts: list[dict[str, Any]] = []

    @classmethod
    def begun(cls, target: Target, metadata: dict[str, str]) -> _Upload:
        options = {"ContentType": target.media_type, "Metadata": metadata}
        return cls(
            target, target.client.create_multipart_upload(**target.address, **options)["UploadId"]
        )

    @classmethod
    def resumed(cls, target: Target) -> _Upload | None:
        """The newest unfinished upload of this very key."""
        found = [
            one
            for one in unfinished_uploads(target.client, target.bucket, target.name)
            if one["Key"] == target.name
        ]
        if not found:
            return None
        upload_id = max(found, key=lambda upload: upload["Initiated"])["UploadId"]
        pages = target.client.get_paginator("list_parts").paginate(
            **target.address, UploadId=upload_id
        )
        parts = [part for page in pages for part in page.get("Parts", [])]
        log.info("An upload goes on behind %d parts", len(parts), extra={"action": "resume_upload"})
        return cls(
            target,
            upload_id,
            {part["PartNumber"]: (part["Size"], part["ETag"].strip('"')) for part in parts},
        )

    def send(self, part: bytes) -> None:
        number = len(self._parts) + 1
        digest = hashlib.md5(part, usedforsecurity=False)
        etag = f'"{digest.hexdigest()}"'
        if self._sent.get(number) != (len(part), digest.hexdigest()):
            md5 = base64.b64encode(digest.digest()).decode()  # the server compares it
            where = {"UploadId": self._id, "PartNumber": number}
            etag = self._target.client.upload_part(
                **self._target.address, **where, Body=part, ContentMD5=md5
            )["ETag"]
        self._parts.append({"PartNumber": number, "ETag": etag})
        self.size_bytes += len(part)

    def end(self) -> None:
        parts = {"Parts": self._parts}
        self._target.client.complete_multipart_upload(
            **self._target.address, UploadId=self._id, MultipartUpload=parts
        )


def unfinished_uploads(client: Any, bucket: str, prefix: str) -> list[dict[str, Any]]:
    pages = client.get_paginator("list_multipart_uploads").paginate(Bucket=bucket, Prefix=prefix)
    try:
        return [upload for page in pages for upload in page.get("Uploads", [])]
    except client.exceptions.NoSuchUpload:  # how rclone's server says that there is none
        return []


def abort_unfinished(target: Target) -> None:
    """Aborts the unfinished uploads of this key."""
    for upload in unfinished_uploads(target.client, target.bucket, target.name):
        if upload["Key"] == target.name:
            try:
                target.client.abort_multipart_upload(**target.address, UploadId=upload["UploadId"])
            except target.client.exceptions.NoSuchUpload:
                log.info(
                    "An unfinished upload was ended by somebody else", extra={"action": "abort"}
                )


def _upload_bytes(target: Target, data: bytes, sha256: bytes) -> None:
    """A small object in one request; the server compares the SHA-256."""
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
    """Adds the SHA-256 that was not known when the upload began: the bucket copies the object onto itself.

    Above MAX_COPY_BYTES the object stays without it; the database has it in any case.
    """
    if size_bytes <= MAX_COPY_BYTES:
        described = {
            "ContentType": target.media_type,
            "Metadata": {"sha256": sha256},
            "MetadataDirective": "REPLACE",
        }
        target.client.copy_object(**target.address, CopySource=target.address, **described)


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
