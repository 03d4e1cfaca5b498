"""Make files that need not be written: layouts over the library's own bytes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from ...db import library
from ...db.library import ScannedFiles
from ...db.tables import Artifact
from ...domain.errors import JobError
from ...domain.identity import new_id
from ...domain.layout import FilePiece, Layout, LayoutComic
from ...domain.library import fingerprint_of_files
from ...domain.manifest import Manifest
from ...library.own_files import find_own_file
from ...library.scanner import find_comic
from ...library.sources import has_pages_at_hand
from ...packaging.formats import SPECS
from ...packaging.recording import NotALayout
from ..context import Context
from .document import document_of
from .sources import OpenComics


@dataclass(frozen=True)
class NewLayout:
    """A file that has a layout instead of a blob, and the packed layout, not stored yet."""

    artifact: Artifact
    body: bytes


def may_be_layout(context: Context, manifest: Manifest) -> bool:
    """Return True unless the file has to be written whatever the comics' files are like.

    It has to for a bucket, which sends files of its own; for a CDN, which may keep them; and for
    pages that are encoded again. Comics that are only listed have to be read first.
    """
    return (
        context.settings.originals == "layout"
        and context.blobs.is_local
        and not context.settings.cdn_base_url
        and manifest.is_read
        and manifest.copies_pages
    )


def make_layout(
    context: Context, manifest: Manifest, ttl_seconds: int, is_late: Callable[[], bool]
) -> NewLayout | None:
    """Return the manifest's file as a layout, or None if a worker has to write the file.

    Of ZIP archives no page is read; a PDF needs the header of each of its pages. Nothing is stored.

    Args:
        context: The services of this process.
        manifest: The input of the file.
        ttl_seconds: How long the file is kept.
        is_late: Asked between comics and pages; True ends the work, and leaves it to a worker.
    """
    if not may_be_layout(context, manifest):
        return None
    try:
        layout = _own_file(context, manifest) or _layout(context, manifest, is_late)
    except (NotALayout, JobError, OSError):
        return None  # The worker that writes the file will say what is wrong.
    target_bytes = manifest.options.target_size_bytes
    if target_bytes is not None and layout.size_bytes > target_bytes:
        return None
    return _unstored(context, manifest, layout, ttl_seconds)


def _own_file(context: Context, manifest: Manifest) -> Layout | None:
    """Return the layout of a file that stays untouched; None if the manifest wants another.

    Raises NotALayout if the file has changed since the request was accepted.
    """
    own = manifest.own_file
    if own is None:
        return None
    comic = manifest.comics[0]
    if find_own_file(context.settings.library, comic.path) != own.identity:
        raise NotALayout
    source = LayoutComic(comic.comic_id, comic.path, own.kind, comic.metadata.title)
    return Layout((source,), (FilePiece(0, own.identity),))


def _layout(context: Context, manifest: Manifest, is_late: Callable[[], bool]) -> Layout:
    """Return the layout. Raises NotALayout, JobError or OSError if there can be none."""

    def check_time(pages_done: int = 0, bytes_done: int = 0) -> None:
        if is_late():
            raise NotALayout

    with context.db.read() as session:
        known = library.scanned_files(session, [comic.comic_id for comic in manifest.comics])
    for comic in manifest.comics:
        check_time()
        _require_unchanged(context, comic.path, known.get(comic.comic_id))
    with OpenComics(context.settings) as comics:
        pieces = SPECS[manifest.options.format].layout(document_of(manifest, comics), check_time)
    sources = tuple(
        LayoutComic(comic.comic_id, comic.path, known[comic.comic_id].kind, comic.metadata.title)
        for comic in manifest.comics
    )
    return Layout(sources, pieces)


def _require_unchanged(context: Context, path: str, known: ScannedFiles | None) -> None:
    """Raise NotALayout unless the comic is as it was scanned, and its pages can be had one by one.

    A comic that was changed is left to a worker, which reads all of it before the job is ready.
    """
    if known is None or known.path != path:
        raise NotALayout
    found = find_comic(context.settings.library, path)
    if found is None or not found.has_fingerprint(fingerprint_of_files(known.fingerprint)):
        raise NotALayout
    if not has_pages_at_hand(context.settings.library / path, known.kind):
        raise NotALayout


def _unstored(context: Context, manifest: Manifest, layout: Layout, ttl_seconds: int) -> NewLayout:
    now, body = context.clock(), layout.to_bytes()
    id = new_id(now)
    artifact = Artifact(
        id=id,
        content_key=manifest.content_key(),
        blob_key=f"layouts/{id}",
        size_bytes=layout.size_bytes,
        sha256="",
        etag=manifest.etag(""),
        layout_bytes=len(body),
        media_type=manifest.media_type,
        page_count=manifest.output_page_count,
        missing_pages=manifest.missing_pages,
        created_at=now,
        expires_at=now + timedelta(seconds=ttl_seconds),
    )
    return NewLayout(artifact, body)
