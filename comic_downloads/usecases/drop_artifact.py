"""Deleting a finished file that nobody needs."""

from __future__ import annotations

import logging

from ..db import artifacts
from ..db.tables import Artifact
from .context import Context

log = logging.getLogger(__name__)


def drop_if_unreferenced(context: Context, artifact_id: str) -> int:
    """Deletes the file and its row if its time is over, no job refers to it and it is not being sent; the bytes freed.

    The row goes first: a file without a row is swept up later, a row without a file would be a broken promise.
    """
    now = context.clock()
    with context.db.write() as session:
        artifact = session.get(Artifact, artifact_id)
        if artifact is None or artifact.expires_at > now or artifact_id in artifacts.transfers_under_way(session, now):
            return 0
        if not artifacts.forget(session, artifact_id):
            return 0
    context.blobs.delete(artifact.blob_key)
    log.info("artifact dropped", extra={"action": "purge", "artifact": artifact_id})
    return artifact.size_bytes
