"""Find the user's file of a comic for a reading app, or request it."""

from __future__ import annotations

from threading import Lock

from ...db import jobs
from ...db.tables import Job
from ...domain.job import JobStatus
from ...domain.link import Link
from ..context import Context
from ..delivery.links import make_link
from ..downloads.control import retry_job
from ..downloads.request import DownloadRequest
from ..downloads.resolve import resolve_request
from ..downloads.snapshots import JobSnapshot, get_download, take_snapshots
from ..downloads.submit import submit_download
from ..downloads.unfinished import check_finished
from .listing import CatalogComic
from .offers import Offer

_LOCKS = 64

# Some clients fetch a file in several ranges from the start. The first of these requests finds or
# makes the job, and the others find it.
_locks = tuple(Lock() for _ in range(_LOCKS))


def acquire(context: Context, user_id: str, comic: CatalogComic, offer: Offer) -> JobSnapshot:
    """Return the user's job for the file: one that is ready or under way, or a new one.

    A job that failed is tried again. Damaged pages that are known are left out of a file without a
    preset, because reading apps have no place to say so.

    Raises the errors of ``submit_download``.
    """
    is_damaged = comic.summary.damaged_pages > 0 and offer.is_built_in
    request = offer.request(comic.summary.id, skip_damaged=is_damaged)
    with _locks[hash((user_id, comic.summary.id, offer.key)) % _LOCKS]:
        return _known(context, user_id, request) or _requested(context, user_id, request)


def ready_link(context: Context, user_id: str, job: JobSnapshot) -> Link:
    """Return a new link to the job's file.

    Raises:
        StillPreparing: It is not finished yet; says when to ask again.
        NotReady: It was cancelled, or has just been removed.
        NotFound: The job was removed.
    """
    check_finished(job)
    return make_link(context, user_id, job.id)


def ready_file(context: Context, user_id: str, job_id: str) -> Link:
    """Return a new link to a finished file of the user. Raises NotFound or NotReady."""
    return make_link(context, user_id, get_download(context, user_id, job_id).id)


def _known(context: Context, user_id: str, request: DownloadRequest) -> JobSnapshot | None:
    """Return the user's newest job for the same content, unless its file has expired."""
    with context.db.read() as session:
        resolved = resolve_request(context, session, request)
        keys = {resolved.content_key, resolved.asked_key}
        ready = jobs.latest_of_contents(session, user_id, keys, [JobStatus.READY])
        if ready is not None and not _is_over(context, ready):
            return take_snapshots(context, session, [ready])[0]
        failed = jobs.latest_of_contents(session, user_id, keys, [JobStatus.FAILED])
    if failed is None or failed.group_id is not None:
        return None
    tried_again = retry_job(context, failed)
    context.notify_workers()
    return tried_again


def _requested(context: Context, user_id: str, request: DownloadRequest) -> JobSnapshot:
    return submit_download(context, user_id, request).job


def _is_over(context: Context, job: Job) -> bool:
    return job.expires_at is not None and job.expires_at <= context.clock()
