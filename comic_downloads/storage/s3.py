"""Store blobs as objects in an S3 bucket: AWS, Cloudflare R2 or any compatible server.

Only this package uses boto3.
"""

from __future__ import annotations

import io
import os
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO
from urllib.parse import urlsplit, urlunsplit

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from ..domain.errors import DiskFull, StorageRefused, StorageUnavailable
from .blobs import (
    BlobInfo,
    LinkHeaders,
    UnfinishedUpload,
    check_key,
    ignore_progress,
    log_failure,
)
from .s3_reader import ObjectReader
from .s3_rights import explain_refusal, is_refused, try_rights
from .s3_upload import Target, abort_unfinished, unfinished_uploads, upload_path, upload_stream

READ_BUFFER_BYTES = 1024 * 1024
MAX_LINK_SECONDS = 7 * 86400  # The limit of signature version 4.
_MISSING = {"404", "NoSuchKey", "NotFound"}
_NO_ROOM = {"InsufficientStorage", "QuotaExceeded", "XMinioStorageFull"}
_OPTIONS = {
    "signature_version": "s3v4",
    # The standard mode waits exponentially longer, with jitter.
    "retries": {"mode": "standard", "total_max_attempts": 5},
    "connect_timeout": 10,
    "read_timeout": 60,
    # Only where S3 requires them, because some compatible servers do not know the newer checksums.
    "request_checksum_calculation": "when_required",
    "response_checksum_validation": "when_required",
}


@dataclass(frozen=True)
class Bucket:
    """The bucket that stores the blobs.

    Empty strings use boto3's defaults: its credential chain, and the addresses of AWS.
    """

    name: str
    prefix: str = ""
    endpoint_url: str = ""
    region: str = ""
    access_key: str = ""
    secret_key: str = ""
    cdn_base_url: str = ""


