"""What guests of a share see, as frozen values without links or tokens."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from operator import attrgetter
from typing import Any

from ...domain.job import FINISHED, JobStatus
from ...usecases.library.summaries import ComicDetail
from ...usecases.sharing.contents import OpenShare, SharedComic
from ...usecases.sharing.downloads import GuestDownload
from ...usecases.sharing.groups import GuestGroup
from .. import labels, wording
from . import downloads
from .each import each_shown
from .groups import group_row
from .library import READER_HEIGHT, PageThumb, page_filename, tint
from .presets import describe_pages


@dataclass(frozen=True)
class GuestComic:
    """One cover. ``is_available`` is False if the comic cannot be downloaded any more."""

    id: str
    title: str
    facts: str
    tint: int
    is_available: bool


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
    can_open: bool
    sha256: str


@dataclass(frozen=True)
class GuestGroupRow:
    """One group of the guest, which opens into its downloads. Empty labels are not shown."""

    id: str
    title: str
    filename: str
    status: str
    status_label: str
    tone: str
    step: str
    percent: int
    problem: str
    is_active: bool
    has_files: bool
    can_pause: bool
    can_resume: bool
    can_cancel: bool
    again_label: str
    members: tuple[GuestRow, ...]


@dataclass(frozen=True)
class GuestPage:
    """The content of a share. ``until`` is in RFC 3339.

    ``suggested`` are a format and a quality, empty without any, and ``suggested_meaning`` says what
    a file is like that is made so. ``can_read`` offers the reader. ``has_password`` is whether
    guests had to enter one.
    """

    title: str
    until: str
    comics: list[GuestComic]
    formats: list[str]
    suggested: list[str]
    suggested_meaning: str
    can_read: bool
    has_password: bool


@dataclass(frozen=True)
class GuestProgress:
    """What changes while the page is open."""

    left_label: str
    rows: list[GuestRow]
    groups: list[GuestGroupRow] = field(default_factory=list)


def guest_page(share: OpenShare) -> GuestPage:
    """Return the content of a share."""
    return GuestPage(
        title=share.title,
        until=share.expires_at.isoformat(),
        comics=[_comic(comic) for comic in share.comics],
        formats=labels.in_order(share.formats),
        suggested=[share.suggested["format"], share.suggested["quality"]]
        if share.suggested
        else [],
        suggested_meaning=_meaning(share.suggested or {}),
        can_read=share.reader,
        has_password=share.has_password,
    )


def guest_pages(comic: ComicDetail) -> list[PageThumb]:
    """Return the pages of a comic for the reader; their addresses lack the one of the share.

    That holds the token, which no state stores.
    """
    return [
        PageThumb(
            index=page.index,
            number=page.index + 1,
            thumb_url="",
            image_url=f"/download/{comic.id}/{page.index}?height={READER_HEIGHT}",
            label=f"Page {page.index + 1}",
            problem=page.error,
            original_url=f"/download/{comic.id}/{page.index}",
            original_name=page_filename(comic.name, page),
        )
        for page in comic.pages
    ]


def _meaning(suggested: Mapping[str, Any]) -> str:
    """Return what the sharer's preset does besides format and quality; empty for nothing."""
    if not suggested:
        return ""
    plain = {name: suggested[name] for name in ("format", "quality")}
    meaning = describe_pages(suggested)
    return "" if meaning == describe_pages(plain) else meaning


def guest_progress(
    downloads: Sequence[GuestDownload],
    downloads_left: int | None,
    groups: Sequence[GuestGroup] = (),
) -> GuestProgress:
    """Return the guest's downloads and groups; ``downloads_left`` is None without a limit."""
    left = "" if downloads_left is None else f"{wording.count(downloads_left, 'download')} left"
    rows = each_shown("row", downloads, guest_row, attrgetter("job_id"))
    id_of = attrgetter("group.id")
    return GuestProgress(left, rows, each_shown("group", groups, guest_group_row, id_of))


def _comic(comic: SharedComic) -> GuestComic:
    is_available = comic.page_count > 0
    facts = wording.count(comic.page_count, "page") if is_available else "No longer available"
    return GuestComic(comic.id, comic.name, facts, tint(comic.name), is_available)


def guest_row(download: GuestDownload) -> GuestRow:
    """Return the row of a guest's download."""
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
        can_open=status is JobStatus.READY and download.filename.lower().endswith(".pdf"),
        sha256=download.sha256 or "" if status is JobStatus.READY else "",
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
        wording.size(download.file_size_bytes) or _expected(download),
        pages,
        downloads.quality_label(download.quality),
    )


def _expected(download: GuestDownload) -> str:
    is_awaited = download.status not in FINISHED and download.expected_size_bytes
    return f"about {wording.size(download.expected_size_bytes)}" if is_awaited else ""


def _again(status: JobStatus) -> str:
    """Return the label of the button that requests the file again; empty for none."""
    match status:
        case JobStatus.FAILED:
            return "Retry"
        case JobStatus.EXPIRED | JobStatus.CANCELLED:
            return "Prepare again"
        case _:
            return ""


def guest_group_row(found: GuestGroup) -> GuestGroupRow:
    """Return the row of a guest's group, with the rows of its downloads."""
    row = group_row(found.group)
    members = each_shown("row", found.downloads, guest_row, attrgetter("job_id"))
    return GuestGroupRow(
        id=row.id,
        title=row.title,
        filename=row.filename,
        status=row.status,
        status_label=row.status_label,
        tone=row.tone,
        step=row.step,
        percent=row.percent,
        problem=row.problem,
        is_active=row.is_active,
        has_files=row.file_count > 0,
        can_pause=row.can_pause,
        can_resume=row.can_resume,
        can_cancel=row.can_cancel,
        again_label=row.retry_label if row.can_retry else "",
        members=tuple(members),
    )
