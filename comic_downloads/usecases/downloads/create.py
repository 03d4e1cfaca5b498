"""Create the rows of jobs: ready at once if their files exist already, else queued."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from ...db import artifacts, jobs
from ...db.session import Session, database_now, next_revision
from ...db.tables import Artifact, Job
from ...domain.identity import new_id
from ...domain.job import Action, Phase
from ..artifacts import is_stored, stored_bytes
from ..context import Context
from ..preparing.layouts import NewLayout, make_layout
from .admission import check_permission, check_quota, check_storage
from .filenames import account_filenames
from .resolve import ResolvedRequest, resolved_columns

# A PDF of several thousand pages on a slow disk takes longer, and is left to a worker.
_LAYOUT_SECONDS = 2.0
# The same for all files of a group together.
_LAYOUTS_SECONDS = 5.0


@dataclass(frozen=True)
class FileAtHand:
    """What a new job can be ready with at once: a finished file, or a layout that is not stored.

    With neither, a worker has to write the file.
    """

    artifact: Artifact | None = None
    layout: NewLayout | None = None


@dataclass(frozen=True)
class NewJob:
    """A job to be created.

    Attributes:
        resolved: Its resolved request.
        artifact: The finished file of this content, with which the job is ready at once.
        columns: Values for further columns.
    """

    resolved: ResolvedRequest
    artifact: Artifact | None = None
    columns: Mapping[str, Any] = field(default_factory=dict)


def find_stored_artifacts(
    context: Context, session: Session, content_keys: Collection[str]
) -> dict[str, Artifact]:
    """Return the finished files of these contents, by content key.

    Those that have expired, or whose bytes are missing, are left out.
    """
    now = context.clock()
    found = artifacts.artifacts_of_contents(session, list(dict.fromkeys(content_keys)))
    return {
        key: artifact
        for key, artifact in found.items()
        if artifact.expires_at > now and is_stored(context, artifact)
    }


def find_stored_artifact(context: Context, session: Session, content_key: str) -> Artifact | None:
    """Return the finished file of this content, unless it has expired or its bytes are missing."""
    return find_stored_artifacts(context, session, [content_key]).get(content_key)


def extend_artifact_expiries(
    context: Context, session: Session, stored: Mapping[str, Artifact]
) -> dict[str, Artifact]:
    """Keep these files for their full time from now on.

    Files that have just been deleted are left out of the answer.
    """
    kept = artifacts.keep_all_until(
        session,
        [artifact.id for artifact in stored.values()],
        context.clock(),
        context.settings.artifact_ttl_seconds,
    )
    return {key: artifact for key, artifact in stored.items() if artifact.id in kept}


def extend_artifact_expiry(
    context: Context, session: Session, artifact: Artifact | None
) -> Artifact | None:
    """Keep the file for its full time from now on.

    Return None if there is no file, or if it has just been deleted.
    """
    if artifact is None:
        return None
    stored = {artifact.content_key: artifact}
    return extend_artifact_expiries(context, session, stored).get(artifact.content_key)


def file_at_hand(context: Context, resolved: ResolvedRequest) -> FileAtHand:
    """Return what a job for the request can be ready with at once.

    The caller is in no transaction: files of the library are looked at.
    """
    with context.db.read() as session:
        artifact = find_stored_artifact(context, session, resolved.content_key)
    if artifact is not None:
        return FileAtHand(artifact)
    deadline = context.monotonic() + _LAYOUT_SECONDS
    return FileAtHand(layout=_layout_until(context, resolved, deadline))


def files_at_hand(context: Context, files: Sequence[ResolvedRequest]) -> dict[str, FileAtHand]:
    """Return what jobs for these requests can be ready with at once, by content key.

    Making layouts takes a few seconds at most; the rest of the files is left to workers. The caller
    is in no transaction.
    """
    with context.db.read() as session:
        stored = find_stored_artifacts(context, session, [one.content_key for one in files])
    found = {key: FileAtHand(artifact) for key, artifact in stored.items()}
    deadline = context.monotonic() + _LAYOUTS_SECONDS
    for one in files:
        if one.content_key not in found:
            found[one.content_key] = FileAtHand(layout=_layout_until(context, one, deadline))
    return found


def _layout_until(context: Context, resolved: ResolvedRequest, deadline: float) -> NewLayout | None:
    """Return the file as a layout that is not stored, if it can be made by then."""
    if context.monotonic() > deadline:
        return None
    return make_layout(
        context,
        resolved.manifest,
        context.settings.artifact_ttl_seconds,
        lambda: context.monotonic() > deadline,
    )


def kept_file(context: Context, session: Session, at_hand: FileAtHand) -> Artifact | None:
    """Keep the file as ``kept_files`` does; return None if it is not there."""
    file = at_hand.layout.artifact if at_hand.layout is not None else at_hand.artifact
    if file is None:
        return None
    return kept_files(context, session, {file.content_key: at_hand}).get(file.content_key)


def kept_files(
    context: Context, session: Session, at_hand: Mapping[str, FileAtHand]
) -> dict[str, Artifact]:
    """Keep these files for their full time from now on, and store the layouts, by content key.

    Those with nothing at hand, or whose file has just been deleted, are left out.
    """
    stored = {key: one.artifact for key, one in at_hand.items() if one.artifact is not None}
    layouts = {key: one.layout for key, one in at_hand.items() if one.layout is not None}
    kept = extend_artifact_expiries(context, session, stored)
    added = artifacts.add_with_layouts(
        session, [(one.artifact, one.body) for one in layouts.values()]
    )
    equal = artifacts.artifacts_of_contents(session, [key for key in layouts if key not in added])
    # What to do about a file whose bytes are lost is left to a worker.
    there = {key: one for key, one in equal.items() if is_stored(context, one)}
    kept |= extend_artifact_expiries(context, session, there)
    return kept | {key: one.artifact for key, one in layouts.items() if key in added}


def add_job(
    context: Context,
    session: Session,
    user_id: str,
    resolved: ResolvedRequest,
    artifact: Artifact | None,
    **columns: Any,
) -> Job:
    """Add one job as ``add_jobs`` does, and raise the same errors."""
    return add_jobs(context, session, user_id, [NewJob(resolved, artifact, columns)])[0]


def add_jobs(context: Context, session: Session, user_id: str, new: Sequence[NewJob]) -> list[Job]:
    """Add jobs for resolved requests, and their manifests for the worker; return the jobs in order.

    They count for the quota of ``user_id``, are claimed in this order, and have one revision. The
    number of statements does not depend on the number of jobs.

    Raises:
        QuotaExceeded: The files do not fit into the user's quota.
        InsufficientStorage: The disk is nearly full.
    """
    now = context.clock()
    _check_room(context, session, user_id, new)
    # Nobody prepares a file that is at hand; a retry resolves its request again.
    _keep_manifests(context, session, [one.resolved for one in new if one.artifact is None])
    common = {
        "user_id": user_id,
        "revision": next_revision(session),
        "max_attempts": context.settings.max_attempts,
        # Workers compare this with the database's clock, which may differ from ours.
        "not_before": database_now(session),
        "created_at": now,
    }
    # Jobs of the same moment are claimed in the order of their ids.
    ids = sorted(new_id(now) for _ in new)
    names = account_filenames(session, user_id, [one.resolved for one in new])
    created = [
        Job(
            **{"id": id, **common, **resolved_columns(context, one.resolved)}
            | {"filename": name, **one.columns}
        )
        for id, name, one in zip(ids, names, new, strict=True)
    ]
    waiting: list[Job] = []
    ready: list[Job] = []
    for job, one in zip(created, new, strict=True):
        if one.artifact is None:
            waiting.append(job)
        else:
            _make_ready(job, one.artifact, now)
            ready.append(job)
    for action, those in ((Action.SUBMIT, waiting), (Action.REUSE, ready)):
        if those:
            jobs.add_all(session, action, those)
    return created


def _check_room(context: Context, session: Session, user_id: str, new: Sequence[NewJob]) -> None:
    check_permission(session, user_id)
    sizes = {
        one.resolved.content_key: one.resolved.expected_bytes
        if one.artifact is None
        else stored_bytes(one.artifact)
        for one in new
    }
    if any(one.artifact is None for one in new):
        check_storage(context, session, user_id, sizes)
    else:
        check_quota(context, session, user_id, sizes)


def keep_manifest(context: Context, session: Session, resolved: ResolvedRequest) -> None:
    """Store the resolved input for the worker. Jobs with the same content share one row."""
    _keep_manifests(context, session, [resolved])


def _keep_manifests(
    context: Context, session: Session, resolved: Sequence[ResolvedRequest]
) -> None:
    bodies = {one.content_key: one.manifest.to_json() for one in resolved}
    if bodies:
        artifacts.keep_manifests(session, bodies, context.clock())


def _make_ready(job: Job, artifact: Artifact, now: datetime) -> None:
    """Make a new job ready with a file that exists already."""
    job.phase = Phase.DONE
    job.progress = 100
    job.pages_done = job.pages_total
    job.artifact_id = artifact.id
    job.sha256 = artifact.sha256
    job.etag = artifact.etag
    job.file_size_bytes = artifact.size_bytes
    job.missing_pages = artifact.missing_pages or job.missing_pages
    job.finished_at = now
    job.expires_at = now + timedelta(seconds=job.ttl_seconds)
