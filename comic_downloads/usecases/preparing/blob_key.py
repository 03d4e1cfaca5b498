"""Where an attempt stores its file, and what becomes of uploads that do not end.

Every attempt has a key of its own, unless one that is dead left an unfinished upload of the same content in a bucket: then
the upload goes on under that key. Two writers of one upload cannot mix: an upload ends once, and whoever ends it names every
part it has checked (see storage/s3_upload.py).
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from ...db import artifacts, jobs
from ...db.leases import Lease
from ...db.tables import Job
from ...domain.blob_key import ARTIFACTS, ArtifactKey, short_token
from ...domain.errors import InputError, LeaseLost
from ...domain.job import JobStatus
from ...domain.manifest import Manifest
from ..context import Context


@contextmanager
def blob_key_for_attempt(
    context: Context, lease: Lease, job: Job, manifest: Manifest
) -> Iterator[str]:
    """The key to store this attempt's file under. If that ends with a job called off, what was sent is removed."""
    own = ArtifactKey.of_attempt(manifest.content_key(), lease.token, job.format)
    key = str(_abandoned(context, own) or own)
    try:
        yield key
    except InputError:  # these bytes will never be whole
        context.blobs.abort(key)
        raise
    except LeaseLost:
        if _is_called_off(context, job.id) and not _is_wanted(context, own.content_key):
            context.blobs.abort(key)
        raise


def discard_superseded_blob(context: Context, key: str) -> None:
    """Removes the file of an attempt that lost its lease. In a bucket somebody else may have ended the same upload and
    need it now: there it is left to ``reconcile``, which knows once all is settled.
    """
    if context.blobs.is_local:
        context.blobs.delete(key)


def abort_orphaned_uploads(context: Context) -> int:
    """Ends the unfinished uploads that nobody is at and no waiting job could go on with, and counts them."""
    uploads = {
        key for one in context.blobs.unfinished(ARTIFACTS) if (key := ArtifactKey.parse(one.key))
    }
    if not uploads:
        return 0
    with (
        context.db.read() as session
    ):  # after the look: who began an upload by then has a lease, or has lost it
        living = {short_token(token) for token in artifacts.active_lease_tokens(session)}
        wanted = artifacts.wanted_contents(session, {key.content_key for key in uploads})
    orphans = [key for key in uploads if key.token not in living and key.content_key not in wanted]
    for key in orphans:
        context.blobs.abort(str(key))
    return len(orphans)


def _abandoned(context: Context, own: ArtifactKey) -> ArtifactKey | None:
    """The newest unfinished upload of the same content whose attempt has ended."""
    uploads = [
        (ArtifactKey.parse(one.key), one.started_at) for one in context.blobs.unfinished(own.prefix)
    ]
    fitting = [(key, started_at) for key, started_at in uploads if key and key.format == own.format]
    if not fitting:
        return None
    with context.db.read() as session:
        living = {short_token(token) for token in artifacts.active_lease_tokens(session)}
    left = [(started_at, key) for key, started_at in fitting if key.token not in living]
    return max(left, key=lambda upload: upload[0])[1] if left else None


def _is_called_off(context: Context, job_id: str) -> bool:
    with context.db.read() as session:
        return jobs.statuses(session, [job_id]).get(job_id) in {None, JobStatus.CANCELLED}


def _is_wanted(context: Context, content_key: str) -> bool:
    with context.db.read() as session:
        return bool(artifacts.wanted_contents(session, {content_key}))
