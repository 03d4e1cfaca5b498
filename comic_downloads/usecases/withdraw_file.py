"""Taking a missing or damaged file out of service."""

from __future__ import annotations

from ..db import artifacts
from ..db.tables import Artifact
from .context import Context


def withdraw(context: Context, artifact_id: str, blob_key: str) -> None:
    """Lets the jobs of everyone who shares the file expire, so that it can be prepared again, and deletes it.

    Nothing happens if another file has taken its place meanwhile.
    """
    with context.db.write() as session:
        artifact = session.get(Artifact, artifact_id)
        if artifact is None or artifact.blob_key != blob_key:
            return
        artifacts.expire_jobs(session, context.clock(), set(), artifact_id)
        withdrawn = artifacts.forget(session, artifact_id)
    if withdrawn:
        context.blobs.delete(blob_key)
