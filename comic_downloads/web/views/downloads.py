"""What pages show of a download, as frozen values with finished labels."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from ...domain.job import FINISHED, Action, JobStatus, Phase, allows
from ...domain.link import SHOWN_BY_BROWSERS
from ...domain.transfer import TransferState
from ...usecases.delivery.file_pages import has_pages
from ...usecases.downloads.snapshots import JobErrorSnapshot, JobSnapshot
from .. import labels, routes, wording
from .each import each_shown

STATUS_LABELS = {
    JobStatus.QUEUED: "Waiting",
    JobStatus.PREPARING: "Preparing",
    JobStatus.PAUSED: "Paused",
    JobStatus.READY: "Ready",
    JobStatus.FAILED: "Failed",
    JobStatus.CANCELLED: "Cancelled",
    JobStatus.EXPIRED: "Expired",
}
TONES = {
    JobStatus.READY: "green",
    JobStatus.PAUSED: "amber",
    JobStatus.FAILED: "red",
    JobStatus.PREPARING: "iris",
}
_PHASE_VERBS = {Phase.CONVERTING: "Converting", Phase.PACKAGING: "Packing"}
_PHASE_LABELS = {
    Phase.READING: "Reading the pages",
    Phase.VERIFYING: "Checking the file",
    Phase.STORING: "Saving the file",
}


@dataclass(frozen=True)
class DownloadRow:
    """One row of the downloads page. Empty labels are not shown; percents are 0 to 100.

    ``transfer`` is a TransferState, and its percent is the part of the file that has reached
    the user. ``open_href`` is where a finished file is read, and
    ``opens_tab`` is True if that is not a page of ours.
    """

    id: str
    status: str
    status_label: str
    tone: str
    title: str
    filename: str
    format_label: str
    cover_url: str
    comic_href: str
    step: str
    facts: str
    percent: int
    percent_label: str
    problem: str
    notice: str
    kept_until: str
    file_href: str
    open_href: str
    opens_tab: bool
    sha256: str
    transfer: str
    transfer_label: str
    transfer_percent: int
    can_continue: bool
    is_active: bool
    can_wait: bool
    can_pause: bool
    can_resume: bool
    can_cancel: bool
    can_retry: bool
    can_skip: bool
    retry_label: str


def download_row(job: JobSnapshot, now: datetime) -> DownloadRow:
    """Return the row of a job at this time."""
    status = JobStatus(job.status)
    ready = status is JobStatus.READY
    return DownloadRow(
        id=job.id,
        status=status,
        status_label=STATUS_LABELS[status],
        tone=TONES.get(status, "gray"),
        title=title(job),
        filename=job.filename,
        format_label=wording.facts(labels.format_name(job.format), choice(job)),
        cover_url=routes.cover_image(job.comics[0].id, "") if job.comics else "",
        comic_href=routes.comic_page(job.comics[0].id) if len(job.comics) == 1 else routes.LIBRARY,
        step=step(job, now),
        facts=_facts(job, status),
        percent=job.progress,
        percent_label=f"{job.progress} %" if status is JobStatus.PREPARING or job.progress else "",
        problem=problem(job.error) if status is JobStatus.FAILED else "",
        notice=_notice(job),
        kept_until=job.expires_at.isoformat() if ready and job.expires_at else "",
        file_href=routes.download_file(job.id) if ready else "",
        open_href=_open_href(job) if ready else "",
        opens_tab=job.media_type in SHOWN_BY_BROWSERS,
        sha256=job.sha256 or "" if ready else "",
        transfer=job.transfer,
        transfer_label=transfer_label(job),
        transfer_percent=_transfer_percent(job),
        can_continue=ready and job.transfer == TransferState.BROKE_OFF,
        is_active=status not in FINISHED,
        can_wait=status is JobStatus.QUEUED,
        can_pause=allows(Action.PAUSE, status),
        can_resume=allows(Action.RESUME, status),
        can_cancel=allows(Action.CANCEL, status),
        can_retry=allows(Action.RETRY, status),
        can_skip=status is JobStatus.FAILED
        and job.error is not None
        and job.error.code == "page_unreadable",
        retry_label="Retry" if status is JobStatus.FAILED else "Prepare again",
    )


def _open_href(job: JobSnapshot) -> str:
    """Return where the finished file can be read in place; empty for nowhere."""
    if job.media_type in SHOWN_BY_BROWSERS:
        return routes.opened_file(job.id)
    if has_pages(job.format, job.quality):
        return routes.finished_file_page(job.id)
    # An untouched file has the pages of its comic, in whatever archive they are.
    return f"{routes.comic_page(job.comics[0].id)}?page=1" if len(job.comics) == 1 else ""


def expected(job: JobSnapshot) -> str:
    """Return ``about 104.9 MB`` while the file is not ready; empty if nothing is expected."""
    return f"about {wording.size(job.expected_size_bytes)}" if job.expected_size_bytes else ""


def transfer_label(job: JobSnapshot) -> str:
    """Return the progress of the transfer to the user; empty before the first request."""
    match TransferState(job.transfer):
        case TransferState.UNDER_WAY:
            return f"Downloading, {wording.part(job.downloaded_bytes, job.file_size_bytes)}"
        case TransferState.BROKE_OFF if job.status == JobStatus.EXPIRED:
            fetched = wording.part(job.downloaded_bytes, job.file_size_bytes)
            return f"Interrupted at {fetched}. Prepare it again to continue the download"
        case TransferState.BROKE_OFF:
            return f"Interrupted at {wording.part(job.downloaded_bytes, job.file_size_bytes)}"
        case TransferState.DONE:
            return "Downloaded"
        case TransferState.NONE:
            return ""


def _transfer_percent(job: JobSnapshot) -> int:
    return 100 * job.downloaded_bytes // job.file_size_bytes if job.file_size_bytes else 0


def title(job: JobSnapshot) -> str:
    """Return the title of the first comic and the number of further ones."""
    if not job.comics:
        return job.filename
    more = len(job.comics) - 1
    return (job.comics[0].name or job.comics[0].title) + (f" and {more} more" if more else "")


def step(job: JobSnapshot, now: datetime) -> str:
    """Return what an unfinished download is doing; empty for a finished one."""
    match JobStatus(job.status):
        case JobStatus.QUEUED:
            return _waiting(job, now)
        case JobStatus.PREPARING:
            if job.phase == Phase.READING:
                return f"Reading page {job.pages_read:,} of {job.pages_total:,}"
            return phase_step(job.phase, job.pages_done, job.pages_total)
        case JobStatus.PAUSED:
            return (
                f"Paused at page {job.pages_done} of {job.pages_total}"
                if job.pages_done
                else "Paused"
            )
        case _:
            return ""


def _waiting(job: JobSnapshot, now: datetime) -> str:
    if job.waiting_for == "disk":
        return "Waiting until the server has more free disk space"
    if job.waiting_for == "library":
        return "Waiting until the library folder is back: its disk may not be mounted"
    if job.next_attempt_at and job.next_attempt_at > now:
        reason = f"{job.error.message.rstrip('.')}. " if job.error else ""
        attempt = f"attempt {job.attempt + 1} of {job.max_attempts}"
        return f"{reason}Retrying {wording.until(job.next_attempt_at - now)} ({attempt})"
    return place_in_queue(job.queue_position)


def place_in_queue(position: int | None) -> str:
    """Return ``Waiting, 2 ahead of you``; positions count from 1."""
    if position is None:
        return "Waiting"
    return f"Waiting, {position - 1:,} ahead of you" if position > 1 else "Waiting, next in line"


def phase_step(phase_name: str, pages_done: int, pages_total: int) -> str:
    """Return what is done to a preparing download, such as ``Converting page 27 of 60``."""
    phase = Phase(phase_name)
    if phase in _PHASE_VERBS:
        page = min(pages_done + 1, pages_total)
        return f"{_PHASE_VERBS[phase]} page {page:,} of {pages_total:,}"
    return _PHASE_LABELS.get(phase, "Preparing")


def _facts(job: JobSnapshot, status: JobStatus) -> str:
    pages = wording.count(job.pages_total, "page")
    if status is JobStatus.PREPARING:
        return wording.facts(
            wording.speed(job.speed_bytes_per_second),
            wording.time_left(job.eta_seconds),
            expected(job),
            pages,
            choice(job),
        )
    chosen = choice(job) or "Original"
    if status in {JobStatus.QUEUED, JobStatus.PAUSED}:
        seconds = job.eta_seconds if status is JobStatus.QUEUED else None
        wait = "" if seconds is None else f"about {wording.duration(seconds)}"
        return wording.facts(expected(job), *((chosen, pages) if wait else (pages, chosen)), wait)
    return wording.facts(wording.size(job.file_size_bytes), pages, chosen)


def choice(job: JobSnapshot) -> str:
    """Return what differs from the whole original comic, such as ``2160p · pages 9–400``."""
    return wording.facts(quality_label(job.quality), wording.page_range(job.pages))


def download_rows(jobs: Iterable[JobSnapshot], now: datetime) -> list[DownloadRow]:
    """Return the rows of the jobs, without those that cannot be shown."""
    return each_shown("row", jobs, partial(download_row, now=now))


def quality_label(quality: str) -> str:
    """Return ``1080p``, ``Auto`` or ``Kindle Paperwhite``; empty for original."""
    return "" if quality == "original" else labels.quality_name(quality)


def problem(error: JobErrorSnapshot | None) -> str:
    """Return why a download failed and what to do about it."""
    if error is None:
        return "Something went wrong."
    message = error.message.rstrip(".") + "."
    return f"{message} You can try again." if error.retryable else message


def _notice(job: JobSnapshot) -> str:
    if not job.missing_pages:
        return ""
    skipped = wording.count(len(job.missing_pages), "damaged page")
    return (
        f"{skipped} skipped"
        if JobStatus(job.status) is JobStatus.READY
        else f"{skipped} will be skipped"
    )