class S3BlobStore:
    """A BlobStore in a bucket. A blob's SHA-256 is stored as metadata ``sha256``."""

    is_local = False

    def __init__(self, bucket: Bucket) -> None:
        self.bucket = bucket
        self._prefix = f"{bucket.prefix.strip('/')}/" if bucket.prefix.strip("/") else ""
        self._client: Any = None
        self._client_of_pid = 0
        self._has_rights = False

    @property
    def client(self) -> Any:
        """The S3 client of this process.

        A forked process creates its own, because it must not share connections with its parent.
        """
        if self._client_of_pid != os.getpid():
            place = self.bucket
            # Self-hosted servers rarely have a host name for each bucket.
            style = "path" if place.endpoint_url else "auto"
            self._client = boto3.Session().client(
                "s3",
                endpoint_url=place.endpoint_url or None,
                region_name=place.region or ("auto" if place.endpoint_url else None),
                aws_access_key_id=place.access_key or None,
                aws_secret_access_key=place.secret_key or None,
                config=Config(**_OPTIONS, s3={"addressing_style": style}),
            )
            self._client_of_pid = os.getpid()
        return self._client

    def put_file(
        self,
        key: str,
        source: Path,
        *,
        sha256: str,
        media_type: str,
        on_sent: Callable[[int], None] = ignore_progress,
    ) -> None:
        """Upload the file, in parts if it is large, continuing an interrupted upload."""
        with _named_errors(key):
            upload_path(self._target(key, media_type), source, sha256, on_sent)

    def put_stream(self, key: str, chunks: Iterator[bytes], *, media_type: str) -> BlobInfo:
        """Upload the chunks, holding one part in memory."""
        with _named_errors(key):
            size_bytes, sha256 = upload_stream(self._target(key, media_type), chunks)
            modified_at = self.client.head_object(**self._address(key))["LastModified"]
        return BlobInfo(key, size_bytes, modified_at, sha256)

    def unfinished(self, prefix: str) -> Iterator[UnfinishedUpload]:
        """Yield the unfinished multipart uploads whose keys start with the prefix."""
        with _named_errors(prefix):
            for upload in unfinished_uploads(self.client, self.bucket.name, self._prefix + prefix):
                yield UnfinishedUpload(
                    upload["Key"].removeprefix(self._prefix), upload["Initiated"].astimezone(UTC)
                )

    def abort(self, key: str) -> None:
        """Abort the unfinished multipart uploads of this key."""
        with _named_errors(key):
            abort_unfinished(self._target(key, ""))

    def open(self, key: str) -> BinaryIO:
        """Open the object, bound to its current version by ETag."""
        with _named_errors(key):
            head = self.client.head_object(**self._address(key))
        get = partial(self._get, key, head["ETag"])
        return io.BufferedReader(ObjectReader(get, head["ContentLength"]), READ_BUFFER_BYTES)  # pyright: ignore[reportReturnType]

    def stat(self, key: str) -> BlobInfo:
        """Return the object's size, time and SHA-256 metadata."""
        with _named_errors(key):
            head = self.client.head_object(**self._address(key))
        return BlobInfo(
            key, head["ContentLength"], head["LastModified"], head["Metadata"].get("sha256", "")
        )

    def delete(self, key: str) -> None:
        """Delete the object and the parts of its unfinished uploads."""
        with _named_errors(key):
            abort_unfinished(self._target(key, ""))
            self.client.delete_object(**self._address(key))

    def list(self, prefix: str) -> Iterator[BlobInfo]:
        """Yield the objects whose keys start with the prefix."""
        with _named_errors(prefix):
            pages = self.client.get_paginator("list_objects_v2").paginate(
                Bucket=self.bucket.name, Prefix=self._prefix + prefix
            )
            for page in pages:
                for entry in page.get("Contents", []):
                    yield BlobInfo(
                        entry["Key"].removeprefix(self._prefix),
                        entry["Size"],
                        entry["LastModified"],
                    )

    def link(self, key: str, headers: LinkHeaders, expires_in_seconds: int) -> str | None:
        """Return a presigned GET address.

        With a CDN, only scheme and host are the CDN's, and path and query are those signed for the
        bucket: the CDN forwards both.
        """
        request = {
            **self._address(key),
            "ResponseContentDisposition": headers.content_disposition,
            "ResponseContentType": headers.media_type,
            "ResponseCacheControl": "private, no-transform",
        }
        seconds = min(expires_in_seconds, MAX_LINK_SECONDS)
        url = self.client.generate_presigned_url("get_object", Params=request, ExpiresIn=seconds)
        return _moved(url, self.bucket.cdn_base_url) if self.bucket.cdn_base_url else url

    def local_path(self, key: str) -> Path | None:
        """Return None: objects are not files on this machine."""
        return None

    def free_bytes(self) -> int | None:
        """Return None: a bucket has no limit."""
        return None

    def check(self) -> None:
        """Write and delete a test object; until it succeeded once, try all requests with it.

        Raises:
            StorageRefused: A right is missing that this app needs.
            StorageUnavailable: The bucket does not answer, or refuses for another reason.
        """
        with _named_errors("a test object"):
            address = {
                "Bucket": self.bucket.name,
                "Key": f"{self._prefix}check-{secrets.token_hex(8)}",
            }
            if not self._has_rights:
                try_rights(self.client, address)
                self._has_rights = True
                return
            self.client.put_object(**address, Body=b"comic downloads\n")
            self.client.delete_object(**address)

    def _address(self, key: str) -> dict[str, str]:
        return {"Bucket": self.bucket.name, "Key": self._prefix + check_key(key)}

    def _target(self, key: str, media_type: str) -> Target:
        return Target(self.client, self.bucket.name, self._address(key)["Key"], media_type)

    def _get(self, key: str, etag: str, start: int) -> dict[str, Any]:
        with _named_errors(key):
            return self.client.get_object(
                **self._address(key), Range=f"bytes={start}-", IfMatch=etag
            )


@contextmanager
def _named_errors(key: str) -> Iterator[None]:
    """Translate boto3's errors into this program's; a missing key becomes FileNotFoundError.

    The errors are shown to users, so they name neither the bucket nor the key. The log does.
    """
    try:
        yield
    except ClientError as error:
        code = str(error.response.get("Error", {}).get("Code", ""))
        if code in _MISSING:
            raise FileNotFoundError(key) from error
        log_failure("The bucket refused %s: %s", key, error)
        if code in _NO_ROOM:
            raise DiskFull("The storage is full, so the file could not be saved.") from error
        if is_refused(error):
            raise StorageRefused(explain_refusal(error)) from error
        raise StorageUnavailable(
            "The storage refused the request. The server's log has the reason."
        ) from error
    except BotoCoreError as error:
        log_failure("The bucket cannot be reached for %s: %s", key, error)
        raise StorageUnavailable("The storage cannot be reached at the moment.") from error


def _moved(url: str, base_url: str) -> str:
    base, parts = urlsplit(base_url), urlsplit(url)
    return urlunsplit(
        (base.scheme, base.netloc, base.path.rstrip("/") + parts.path, parts.query, "")
    )
