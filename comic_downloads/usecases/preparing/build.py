"""From a manifest to one finished, verified file in the work folder."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from ...db.tables import Job
from ...domain.artifact import Format
from ...domain.errors import (
    DiskFull,
    InputError,
    InvalidRequest,
    PageUnreadable,
    StorageUnavailable,
    TargetSizeImpossible,
)
from ...domain.job import Phase
from ...domain.manifest import Manifest, ManifestPage
from ...domain.quality import preset_key
from ...files.output import disk_errors
from ...packaging.cbz import write_cbz
from ...packaging.epub.writer import write_epub
from ...packaging.naming import part_name
from ...packaging.pages import BuiltFile, Document, OutputPage, Progress, Writer
from ...packaging.sizing.target_size import with_larger_pages, with_smaller_pages
from ...packaging.verify import verify_file
from ...packaging.zip import write_zip
from ..context import Context
from .convert import Converted, convert_pages
from .document import document_of
from .page_cache import PageCache
from .progress import AttemptProgress
from .sources import OpenComics, changed
from .work_dir import WorkFolders

MAX_ENLARGED = 2  # of these for pages that left too much of the target; one is what it takes
MAX_BUILDS = 10  # each with smaller pages than the one before; two or three are what it takes
MAX_SMALLER_AGAIN = (
    3  # of these where there is a file already, in place of which one of them may come
)
log = logging.getLogger(__name__)


def _write_pdf(book: Document, target: Path, progress: Progress) -> BuiltFile:
    from ...packaging.pdf.writer import (
        write_pdf,  # fpdf2 and its font tools take 22 MB, which archives do without
    )

    return write_pdf(book, target, progress)


WRITERS: dict[Format, Writer] = {
    Format.CBZ: write_cbz,
    Format.ZIP: write_zip,
    Format.PDF: _write_pdf,
    Format.EPUB: write_epub,
}


def build_file(
    context: Context,
    job: Job,
    manifest: Manifest,
    file: Path,
    folders: WorkFolders,
    progress: AttemptProgress,
) -> BuiltFile:
    """Writes ``file`` and checks it by opening it again.

    Colour profiles and transparency can make a PDF larger than its target; it is then made again with smaller pages. Where
    some pages need less than their share of the target, it is made again with more for the others, and where that fails for
    want of room or for a page, the file that was there is the result. Raises JobError kinds: PageUnreadable and ComicChanged
    name the page; LeaseLost, TimedOut and WorkerStopping come from the lease.
    """
    builder = _Builder(context, job, manifest, folders, progress)
    packed = builder.pack_within_target(manifest, file, MAX_BUILDS)
    if packed.manifest is manifest:
        packed = builder.fill_target(packed, file)
    progress.start(Phase.VERIFYING)
    verify_file(file, manifest.options.format, packed.built.page_count)
    return packed.built


@dataclass(frozen=True)
class _Packed:
    """A file that was written: with which preset, the bytes of the pages in it, and those that were converted."""

    manifest: Manifest
    built: BuiltFile
    pages_bytes: int
    converted: dict[str, Converted]


@dataclass(frozen=True)
class _Builder:
    """Makes the file of one job as often as its target asks for."""

    context: Context
    job: Job
    manifest: Manifest
    folders: WorkFolders
    progress: AttemptProgress

    def pack_within_target(self, fitting: Manifest, file: Path, tries: int) -> _Packed:
        """Writes the file, again with smaller pages where it came out too large. Raises TargetSizeImpossible."""
        target_bytes = self.manifest.options.target_size_bytes
        for _ in range(tries):
            packed = self._pack(fitting, file)
            if target_bytes is None or packed.built.size_bytes <= target_bytes:
                return packed
            file.unlink()  # the pages of the next try need the room
            fitting = _with_smaller_pages(self.manifest, target_bytes, packed)
        raise TargetSizeImpossible(
            "These pages stay larger than that. Allow a larger file, pick fewer pages, or choose CBZ."
        )

    def fill_target(self, first: _Packed, file: Path) -> _Packed:
        """Makes the file again beside the first while pages can be larger, and puts it in its place once it is better."""
        best, beside = first, file.with_suffix(f".larger{file.suffix}")
        try:
            for _ in range(MAX_ENLARGED):
                larger = _with_larger_pages(best)
                tried = self._try(larger, beside, best) if larger is not None else None
                if tried is None:
                    break
                beside.replace(file)
                best = tried
                if best.manifest is not larger:
                    break
        finally:
            beside.unlink(missing_ok=True)
        return best

    def _try(self, larger: Manifest, beside: Path, best: _Packed) -> _Packed | None:
        """A better file, which nobody has to have: None where there is no room for it, or a page cannot be had for it."""
        try:
            with disk_errors():
                tried = self.pack_within_target(larger, beside, MAX_SMALLER_AGAIN)
            if tried.built.size_bytes >= best.built.size_bytes:
                return tried
        except (DiskFull, InputError) as error:
            log.info(
                "kept with smaller pages: %s",
                error.detail,
                extra={"job": self.job.id, "action": "kept_smaller"},
            )
        self.folders.drop_other_presets(self.job.id, preset_key(best.manifest.options.preset))
        return None

    def _pack(self, manifest: Manifest, file: Path) -> _Packed:
        settings, preset = self.context.settings, manifest.options.preset
        rendition = preset_key(preset)
        pages = PageCache(self.folders.pages_of(rendition), preset, settings.max_page_pixels)
        tasks = [(comic, page) for comic, page in manifest.pages() if pages.needs(page)]
        self.progress.begin(
            converting=bool(tasks),
            pages_total=manifest.output_page_count,
            total_bytes=manifest.size_bytes,
            is_last=not tasks or manifest.options.target_size_bytes is None,
        )
        with OpenComics(settings.library) as comics:
            converted: dict[str, Converted] = {}
            if tasks:
                self.folders.note_pages(self.job.id, rendition, manifest)
                converted = convert_pages(
                    tasks, pages, comics, settings.worker_threads, self.progress
                )
            book = document_of(manifest, comics, partial(_parts, pages, converted))
            self.progress.start(Phase.PACKAGING)
            return _Packed(
                manifest,
                _write(manifest, book, pages, file, self.progress),
                book.size_bytes,
                converted,
            )


def _with_smaller_pages(manifest: Manifest, target_bytes: int, packed: _Packed) -> Manifest:
    try:
        return with_smaller_pages(
            manifest, target_bytes, packed.built.size_bytes, packed.pages_bytes
        )
    except InvalidRequest as error:
        raise TargetSizeImpossible(error.detail) from error


def _with_larger_pages(packed: _Packed) -> Manifest | None:
    target_bytes = packed.manifest.options.target_size_bytes
    if target_bytes is None:
        return None
    return with_larger_pages(
        packed.manifest, target_bytes, packed.built.size_bytes, packed.converted
    )


def _parts(
    pages: PageCache, converted: dict[str, Converted], page: ManifestPage
) -> list[OutputPage]:
    """What the page has become; nothing where it is used as it is."""
    parts = converted.get(page.facts.sha256, ())
    return [
        OutputPage(part_name(page.name, part, len(parts)), facts, partial(pages.open, page, part))
        for part, facts in enumerate(parts)
    ]


def _write(
    manifest: Manifest, book: Document, pages: PageCache, file: Path, progress: AttemptProgress
) -> BuiltFile:
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
            raise StorageUnavailable(
                "A converted page was damaged on this server's disk; it is converted again."
            ) from error
        raise changed(comic, page) from error
