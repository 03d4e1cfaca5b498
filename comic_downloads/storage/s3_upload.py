"""Uploading to S3 in parts: large files go on where a killed worker stopped, streams need no copy on our disk."""

from __future__ import annotations

import base64
import hashlib
import logging
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, BinaryIO

MIB = 1024 * 1024
PART_BYTES = 16 * MIB
MAX_PARTS = 9000  # S3 allows 10,000
UNFINISHED_KEPT = timedelta(days=1)

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


def upload_bytes(target: Target, data: bytes, sha256: bytes) -> None:
    """A small object in one request; the server compares the SHA-256."""
    checksum = base64.b64encode(sha256).decode()
    metadata = {"sha256": sha256.hex()}
    target.client.put_object(
        **target.address, Body=data, ContentType=target.media_type, Metadata=metadata, ChecksumSHA256=checksum
    )


def upload_file(target: Target, file: BinaryIO, size_bytes: int, sha256: str) -> None:
    """A large object in parts. Parts that an earlier try left are not sent again if they are what they should be.

    What was sent stays when this is broken off, for the next try; ``abort_unfinished`` removes it.
    """
    size = part_size(size_bytes)
    upload_id, sent = _resumable(target)
    if upload_id is None:
        upload_id = _create(target, {"sha256": sha256})
    parts = []
    number = 0
    while chunk := file.read(size):
        number += 1
        md5 = hashlib.md5(chunk, usedforsecurity=False).hexdigest()
        etag = f'"{md5}"' if sent.get(number) == (len(chunk), md5) else _upload_part(target, upload_id, number, chunk)
        parts.append({"PartNumber": number, "ETag": etag})
    _complete(target, upload_id, parts)


def upload_stream(target: Target, chunks: Iterator[bytes]) -> tuple[int, str]:
    """What the iterator gives, holding one part in memory; its size and SHA-256. Leaves nothing when it raises."""
    digest = hashlib.sha256()
    parts = _in_parts(chunks, digest)
    first = next(parts, b"")
    if len(first) < PART_BYTES:
        upload_bytes(target, first, digest.digest())
        return len(first), digest.hexdigest()
    upload_id, size_bytes, sent = _create(target, {}), 0, []
    try:
        for number, part in enumerate(_chain(first, parts), 1):
            sent.append({"PartNumber": number, "ETag": _upload_part(target, upload_id, number, part)})
            size_bytes += len(part)
        _complete(target, upload_id, sent)
    except BaseException:
        target.client.abort_multipart_upload(**target.address, UploadId=upload_id)
        raise
    return size_bytes, digest.hexdigest()


def abort_unfinished(target: Target) -> None:
    """Aborts the unfinished uploads of this key."""
    for upload in _unfinished(target.client, target.bucket, target.name):
        if upload["Key"] == target.name:
            _abort(target.client, target.bucket, upload)


def abort_stale(target: Target, prefix: str) -> None:
    """Aborts what others left unfinished below the prefix for more than a day."""
    for upload in _unfinished(target.client, target.bucket, prefix):
        age = datetime.now(UTC) - upload["Initiated"].astimezone(UTC)
        if upload["Key"] != target.name and age > UNFINISHED_KEPT:
            _abort(target.client, target.bucket, upload)


def upload_path(target: Target, source: Path, size_bytes: int, sha256: str) -> None:
    with source.open("rb") as file:
        if size_bytes <= PART_BYTES:
            upload_bytes(target, file.read(), bytes.fromhex(sha256))
        else:
            upload_file(target, file, size_bytes, sha256)


def _resumable(target: Target) -> tuple[str | None, dict[int, tuple[int, str]]]:
    """The newest unfinished upload of this very key, and the size and MD5 of its parts by number."""
    own = [upload for upload in _unfinished(target.client, target.bucket, target.name) if upload["Key"] == target.name]
    if not own:
        return None, {}
    upload_id = max(own, key=lambda upload: upload["Initiated"])["UploadId"]
    pages = target.client.get_paginator("list_parts").paginate(**target.address, UploadId=upload_id)
    parts = [part for page in pages for part in page.get("Parts", [])]
    return upload_id, {part["PartNumber"]: (part["Size"], part["ETag"].strip('"')) for part in parts}


def _unfinished(client: Any, bucket: str, prefix: str) -> list[dict[str, Any]]:
    pages = client.get_paginator("list_multipart_uploads").paginate(Bucket=bucket, Prefix=prefix)
    try:
        return [upload for page in pages for upload in page.get("Uploads", [])]
    except client.exceptions.NoSuchUpload:  # how rclone's server says that there is none
        return []


def _abort(client: Any, bucket: str, upload: dict[str, Any]) -> None:
    try:
        client.abort_multipart_upload(Bucket=bucket, Key=upload["Key"], UploadId=upload["UploadId"])
    except client.exceptions.NoSuchUpload:
        log.info("An unfinished upload was ended by somebody else", extra={"action": "abort"})


def _create(target: Target, metadata: dict[str, str]) -> str:
    answer = target.client.create_multipart_upload(**target.address, ContentType=target.media_type, Metadata=metadata)
    return answer["UploadId"]


def _upload_part(target: Target, upload_id: str, number: int, part: bytes) -> str:
    md5 = base64.b64encode(hashlib.md5(part, usedforsecurity=False).digest()).decode()  # the server compares it
    answer = target.client.upload_part(**target.address, UploadId=upload_id, PartNumber=number, Body=part, ContentMD5=md5)
    return answer["ETag"]


def _complete(target: Target, upload_id: str, parts: list[dict[str, Any]]) -> None:
    target.client.complete_multipart_upload(**target.address, UploadId=upload_id, MultipartUpload={"Parts": parts})


def _in_parts(chunks: Iterator[bytes], digest: Any) -> Iterator[bytes]:
    buffer = bytearray()
    for chunk in chunks:
        digest.update(chunk)
        buffer += chunk
        while len(buffer) >= PART_BYTES:
            yield bytes(buffer[:PART_BYTES])
            del buffer[:PART_BYTES]
    if buffer:
        yield bytes(buffer)


def _chain(first: bytes, rest: Iterator[bytes]) -> Iterator[bytes]:
    yield first
    yield from rest
