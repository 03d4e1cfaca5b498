"""Reading stored files again now and then, so that one that has decayed is noticed before anybody is sent it."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import timedelta

from ..db import artifacts
from ..db.tables import Artifact
from .context import Context
from .file_digest import sha256_of_rest
from .withdraw_file import withdraw

log = logging.getLogger(__name__)

CHECKED_AGAIN_AFTER = timedelta(hours=12)
MOST_BYTES = 4 * 1024**3  # of one call: some seconds of a disk's time


def scrub(context: Context, should_stop: Callable[[], bool], most_bytes: int = MOST_BYTES) -> int:
    """Reads files that were not read for long, the longest first, and takes the damaged ones out of service; their number.

    The first one is read whatever its size. Of a file in a bucket only the size is compared: buckets keep checksums.
    """
    with context.db.read() as session:
        due = artifacts.not_checked_since(session, context.clock() - CHECKED_AGAIN_AFTER)
    damaged = read_bytes = 0
    for artifact in due:
        if should_stop() or (read_bytes and read_bytes + artifact.size_bytes > most_bytes):
            break
        read_bytes += artifact.size_bytes
        if _is_whole(context, artifact):
            with context.db.write() as session:
                artifacts.note_checked(session, artifact.id, context.clock())
        else:
            damaged += 1
            log.error("a stored file is damaged: %s", artifact.blob_key, extra={"action": "scrub", "artifact": artifact.id})
            withdraw(context, artifact.id, artifact.blob_key)
    return damaged


def _is_whole(context: Context, artifact: Artifact) -> bool:
    try:
        if context.blobs.stat(artifact.blob_key).size_bytes != artifact.size_bytes:
            return False
        return not context.blobs.is_local or _sha256(context, artifact) == artifact.sha256
    except FileNotFoundError:
        return False


def _sha256(context: Context, artifact: Artifact) -> str:
    with context.blobs.open(artifact.blob_key) as file:
        return sha256_of_rest(file)
