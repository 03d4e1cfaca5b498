"""Describe comics and finished files as publications of a feed."""

from __future__ import annotations

from ...domain.filenames import safe_filename
from ...domain.own_file import UNTOUCHED, has_own_file, own_format, own_media_type
from ...usecases.catalog.listing import CatalogComic, ReadyFile
from ...usecases.library.reading_places import Place
from .addresses import Addresses, in_path
from .feed import File, Publication


def comic_publication(comic: CatalogComic, place: Place | None = None) -> Publication:
    """Return a comic with its pages, its cover and what it can be fetched as.

    ``place`` is where the account is in it.
    """
    summary = comic.summary
    return Publication(
        key=f"comic:{summary.id}",
        title=summary.name,
        updated_at=comic.updated_at,
        metadata=comic.metadata,
        series_id=summary.series_id,
        comic_id=summary.id,
        page_count=summary.page_count,
        place=place,
        cover_version=_version(summary.cover_url),
        about=_about(summary.page_count, summary.damaged_pages),
        file_stem=in_path(safe_filename(summary.name, "").removesuffix(".")),
        own_file=_own_file(summary.kind, comic.path),
    )


def ready_publication(addresses: Addresses, ready: ReadyFile) -> Publication:
    """Return a finished file, described by its comic if it has one."""
    job, comic = ready.job, ready.comic
    file = File(
        addresses.download(job.id, job.filename),
        _quality(job.format, job.quality),
        job.media_type,
        job.file_size_bytes,
    )
    summary = comic.summary if comic else None
    return Publication(
        key=f"download:{job.id}",
        title=summary.name if summary else job.filename.rpartition(".")[0],
        updated_at=job.finished_at or job.created_at,
        metadata=comic.metadata if comic else None,
        series_id=summary.series_id if summary else None,
        comic_id=summary.id if summary else "",
        cover_version=_version(summary.cover_url) if summary else "",
        about=_quality(job.format, job.quality),
        files=(file,),
    )


def _quality(format: str, quality: str) -> str:
    return f"{format.upper()}, {'original file' if quality == UNTOUCHED else quality}"


def _own_file(kind: str, path: str) -> tuple[str, str]:
    """Return media type and extension of the library's own file; empty for a folder."""
    if not has_own_file(kind):
        return "", ""
    format = own_format(kind, path)
    return own_media_type(kind, format), format


def _version(cover_url: str) -> str:
    """Return what the address of a cover ends with; empty for a comic without a cover."""
    return cover_url.partition("?v=")[2]


def _about(page_count: int, damaged_pages: int) -> str:
    pages = "1 page" if page_count == 1 else f"{page_count} pages"
    if not damaged_pages:
        return pages
    return f"{pages}, {damaged_pages} of them damaged"
