"""Accept requests that become several files: a group with a job for each of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ...db import groups, jobs
from ...db.session import Session
from ...db.tables import Artifact, Job, JobGroup
from ...domain.errors import Conflict, ConstraintViolated
from ...domain.group import GroupOwner
from ...domain.identity import new_id
from ...domain.job import JobStatus
from ...domain.split import NO_SPLIT, Split
from ...free_memory import collecting_later
from ..context import Context
from .admission import check_queue_limit
from .create import FileAtHand, NewJob, add_jobs, files_at_hand, kept_files
from .group_request import ResolvedGroup, resolve_group
from .group_snapshots import GroupWithJobs, read_group
from .request import DownloadRequest, request_as_json, request_from_json
from .submit import read_comics_of


@dataclass(frozen=True)
class SubmittedGroup:
    """A group with its jobs. ``created`` is False if it existed already."""

    found: GroupWithJobs
    created: bool


@dataclass(frozen=True)
class NewGroup:
    """A group to be created.

    Attributes:
        resolved: Its files.
        stored: Those files that exist already, by content key.
        idempotency_key: The key that its user chose for the request.
        priority: The priority of its jobs.
    """

    resolved: ResolvedGroup
    stored: Mapping[str, Artifact]
    idempotency_key: str | None = None
    priority: int = 0


def submit_group(
    context: Context,
    user_id: str,
    request: DownloadRequest,
    split: Split,
    idempotency_key: str | None = None,
) -> SubmittedGroup:
    """Accept the request as a group of jobs, commit all of it, and wake a worker.

    If the user has an unfinished group for the same files, or used the idempotency key before, that
    group is returned and nothing is created. Jobs whose file exists already are ready.

    Raises the errors of ``submit_download``. Then nothing is created.
    """
    with context.db.read() as session:
        if earlier := _earlier(context, session, user_id, (request, split), idempotency_key):
            return SubmittedGroup(earlier, created=False)
    if request.max_part_bytes is not None:
        read_comics_of(context, request)
    # A thousand comics have fifty thousand pages, and all of them are in memory for a moment.
    with collecting_later():
        return _submit_new(context, user_id, (request, split), idempotency_key)


def _submit_new(
    context: Context,
    user_id: str,
    wanted: tuple[DownloadRequest, Split],
    idempotency_key: str | None,
) -> SubmittedGroup:
    with context.db.read() as session:
        resolved = resolve_group(context, session, *wanted)
    at_hand = files_at_hand(context, resolved.files)
    try:
        submitted = _commit(context, user_id, resolved, at_hand, idempotency_key)
    except ConstraintViolated:
        # The same key was committed between our check and our insert. It can be found now.
        submitted = _commit(context, user_id, resolved, at_hand, idempotency_key)
    if submitted.created and JobStatus.QUEUED in submitted.found.group.jobs_by_status:
        context.notify_workers()
    return submitted


def split_of_parts(context: Context, request: DownloadRequest, split: Split | None) -> Split | None:
    """Return how the request is divided among files once it is cut into parts; None for one file.

    Raises the errors of ``submit_download``.
    """
    if split is not None or request.max_part_bytes is None:
        return split
    read_comics_of(context, request)
    with context.db.read() as session:
        resolved = resolve_group(context, session, request, Split(NO_SPLIT))
    return resolved.split if len(resolved.files) > 1 else None


def add_group(context: Context, session: Session, owner: GroupOwner, new: NewGroup) -> JobGroup:
    """Add the group with its jobs in this transaction, in which the user is locked.

    Its jobs count for the quota of ``owner.user_id``.

    Raises:
        QuotaExceeded: The files do not fit into the user's quota.
        InsufficientStorage: The disk is nearly full.
    """
    now, resolved = context.clock(), new.resolved
    of_owner = {"share_id": owner.share_id, "guest_id": owner.guest_id}
    group = JobGroup(
        id=new_id(now),
        user_id=owner.user_id,
        title=resolved.title,
        filename=resolved.filename,
        format=resolved.format,
        quality=resolved.request.quality,
        cover_comic_id=resolved.files[0].manifest.comics[0].comic_id,
        request=request_as_json(resolved.request),
        split=str(resolved.split),
        request_key=resolved.request_key,
        idempotency_key=new.idempotency_key,
        created_at=now,
        **of_owner,
    )
    groups.add(session, group)
    members = []
    for position, file in enumerate(resolved.files):
        columns = {
            "group_id": group.id,
            "group_position": position,
            "request_key": member_key(file.content_key, group.id, position),
            "priority": new.priority,
            **of_owner,
        }
        members.append(NewJob(file, new.stored.get(file.content_key), columns))
    add_jobs(context, session, owner.user_id, members)
    return group


def member_key(content_key: str, group_id: str, position: int) -> str:
    """Return the request key of a job of a group, which no other job has.

    So a group has jobs of its own, even if its user has others for the same files.
    """
    return f"{content_key}.{group_id}.{position}"


def request_columns(job: Job, content_key: str) -> dict[str, Any]:
    """Return the columns that a job of a group keeps when it is resolved again; else nothing."""
    if job.group_id is None:
        return {}
    key = member_key(content_key, job.group_id, job.group_position)
    return {"request_key": key, "filename": job.filename}


def _commit(
    context: Context,
    user_id: str,
    resolved: ResolvedGroup,
    at_hand: Mapping[str, FileAtHand],
    key: str | None,
) -> SubmittedGroup:
    owner = GroupOwner(user_id)
    with context.db.write() as session:
        jobs.lock_user(session, user_id)
        wanted = resolved.request, resolved.split
        if earlier := _earlier(context, session, user_id, wanted, key):
            return SubmittedGroup(earlier, created=False)
        if same := groups.same_unfinished(session, owner, resolved.request_keys):
            if key is not None and same.idempotency_key is None:
                groups.set_idempotency_key(session, same, key)
            return SubmittedGroup(read_group(context, session, same), created=False)
        if key is not None:
            groups.free_idempotency_key(session, user_id, key)
        kept = kept_files(context, session, at_hand)
        new_jobs = sum(one.content_key not in kept for one in resolved.files)
        check_queue_limit(context, session, user_id, new_jobs)
        group = add_group(context, session, owner, NewGroup(resolved, kept, key))
        return SubmittedGroup(read_group(context, session, group), created=True)


def _earlier(
    context: Context,
    session: Session,
    user_id: str,
    wanted: tuple[DownloadRequest, Split],
    key: str | None,
) -> GroupWithJobs | None:
    """Return the group of the idempotency key. Raise Conflict if it has another request."""
    if key is None:
        return None
    earlier = groups.with_idempotency_key(session, user_id, key)
    is_same = earlier is not None and (
        (request_from_json(earlier.request), earlier.split) == (wanted[0], str(wanted[1]))
    )
    if (earlier and not is_same) or jobs.with_idempotency_key(session, user_id, key):
        raise Conflict(
            "This Idempotency-Key was used for a different request. "
            "Use a new key for every request."
        )
    return read_group(context, session, earlier) if earlier else None
