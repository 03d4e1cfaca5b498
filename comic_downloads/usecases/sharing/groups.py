"""Groups of guests: one file of each comic of a share, and their archive."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass

from ...db import groups, jobs
from ...db.session import Session
from ...db.tables import Job, JobGroup, Share
from ...domain.errors import NotFound, QuotaExceeded
from ...domain.group import GroupOwner
from ...domain.job import FINISHED, Action, JobStatus
from ...domain.share import downloads_left, ensure_downloads_left
from ...domain.split import Split
from ..context import Context
from ..downloads import group_control
from ..downloads.create import FileAtHand, files_at_hand, kept_files
from ..downloads.group_request import ResolvedGroup, resolve_group
from ..downloads.group_snapshots import GroupSnapshot, GroupWithJobs, get_group, read_group
from ..downloads.groups import NewGroup, add_group, member_key, split_of_parts
from ..downloads.submit import read_comics_of
from .access import Guest, GuestCredentials, admit_guest
from .downloads import PRIORITY, GuestDownload, restart_job, seen_by_guest, share_still_open
from .guest_request import GuestRequest, to_download_request
from .limits import check_group_limits, check_sharer, free_job_slots

MAX_LISTED = 20
_ACTIONS = {
    Action.PAUSE: group_control.pause_group,
    Action.RESUME: group_control.resume_group,
    Action.CANCEL: group_control.cancel_group,
}


@dataclass(frozen=True)
class GuestGroup:
    """A guest's group, with its downloads in order."""

    guest: Guest
    group: GroupSnapshot
    downloads: tuple[GuestDownload, ...]


@dataclass(frozen=True)
class SubmittedGuestGroup:
    """A guest's group. ``created`` is False if the guest had it, and all of it is under way."""

    found: GuestGroup
    created: bool


@dataclass(frozen=True)
class GuestArchive:
    """Whose group's archive is wanted, and how many more files of the share may be fetched."""

    guest: Guest
    owner: GroupOwner
    downloads_left: int | None


def submit_guest_group(
    context: Context, credentials: GuestCredentials, request: GuestRequest, split: Split
) -> SubmittedGuestGroup:
    """Queue a file of each part of the request for the guest.

    If the guest asked for the same before, that group is returned, and those of its files that are
    not there any more are prepared again.

    Raises the errors of ``submit_guest_download``.
    """
    guest = admit_guest(context, credentials)
    ensure_downloads_left(guest.share.max_downloads, guest.share.downloads_done)
    with context.db.read() as session:
        wanted = to_download_request(session, guest.share, request)
        resolved = resolve_group(context, session, wanted, split)
    at_hand = files_at_hand(context, resolved.files)
    with context.db.write() as session:
        jobs.lock_user(session, guest.share.user_id)
        share = share_still_open(context, session, guest.share.id)
        try:
            group, created = _group(context, session, guest, resolved, at_hand)
        except QuotaExceeded as error:
            raise QuotaExceeded(
                "The storage of the person who shares this is full. Tell them, or try again "
                "tomorrow."
            ) from error
        found = read_group(context, session, group)
    if created:
        context.notify_workers()
    return SubmittedGuestGroup(_seen(context, guest, share, found), created)


def split_for_guest(
    context: Context, credentials: GuestCredentials, request: GuestRequest, split: Split | None
) -> Split | None:
    """Return how the request is divided among files, also into parts; None for one file.

    Raises the errors of ``submit_guest_download``.
    """
    if request.further.get("max_part_bytes") is None:
        return split
    guest = admit_guest(context, credentials)
    with context.db.read() as session:
        wanted = to_download_request(session, guest.share, request)
    read_comics_of(context, wanted)
    return split_of_parts(context, wanted, split)


def get_guest_group(context: Context, credentials: GuestCredentials, group_id: str) -> GuestGroup:
    """Return the guest's own group. Raises the errors of ``admit_guest``, and NotFound."""
    guest = admit_guest(context, credentials)
    return _seen(context, guest, guest.share, get_group(context, _owner(guest), group_id))


def guest_groups(context: Context, credentials: GuestCredentials) -> list[GuestGroup]:
    """Return the guest's groups, newest first. Raises the errors of ``admit_guest``."""
    guest = admit_guest(context, credentials)
    owner = _owner(guest)
    with context.db.read() as session:
        unfinished = groups.unfinished_groups(session, owner)
        ended, _ = groups.ended_groups(session, owner, MAX_LISTED)
        found: list[GroupWithJobs] = []
        for row in (*unfinished[::-1], *ended):
            with suppress(NotFound):  # It was removed after the list was read.
                found.append(read_group(context, session, row))
    return [_seen(context, guest, guest.share, one) for one in found]


def control_guest_group(
    context: Context, credentials: GuestCredentials, group_id: str, action: Action
) -> GuestGroup:
    """Pause, resume or cancel the guest's group.

    Raises the errors of ``admit_guest``, NotFound and InvalidTransition.
    """
    guest = admit_guest(context, credentials)
    found = _ACTIONS[action](context, _owner(guest), group_id)
    return _seen(context, guest, guest.share, found)


def guest_archive(context: Context, credentials: GuestCredentials) -> GuestArchive:
    """Return what is needed to send the archive of a guest's group.

    Raises the errors of ``admit_guest``.
    """
    guest = admit_guest(context, credentials)
    left = downloads_left(guest.share.max_downloads, guest.share.downloads_done)
    return GuestArchive(guest, _owner(guest), left)


def _owner(guest: Guest) -> GroupOwner:
    return GroupOwner(guest.share.user_id, guest.share.id, guest.id)


def _seen(context: Context, guest: Guest, share: Share, found: GroupWithJobs) -> GuestGroup:
    downloads = tuple(seen_by_guest(context, share, job) for job in found.jobs)
    return GuestGroup(guest, found.group, downloads)


def _group(
    context: Context,
    session: Session,
    guest: Guest,
    resolved: ResolvedGroup,
    at_hand: Mapping[str, FileAtHand],
) -> tuple[JobGroup, bool]:
    """Return the guest's group for this request, and whether anything of it was created."""
    owner = _owner(guest)
    same = groups.same_unfinished(session, owner, resolved.request_keys) or groups.same_request(
        session, owner, resolved.request_key
    )
    if same is not None:
        return same, _restart_missing(context, session, guest, resolved, same)
    kept = kept_files(context, session, at_hand)
    missing = {key for key in resolved.content_keys if key not in kept}
    check_sharer(session, guest.share)
    check_group_limits(session, guest.share, missing)
    free_job_slots(session, guest.share.id, context.clock(), len(resolved.files))
    new = NewGroup(resolved, kept, priority=PRIORITY)
    return add_group(context, session, owner, new), True


def _restart_missing(
    context: Context, session: Session, guest: Guest, resolved: ResolvedGroup, group: JobGroup
) -> bool:
    """Queue those jobs of the group again that have no file and are not under way."""
    members = groups.members(session, group.id)
    ended: list[Job] = [
        job for job in members if job.status in FINISHED and job.status != JobStatus.READY
    ]
    check_sharer(session, guest.share)
    check_group_limits(session, guest.share, {job.content_key for job in ended})
    for job in ended:
        file = resolved.files[job.group_position]
        key = member_key(file.content_key, group.id, job.group_position)
        restart_job(context, session, job, file, key)
    groups.extend_expiry(session, group.id, context.clock())
    return bool(ended)
