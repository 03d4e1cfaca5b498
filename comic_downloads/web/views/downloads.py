"""What the pages show of a download: frozen values with their labels already written."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from ...domain.job import FINISHED, Action, JobStatus, Phase, allows
from ...domain.transfer import TransferState
from ...usecases.downloads.snapshots import JobErrorSnapshot, JobSnapshot
from .. import labels, routes, wording

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
    Phase.VERIFYING: "Checking the file",
    Phase.STORING: "Saving the file",
}


@dataclass(frozen=True)
class DownloadRow:
    """One row of the downloads page. Empty labels are not shown; percents are 0 to 100.

    ``transfer`` is a TransferState; its percent is of the file's bytes that reached the user.
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
    transfer: str
    transfer_label: str
    transfer_percent: int
    can_continue: bool
    is_active: bool
    can_pause: bool
    can_resume: bool
    can_cancel: bool
    can_retry: bool
    can_skip: bool
    retry_label: str


def download_row(job: JobSnapshot, now: datetime) -> DownloadRow:
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
        transfer=job.transfer,
        transfer_label=transfer_label(job),
        transfer_percent=_transfer_percent(job),
        can_continue=ready and job.transfer == TransferState.BROKE_OFF,
        is_active=status not in FINISHED,
        can_pause=allows(Action.PAUSE, status),
        can_resume=allows(Action.RESUME, status),
        can_cancel=allows(Action.CANCEL, status),
        can_retry=allows(Action.RETRY, status),
        can_skip=status is JobStatus.FAILED
        and job.error is not None
        and job.error.code == "page_unreadable",
        retry_label="Retry" if status is JobStatus.FAILED else "Prepare again",
    )


def transfer_label(job: JobSnapshot) -> str:
    """How far the finished file is on its way to its user; empty while nobody has asked for it."""
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
    """The comic's title, or the first one's and how many more there are."""
    if not job.comics:
        return job.filename
    more = len(job.comics) - 1
    return job.comics[0].title + (f" and {more} more" if more else "")


def step(job: JobSnapshot, now: datetime) -> str:
    """What is happening to an unfinished download right now; empty for a finished one."""
    match JobStatus(job.status):
        case JobStatus.QUEUED:
            return _waiting(job, now)
        case JobStatus.PREPARING:
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
    if job.next_attempt_at and job.next_attempt_at > now:
        reason = f"{job.error.message.rstrip('.')}. " if job.error else ""
        return f"{reason}Retrying {wording.until(job.next_attempt_at - now)} (attempt {job.attempt + 1} of {job.max_attempts})"
    return place_in_queue(job.queue_position)


def place_in_queue(position: int | None) -> str:
    """``Waiting, 2 ahead of you``; positions count from 1."""
    if position is None:
        return "Waiting"
    return f"Waiting, {position - 1:,} ahead of you" if position > 1 else "Waiting, next in line"


def phase_step(phase_name: str, pages_done: int, pages_total: int) -> str:
    """``Converting page 27 of 60``: what is done to a download at work."""
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
            pages,
            choice(job),
        )
    chosen = choice(job) or "Original"
    if status is JobStatus.QUEUED and job.eta_seconds is not None:
        return wording.facts(chosen, pages, f"about {wording.duration(job.eta_seconds)}")
    return wording.facts(wording.size(job.file_size_bytes), pages, chosen)


def choice(job: JobSnapshot) -> str:
    """What tells this file from others of the same comic: ``2160p · pages 9–400``; empty for all pages as they are."""
    return wording.facts(quality_label(job.quality), wording.page_range(job.pages))


def quality_label(quality: str) -> str:
    """``1080p``, ``Auto``, ``Kindle Paperwhite``; empty for original."""
    return "" if quality == "original" else labels.quality_name(quality)


def problem(error: JobErrorSnapshot | None) -> str:
    """Why a download failed, with what can be done about it."""
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


@dataclass(frozen=True)
class TrayView:
    """The downloads at work, those that wait (apart, for their rows change rarely), and those that have just ended.

    ``recent`` are news: not fetched yet, or failed. ``ended`` are ready or cancelled, and keep their places among those at
    work for a while. ``percent`` is the mean progress.
    """

    working: list[DownloadRow]
    waiting: list[DownloadRow]
    recent: list[DownloadRow]
    ended: list[DownloadRow]
    count: int
    percent: int


SHOWN_WAITING = 50  # rows of waiting downloads a page shows; the rest is counted
SHOWN_RECENT = 5
RECENT = timedelta(minutes=10)
KEEPS_PLACE = timedelta(minutes=2)  # how long what has ended stays where it was watched


def tray_view(
    working: Sequence[JobSnapshot],
    waiting: Sequence[JobSnapshot],
    ended: Sequence[JobSnapshot],
    count: int,
    now: datetime,
) -> TrayView:
    """``count`` is of all unfinished jobs, also of those that wait unseen. ``ended`` are shown while that is news."""
    at_work = {job.id for job in working}
    seen = at_work | {job.id for job in waiting}  # the lists were read one after the other
    return TrayView(
        working=[download_row(job, now) for job in working],
        waiting=[download_row(job, now) for job in waiting if job.id not in at_work],
        recent=[download_row(job, now) for job in ended if _is_news(job, now)][:SHOWN_RECENT],
        ended=[
            download_row(job, now) for job in ended if _keeps_place(job, now) and job.id not in seen
        ],
        count=count,
        percent=sum(job.progress for job in (*working, *waiting)) // count if count else 100,
    )


def _is_news(job: JobSnapshot, now: datetime) -> bool:
    return (
        job.status != JobStatus.CANCELLED
        and _ended_within(RECENT, job, now)
        and not job.downloaded_bytes
    )


def _keeps_place(job: JobSnapshot, now: datetime) -> bool:
    return job.status in {JobStatus.READY, JobStatus.CANCELLED} and _ended_within(
        KEEPS_PLACE, job, now
    )


def _ended_within(span: timedelta, job: JobSnapshot, now: datetime) -> bool:
    return job.finished_at is not None and now - job.finished_at < span
