"""The archive of a group: one stored ZIP of its finished files, which is stored nowhere.

Its bytes follow from the names, lengths and CRC-32 of the files, so its length is known and any
range of it can be sent. It changes when another file of the group is finished or removed, and its
ETag with it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from ...db import artifacts, groups
from ...db.groups import FinishedFile
from ...domain.errors import FileGone, InputError, JobError, NotReady, ShareUsedUp
from ...domain.group import GroupOwner
from ...domain.layout import Layout
from ...domain.link import content_disposition
from ...domain.ranges import ByteRange
from ...files.digest import crc32_of_chunks, crc32_of_rest
from ...packaging.zip_records import ZipRecords
from ..artifacts import withdraw
from ..context import Context
from ..downloads.group_snapshots import own_group
from .layout_digests import chunks_of
from .layouts import Layouts, page_changed_refusal
from .links import GONE, Delivery

# Changed whenever the same files would become other bytes.
_BUILDER = "1"
# Extending by less is not worth an update of every open page.
_MIN_EXTENSION = timedelta(hours=1)


@dataclass(frozen=True)
class ArchivedFile:
    """A finished file in the archive, from byte ``start`` on."""

    delivery: Delivery
    start: int
    delivered_bytes: int

    @property
    def end(self) -> int:
        """The byte of the archive after the file."""
        return self.start + self.delivery.size_bytes


@dataclass(frozen=True)
class GroupArchive:
    """The archive of a group as it is now: literal bytes and finished files, in order."""

    filename: str
    etag: str
    modified_at: datetime
    size_bytes: int
    parts: tuple[bytes | ArchivedFile, ...]

    @property
    def disposition(self) -> str:
        """The value of the Content-Disposition header."""
        return content_disposition(self.filename)

    @property
    def files(self) -> Iterator[ArchivedFile]:
        """The files in the archive, in order."""
        return (part for part in self.parts if isinstance(part, ArchivedFile))


def group_archive(context: Context, owner: GroupOwner, group_id: str) -> GroupArchive:
    """Return the archive of the group's finished files, and keep them for their full time.

    The CRC-32 of a file is taken the first time, by reading the file. That of a layout follows from
    those of its pages, unless it is a file of the library, which is read as well.

    Raises:
        NotFound: There is no such group.
        NotReady: No file of the group is finished.
        FileGone: A file is missing; its download then has to be prepared again.
    """
    with context.db.read() as session:
        group = own_group(session, owner, group_id)
        files = groups.finished_files(session, group.id)
        last = groups.last_position(session, group.id)
    if not files:
        raise NotReady("No file of this group is finished yet.")
    _keep(context, group_id, files)
    checksums = _checksums(context, files)
    # Numbers before the names keep the order that was chosen, wherever files are sorted by name.
    digits = max(2, len(str(last + 1)))
    names = [f"{one.position + 1:0{digits}} - {one.filename}" for one in files]
    parts = tuple(_parts(owner, files, names, checksums))
    return GroupArchive(
        filename=group.filename,
        etag=_etag(files, names),
        modified_at=max(one.modified_at for one in files),
        size_bytes=sum(
            len(part) if isinstance(part, bytes) else part.delivery.size_bytes for part in parts
        ),
        parts=parts,
    )


def check_downloads_left(
    archive: GroupArchive, ranges: Sequence[ByteRange], downloads_left: int | None
) -> None:
    """Refuse ranges that would begin more downloads of a share than it has left.

    Every file in the archive counts as one download, as if it was fetched by itself.

    Raises:
        ShareUsedUp: There are too few.
    """
    if downloads_left is None:
        return
    begun = sum(any(part.start <= one.start < part.end for part in ranges) for one in archive.files)
    unfinished = any(
        one.delivered_bytes < one.delivery.size_bytes
        and any(part.start < one.end and one.start < part.end for part in ranges)
        for one in archive.files
    )
    if begun > downloads_left or (unfinished and not downloads_left):
        raise ShareUsedUp(
            f"This would be {begun} downloads, but the share allows only {downloads_left} more. "
            "Fetch single files instead."
        )


def _keep(context: Context, group_id: str, files: Sequence[FinishedFile]) -> None:
    now = context.clock()
    soonest = min((one.expires_at for one in files if one.expires_at), default=now)
    ttl = timedelta(seconds=context.settings.artifact_ttl_seconds)
    if now + ttl - soonest >= _MIN_EXTENSION:
        with context.db.write() as session:
            groups.extend_expiry(session, group_id, now)


def _checksums(context: Context, files: Sequence[FinishedFile]) -> dict[str, int]:
    """Return the CRC-32 of every file by the id of its artifact; new ones are written down."""
    known = {one.artifact_id: one.crc32 for one in files if one.crc32 is not None}
    new = {one.artifact_id: _crc32(context, one) for one in files if one.artifact_id not in known}
    if new:
        with context.db.write() as session:
            artifacts.set_crc32(session, new)
    return known | new


def _crc32(context: Context, file: FinishedFile) -> int:
    if file.layout_bytes is not None:
        with context.db.read() as session:
            body = artifacts.layout_body(session, file.artifact_id)
        if body is None:
            raise FileGone(GONE)
        known = Layout.from_bytes(body).crc32
        return _crc32_by_reading(context, file) if known is None else known
    try:
        with context.blobs.open(file.blob_key) as stored:
            return crc32_of_rest(stored)
    except FileNotFoundError as error:
        withdraw(context, file.artifact_id, file.blob_key)
        raise FileGone(GONE) from error


def _crc32_by_reading(context: Context, file: FinishedFile) -> int:
    """Read a layout to its end. Raises FileGone if it has changed, and StorageUnavailable."""
    layouts = Layouts(context)
    opened = layouts.file(file.artifact_id, file.blob_key)
    if opened is None:
        raise FileGone(GONE)
    try:
        return crc32_of_chunks(chunks_of(opened))
    except JobError as error:
        layouts.note_fault(file.artifact_id, error)
        raise page_changed_refusal(error) if isinstance(error, InputError) else error from error


def _parts(
    owner: GroupOwner,
    files: Sequence[FinishedFile],
    names: Sequence[str],
    checksums: dict[str, int],
) -> Iterator[bytes | ArchivedFile]:
    records, position = ZipRecords(), 0
    for file, name in zip(files, names, strict=True):
        header = records.begin(name, file.size_bytes, checksums[file.artifact_id])
        yield header
        position += len(header)
        yield ArchivedFile(_delivery(owner, file), position, file.downloaded_bytes)
        position += file.size_bytes
    yield b"".join(records.end())


def _delivery(owner: GroupOwner, file: FinishedFile) -> Delivery:
    return Delivery(
        job_id=file.job_id,
        artifact_id=file.artifact_id,
        blob_key=file.blob_key,
        filename=file.filename,
        media_type=file.media_type,
        size_bytes=file.size_bytes,
        sha256=file.sha256,
        etag=file.etag,
        modified_at=file.modified_at,
        link_expires_at=file.modified_at,  # There is no link: the account is the credential.
        is_layout=file.layout_bytes is not None,
    )


def _etag(files: Sequence[FinishedFile], names: Sequence[str]) -> str:
    described = (f"{name}\0{one.etag}" for name, one in zip(names, files, strict=True))
    return hashlib.sha256("\n".join([_BUILDER, *described]).encode()).hexdigest()
