"""The storage keys of attempts, and what happens to uploads that do not end.

Every attempt has a key of its own, with one exception: if a dead attempt left an unfinished upload
of the same content in a bucket, the upload is continued under that key. Two writers of one upload
cannot mix their bytes: an upload ends once, and the writer that ends it names every part it has
checked (see storage/s3_upload.py).
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from ...db import artifacts, jobs
from ...domain.blob_key import ARTIFACTS, ArtifactKey, short_token
from ...domain.errors import InputError, LeaseLost
from ...domain.job import JobStatus
from ...domain.manifest import Manifest
from ..context import Context
from .attempt import Attempt


@contextmanager
def blob_key_for_attempt(attempt: Attempt, manifest: Manifest) -> Iterator[str]:
    """Yield the key to store the attempt's file under.

    If the block fails because of the pages, or because the job was cancelled and nobody else wants
    the same content, what was uploaded is removed.
    """
    blobs = attempt.context.blobs
    own = ArtifactKey.of_attempt(manifest.content_key(), attempt.lease.token, attempt.job.format)
    key = str(_abandoned_upload(attempt.context, own) or own)
    try:
        yield key
    except InputError:  # These bytes will never be complete.
        blobs.abort(key)
        raise
    except LeaseLost:
        if _is_cancelled(attempt) and not _is_wanted(attempt.context, own.content_key):
            blobs.abort(key)
        raise


def discard_superseded_blob(context: Context, key: str) -> None:
    """Delete the file of an attempt that lost its lease, unless the storage is a bucket.

    In a bucket another attempt may have ended the same upload and need the file. There
    ``reconcile`` deletes it later, when that can be known.
    """
    if context.blobs.is_local:
        context.blobs.delete(key)


def abort_orphaned_uploads(context: Context) -> int:
    """Abort unfinished uploads that no attempt is at and no waiting job could continue.

    Returns:
        How many there were.
    """
    uploads = {
        key for one in context.blobs.unfinished(ARTIFACTS) if (key := ArtifactKey.parse(one.key))
    }
    if not uploads:
        return 0
    # Leases are read after the uploads: an attempt that began one of these has a lease now, or lost
    # it.
    with context.db.read() as session:
        active = {short_token(token) for token in artifacts.active_lease_tokens(session)}
        wanted = artifacts.wanted_contents(session, {key.content_key for key in uploads})
    orphans = [key for key in uploads if key.token not in active and key.content_key not in wanted]
    for key in orphans:
        context.blobs.abort(str(key))
    return len(orphans)


def _abandoned_upload(context: Context, own: ArtifactKey) -> ArtifactKey | None:
    """Return the newest unfinished upload of the same content whose attempt has ended."""
    uploads = [
        (ArtifactKey.parse(one.key), one.started_at) for one in context.blobs.unfinished(own.prefix)
    ]
    fitting = [(key, started_at) for key, started_at in uploads if key and key.format == own.format]
    if not fitting:
        return None
    with context.db.read() as session:
        active = {short_token(token) for token in artifacts.active_lease_tokens(session)}
    left = [(started_at, key) for key, started_at in fitting if key.token not in active]
    return max(left, key=lambda upload: upload[0])[1] if left else None


def _is_cancelled(attempt: Attempt) -> bool:
    """Return True if the user cancelled or removed the job."""
    with attempt.context.db.read() as session:
        status = jobs.statuses(session, [attempt.job.id]).get(attempt.job.id)
    return status in {None, JobStatus.CANCELLED}


def _is_wanted(context: Context, content_key: str) -> bool:
    """Return True if a waiting job needs the same content."""
    with context.db.read() as session:
        return bool(artifacts.wanted_contents(session, {content_key}))
