"""From a manifest to one finished, verified file in the work folder."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from pathlib import Path

from ..db.tables import Job
from ..domain.artifact import Format
from ..domain.errors import InvalidRequest, PageUnreadable, StorageUnavailable, TargetSizeImpossible
from ..domain.job import Phase
from ..domain.manifest import Manifest, ManifestPage
from ..packaging.cbz import write_cbz
from ..packaging.epub import write_epub
from ..packaging.naming import part_name
from ..packaging.pages import Book, Built, OutputPage, Progress, Writer
from ..packaging.target_size import with_larger_pages, with_smaller_pages
from ..packaging.verify import verify_file
from ..packaging.zip import write_zip
from .attempt_progress import AttemptProgress
from .book_of_manifest import book_of
from .context import Context
from .convert_pages import Converted, convert_pages
from .converted_pages import ConvertedPages
from .freeze_request import rendition_key
from .lease_watch import LeaseWatch
from .open_comics import OpenComics, changed
from .work_folders import WorkFolders

MAX_ENLARGED = 2  # of these for pages that left too much of the target; one is what it takes
MAX_BUILDS = 10  # each with smaller pages than the one before; two or three are what it takes


def _write_pdf(book: Book, target: Path, progress: Progress) -> Built:
    from ..packaging.pdf import write_pdf  # fpdf2 and its font tools take 22 MB, which archives do without

    return write_pdf(book, target, progress)


WRITERS: dict[Format, Writer] = {
    Format.CBZ: write_cbz,
    Format.ZIP: write_zip,
    Format.PDF: _write_pdf,
    Format.EPUB: write_epub,
}


def build_file(
    context: Context, job: Job, manifest: Manifest, file: Path, folders: WorkFolders, watch: LeaseWatch
) -> tuple[Built, AttemptProgress]:
    """Writes ``file`` and checks it by opening it again.

    Colour profiles and transparency can make a PDF larger than its target; it is then made again with smaller pages. Where
    some pages need less than their share of the target, it is made again with more for the others. Raises JobError kinds:
    PageUnreadable and ComicChanged name the page; LeaseLost, TimedOut and WorkerStopping come from the lease.
    """
    target_bytes, fitting, enlarged = manifest.options.target_size_bytes, manifest, 0
    for _ in range(MAX_BUILDS):
        packed = _pack(context, job, fitting, file, folders, watch)
        if target_bytes is not None and packed.built.size_bytes > target_bytes:
            fitting, enlarged = _with_smaller_pages(manifest, target_bytes, packed), MAX_ENLARGED
            continue
        larger = _with_larger_pages(fitting, target_bytes, packed) if enlarged < MAX_ENLARGED else None
        if larger is None:
            packed.progress.start(Phase.VERIFYING)
            verify_file(file, manifest.options.format, packed.built.page_count)
            return packed.built, packed.progress
        fitting, enlarged = larger, enlarged + 1
    raise TargetSizeImpossible("These pages stay larger than that. Allow a larger file, pick fewer pages, or choose CBZ.")


def _with_smaller_pages(manifest: Manifest, target_bytes: int, packed: _Packed) -> Manifest:
    try:
        return with_smaller_pages(manifest, target_bytes, packed.built.size_bytes, packed.pages_bytes)
    except InvalidRequest as error:
        raise TargetSizeImpossible(error.detail) from error


def _with_larger_pages(fitting: Manifest, target_bytes: int | None, packed: _Packed) -> Manifest | None:
    if target_bytes is None:
        return None
    return with_larger_pages(fitting, target_bytes, packed.built.size_bytes, packed.converted)


@dataclass(frozen=True)
class _Packed:
    """A file that was written, the bytes of the pages in it, those that were converted, and where the attempt is."""

    built: Built
    pages_bytes: int
    converted: dict[str, Converted]
    progress: AttemptProgress


def _pack(context: Context, job: Job, manifest: Manifest, file: Path, folders: WorkFolders, watch: LeaseWatch) -> _Packed:
    settings, rendition = context.settings, rendition_key(manifest.options.preset)
    pages = ConvertedPages(folders.rendition(rendition), manifest.options.preset, settings.max_page_pixels)
    tasks = [(comic, page) for comic, page in manifest.pages() if pages.needs(page)]
    progress = AttemptProgress(
        watch, converting=bool(tasks), pages_total=manifest.output_page_count, total_bytes=manifest.size_bytes
    )
    with OpenComics(settings.library) as comics:
        converted: dict[str, Converted] = {}
        if tasks:
            folders.note_pages(job.id, rendition, manifest)
            converted = convert_pages(tasks, pages, comics, settings.worker_threads, progress)
        book = book_of(manifest, comics, partial(_parts, pages, converted))
        progress.start(Phase.PACKAGING)
        return _Packed(_write(manifest, book, pages, file, progress), book.size_bytes, converted, progress)


def _parts(pages: ConvertedPages, converted: dict[str, Converted], page: ManifestPage) -> list[OutputPage]:
    """What the page has become; nothing where it is used as it is."""
    parts = converted.get(page.facts.sha256, ())
    return [
        OutputPage(part_name(page.name, part, len(parts)), facts, partial(pages.open, page, part))
        for part, facts in enumerate(parts)
    ]


def _write(manifest: Manifest, book: Book, pages: ConvertedPages, file: Path, progress: AttemptProgress) -> Built:
    pages_written = 0

    def note(pages_done: int, bytes_done: int) -> None:
        nonlocal pages_written
        pages_written = pages_done
        progress.packaged(pages_done, bytes_done)

    try:
        return WRITERS[manifest.options.format](book, file, note)
    except PageUnreadable as error:
        comic, page, _ = list(manifest.output_pages())[pages_written]
        if pages.needs(page):
            raise StorageUnavailable("A converted page was damaged on this server's disk; it is converted again.") from error
        raise changed(comic, page) from error
