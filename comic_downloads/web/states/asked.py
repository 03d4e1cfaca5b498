"""What a tab asked for: a download or a group, which its browser saves once it is ready."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import reflex as rx
from reflex.event import EventSpec

from ...domain.formats import Format
from ...domain.job import JobStatus
from ...domain.options import OnPageError
from ...domain.own_file import UNTOUCHED
from ...domain.split import EACH, VOLUME, Split, parse_split
from ...usecases.context import Context
from ...usecases.downloads.choices import SPLIT, request_of
from ...usecases.downloads.group_request import tell_volumes
from ...usecases.downloads.groups import SubmittedGroup, split_of_parts, submit_group
from ...usecases.downloads.saved_presets import last_choice
from ...usecases.downloads.snapshots import JobSnapshot
from ...usecases.downloads.submit import DownloadRequest, Submitted, submit_download
from ...usecases.library.browse import PickedComics
from .. import labels, wording
from ..browser_events import call_page, call_page_for, toast
from ..views.downloads import title


@dataclass(frozen=True)
class Asked:
    """A request that was accepted.

    Attributes:
        kind: Whether it became one download or a group of them.
        id: The id of the download or the group.
        is_ready: True if all of it can be fetched now.
        words: What to tell. None if it is ready, because all tabs are told that.
    """

    kind: Literal["job", "group"]
    id: str
    is_ready: bool
    words: EventSpec | None


def ask_for(context: Context, user_id: str, request: DownloadRequest, split: Split | None) -> Asked:
    """Submit the request. Raises the errors of ``submit_download`` and ``submit_group``."""
    if split is None:
        submitted = submit_download(context, user_id, request)
        ready = submitted.job.status == JobStatus.READY
        return Asked("job", submitted.job.id, ready, None if ready else _answer(submitted))
    made = submit_group(context, user_id, request, split)
    ended = made.found.group.has_ended
    return Asked("group", made.found.group.id, ended, None if ended else _group_answer(made))


def ask_as_last_time(context: Context, user_id: str, picked: PickedComics) -> Asked:
    """Submit a request for these comics with what the user chose last, or for their CBZ files.

    Several comics become a file each unless something else was chosen. Damaged pages are left out.
    Raises the errors of ``submit_download`` and ``submit_group``.
    """
    last = last_choice(context, user_id)
    choices = dict(last.choices) if last else {"format": str(Format.CBZ)}
    if picked.damaged_pages and choices.get("quality") != UNTOUCHED:
        choices["on_page_error"] = str(OnPageError.SKIP)
    request = request_of(choices, comic_ids=picked.comic_ids)
    split = None
    if len(picked.comic_ids) > 1:
        wanted = choices.get(SPLIT) or EACH
        if wanted == VOLUME and not tell_volumes(context, picked.comic_ids):
            wanted = EACH
        split = parse_split(wanted)
    return ask_for(context, user_id, request, split_of_parts(context, request, split))


def save_when_ready(asked: Asked) -> EventSpec:
    """Make this tab save what it asked for, now or when it is ready (assets/saving.js)."""
    status = JobStatus.READY if asked.is_ready else JobStatus.QUEUED
    return call_page("comicSaves.take", asked.kind, asked.id, str(status))


def save_job(job: JobSnapshot) -> EventSpec:
    """Make this tab save a download, now or when it is ready."""
    return call_page("comicSaves.take", "job", job.id, job.status)


def save_each(job_ids: Sequence[str]) -> EventSpec:
    """Make this tab save ready downloads one after the other."""
    return call_page("comicSaves.saveAll", " ".join(job_ids))


def tell_ready(kind: Literal["job", "group"], asked_id: str) -> EventSpec:
    """Tell a tab that a download or a group is ready; it saves it if it asked for it."""
    return call_page("comicSaves.ready", kind, asked_id)


def save_in_page(job_id: rx.Var[str], filename: rx.Var[str]) -> EventSpec:
    """Let the page itself save the download of a row, resumably (assets/download.js)."""
    return call_page_for("comicTransfers.startPicked", job_id, filename)


def save_one_by_one(group_id: rx.Var[str]) -> EventSpec:
    """Let the page save the files of a row's group, one after the other."""
    return call_page_for("comicGroups.start", group_id)


def _answer(submitted: Submitted) -> EventSpec:
    job = submitted.job
    if not submitted.created:
        return toast("info", f"{title(job)} is already preparing", "See Downloads.")
    return toast(
        "info",
        f"{title(job)} is preparing",
        f"As {labels.format_name(job.format)}. You can leave this page.",
    )


def _group_answer(made: SubmittedGroup) -> EventSpec:
    group = made.found.group
    if not made.created:
        return toast("info", f"{group.title} is already preparing", "See Downloads.")
    files = wording.count(group.total, "file")
    return toast(
        "info",
        f"{group.title} is preparing",
        f"{files}, as {labels.format_name(group.format)}. You can leave this page.",
    )
