"""Remove finished files: those that nobody needs, and those found missing or damaged."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import timedelta

from ..db import artifacts
from ..db.tables import Artifact
from ..domain.errors import JobError
from ..files.digest import sha256_of_rest
from ..storage.blobs import exists
from .context import Context

log = logging.getLogger(__name__)

CHECK_AGAIN_AFTER = timedelta(hours=12)
# How much one call reads: some seconds of a disk's time.
MAX_SCRUB_BYTES = 4 * 1024**3


def is_stored(context: Context, artifact: Artifact) -> bool:
    """Return whether the file can be sent: it is in the storage, or has a layout.

    Raises:
        StorageUnavailable: The storage does not respond.
    """
    return artifact.layout_bytes is not None or exists(context.blobs, artifact.blob_key)


def stored_bytes(artifact: Artifact) -> int:
    """Return how many bytes the file takes here; of a layout, only its own."""
    return artifact.size_bytes if artifact.layout_bytes is None else artifact.layout_bytes


def drop_if_unreferenced(context: Context, artifact_id: str) -> int:
    """Delete the file and its row if it has expired, no job refers to it and nobody downloads it.

    The row is deleted first: a file without a row is swept up later, but a row without a file would
    be a promise that cannot be kept.

    Returns:
        The bytes freed.
    """
    now = context.clock()
    with context.db.write() as session:
        artifact = artifacts.artifact_by_id(session, artifact_id)
        if (
            artifact is None
            or artifact.expires_at > now
            or artifact_id in artifacts.transfers_under_way(session, now)
        ):
            return 0
        if not artifacts.forget(session, artifact_id):
            return 0
    log.info("Artifact dropped", extra={"action": "purge", "artifact": artifact_id})
    if artifact.layout_bytes is not None:
        return artifact.layout_bytes
    context.blobs.delete(artifact.blob_key)
    return artifact.size_bytes


def withdraw(context: Context, artifact_id: str, blob_key: str) -> None:
    """Delete a damaged file, and expire all jobs that have it so that it can be prepared again.

    Nothing happens if another file has replaced it meanwhile.
    """
    with context.db.write() as session:
        artifact = artifacts.artifact_by_id(session, artifact_id)
        if artifact is None or artifact.blob_key != blob_key:
            return
        artifacts.expire_jobs(session, context.clock(), set(), artifact_id)
        withdrawn = artifacts.forget(session, artifact_id)
    if withdrawn:
        context.blobs.delete(blob_key)


def break_layout(context: Context, artifact_id: str, error: JobError) -> None:
    """Fail all jobs whose file is this layout, for a page that has changed in the library.

    Nothing happens if a stored file has replaced it meanwhile.
    """
    with context.db.write() as session:
        artifact = artifacts.artifact_by_id(session, artifact_id)
        if artifact is None or artifact.layout_bytes is None:
            return
        artifacts.break_jobs(session, artifact_id, error, context.clock())
        artifacts.forget(session, artifact_id)


def scrub(
    context: Context, should_stop: Callable[[], bool], max_bytes: int = MAX_SCRUB_BYTES
) -> int:
    """Read the files that were not read for longest and withdraw the damaged ones.

    For a file in a bucket only the size is compared, since buckets check their own contents.

    Args:
        context: The services of this process.
        should_stop: Return True to stop before the next file.
        max_bytes: How much to read at most. The first file is read whatever its size.

    Returns:
        How many files were damaged.
    """
    with context.db.read() as session:
        due = artifacts.not_checked_since(session, context.clock() - CHECK_AGAIN_AFTER)
    damaged = read_bytes = 0
    for artifact in due:
        if should_stop() or (read_bytes and read_bytes + artifact.size_bytes > max_bytes):
            break
        read_bytes += artifact.size_bytes
        if _is_intact(context, artifact):
            with context.db.write() as session:
                artifacts.note_checked(session, artifact.id, context.clock())
        else:
            damaged += 1
            log.error(
                "Stored file is damaged and withdrawn: %s",
                artifact.blob_key,
                extra={"action": "scrub", "artifact": artifact.id},
            )
            withdraw(context, artifact.id, artifact.blob_key)
    return damaged


def _is_intact(context: Context, artifact: Artifact) -> bool:
    try:
        if context.blobs.stat(artifact.blob_key).size_bytes != artifact.size_bytes:
            return False
        return not context.blobs.is_local or _sha256(context, artifact) == artifact.sha256
    except FileNotFoundError:
        return False


def _sha256(context: Context, artifact: Artifact) -> str:
    with context.blobs.open(artifact.blob_key) as file:
        return sha256_of_rest(file)
