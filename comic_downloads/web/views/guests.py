"""What guests of a share see: frozen values with their labels already written, and none with a link or a token."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ...domain.job import FINISHED, JobStatus
from ...usecases.sharing.contents import OpenShare, SharedComic
from ...usecases.sharing.downloads import GuestDownload
from .. import labels, wording
from . import downloads
from .library import tint


@dataclass(frozen=True)
class GuestComic:
    """One cover. ``is_there`` is False when the comic has left the library."""

    id: str
    title: str
    facts: str
    tint: int
    is_there: bool


@dataclass(frozen=True)
class GuestRow:
    """One download of the guest. Empty labels are not shown."""

    id: str
    filename: str
    status: str
    status_label: str
    tone: str
    step: str
    facts: str
    percent: int
    percent_label: str
    problem: str
    is_active: bool
    is_ready: bool
    again_label: str


@dataclass(frozen=True)
class GuestPage:
    """What a share is. ``until`` is RFC 3339."""

    title: str
    until: str
    comics: list[GuestComic]
    formats: list[str]


@dataclass(frozen=True)
class GuestProgress:
    """What changes while a guest watches."""

    left_label: str
    rows: list[GuestRow]


def guest_page(share: OpenShare) -> GuestPage:
    return GuestPage(
        title=share.title,
        until=share.expires_at.isoformat(),
        comics=[_comic(comic) for comic in share.comics],
        formats=labels.in_order(share.formats),
    )


def guest_progress(downloads: Sequence[GuestDownload], downloads_left: int | None) -> GuestProgress:
    """``downloads_left`` is None for any number."""
    left = "" if downloads_left is None else f"{wording.count(downloads_left, 'download')} left"
    return GuestProgress(left, [guest_row(download) for download in downloads])


def _comic(comic: SharedComic) -> GuestComic:
    is_there = comic.page_count > 0
    facts = wording.count(comic.page_count, "page") if is_there else "No longer available"
    return GuestComic(comic.id, comic.title, facts, tint(comic.title), is_there)


def guest_row(download: GuestDownload) -> GuestRow:
    status = JobStatus(download.status)
    is_at_work = status is JobStatus.PREPARING
    return GuestRow(
        id=download.job_id,
        filename=download.filename,
        status=status,
        status_label=downloads.STATUS_LABELS[status],
        tone=downloads.TONES.get(status, "gray"),
        step=_step(download, status),
        facts=_facts(download),
        percent=download.progress,
        percent_label=f"{download.progress} %" if is_at_work else "",
        problem=downloads.problem(download.error) if status is JobStatus.FAILED else "",
        is_active=status not in FINISHED,
        is_ready=status is JobStatus.READY,
        again_label=_again(status),
    )


def _step(download: GuestDownload, status: JobStatus) -> str:
    match status:
        case JobStatus.QUEUED:
            return downloads.place_in_queue(download.queue_position)
        case JobStatus.PREPARING:
            return downloads.phase_step(download.phase, download.pages_done, download.pages_total)
        case JobStatus.EXPIRED:
            return "The file has expired and was deleted"
        case _:
            return ""


def _facts(download: GuestDownload) -> str:
    time_left = (
        wording.time_left(download.eta_seconds) if download.status == JobStatus.PREPARING else ""
    )
    pages = wording.count(download.pages_total, "page")
    return wording.facts(
        time_left,
        wording.size(download.file_size_bytes),
        pages,
        downloads.quality_label(download.quality),
    )


def _again(status: JobStatus) -> str:
    """What the button says that asks for the same once more; empty where there is none."""
    match status:
        case JobStatus.FAILED:
            return "Retry"
        case JobStatus.EXPIRED | JobStatus.CANCELLED:
            return "Prepare again"
        case _:
            return ""
