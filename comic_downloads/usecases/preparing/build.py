"""Convert and package the pages of a manifest into one file, and verify it.

Colour profiles and transparency can make a PDF larger than its target: then it is packaged again
with smaller pages. If some pages need less than their share of the target, the file is made again
with larger pages for the rest, and the better file is kept.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from ...domain.errors import (
    DiskFull,
    InputError,
    InvalidRequest,
    PageUnreadable,
    StorageUnavailable,
    TargetSizeImpossible,
)
from ...domain.job import Phase
from ...domain.manifest import Manifest
from ...domain.quality import preset_key
from ...files.output import disk_errors
from ...packaging.formats import SPECS
from ...packaging.pages import BuiltFile, Document
from ...packaging.sizing.target_size import with_larger_pages, with_smaller_pages
from ...packaging.verify import verify_file
from .attempt import Attempt
from .convert import Converted, ConvertedPages, convert
from .document import document_of
from .margins import with_margins
from .page_cache import PageCache
from .sources import OpenComics, comic_changed_error

# Each build has smaller pages than the one before; two or three are usually enough.
MAX_BUILDS = 10
# Rebuilds with larger pages when the file is under its target; one is usually enough.
MAX_LARGER_BUILDS = 2
# Attempts to shrink a larger rebuild before the file that exists is kept.
MAX_SHRUNK_REBUILDS = 3
log = logging.getLogger(__name__)


def build(attempt: Attempt, manifest: Manifest) -> BuiltFile:
    """Write the attempt's file.

    Raises:
        PageUnreadable: A page cannot be decoded; names the page, as ComicChanged does.
        TargetSizeImpossible: The file stays larger than its target size.
        DiskFull: The disk has no room; StorageUnavailable for other errors of the disk.
        LeaseLost: The work has to stop, as with TimedOut and WorkerStopping.
    """
    with OpenComics(attempt.context.settings) as comics:
        max_pixels = attempt.context.settings.max_page_pixels
        manifest = with_margins(manifest, comics, max_pixels, attempt.heartbeat.check)
        builder = _Builder(attempt, manifest, comics)
        best = builder.build_within_target(manifest, attempt.file, MAX_BUILDS)
        if best.manifest is manifest:
            best = builder.fill_target(best)
        return best.file


def verify(attempt: Attempt, manifest: Manifest, built: BuiltFile) -> None:
    """Open the attempt's file again and compare its pages. Raises StorageUnavailable."""
    attempt.progress.start(Phase.VERIFYING)
    verify_file(attempt.file, manifest.options.format, built.page_count)


@dataclass(frozen=True)
class _Build:
    """A file that was written.

    Attributes:
        manifest: The manifest with the preset that was used.
        file: The finished file.
        pages_bytes: The size of all pages in it together.
        converted: The facts of the pages that were converted, by the key of the original.
    """

    manifest: Manifest
    file: BuiltFile
    pages_bytes: int
    converted: Mapping[str, Converted]


@dataclass(frozen=True)
class _Builder:
    """Makes the file of one manifest as often as its target size requires."""

    attempt: Attempt
    manifest: Manifest
    comics: OpenComics

    def build_within_target(self, fitting: Manifest, target: Path, max_builds: int) -> _Build:
        """Write the file, again with smaller pages while it is too large.

        Raises:
            TargetSizeImpossible: It is still too large after ``max_builds``.
        """
        target_bytes = self.manifest.options.target_size_bytes
        for _ in range(max_builds):
            build = self._build(fitting, target)
            if target_bytes is None or build.file.size_bytes <= target_bytes:
                return build
            target.unlink()  # The pages of the next build need the room.
            fitting = _with_smaller_pages(self.manifest, target_bytes, build)
        raise TargetSizeImpossible(
            "These pages stay larger than that. Allow a larger file, pick fewer pages, or choose "
            "CBZ."
        )

    def fill_target(self, first: _Build) -> _Build:
        """Rebuild beside the first file while pages can be larger, and keep the better file."""
        file = self.attempt.file
        best, beside = first, file.with_suffix(f".larger{file.suffix}")
        try:
            for _ in range(MAX_LARGER_BUILDS):
                larger = _with_larger_pages(best)
                rebuilt = self._rebuild(larger, beside, best) if larger is not None else None
                if rebuilt is None:
                    break
                beside.replace(file)
                best = rebuilt
                if best.manifest is not larger:
                    break
        finally:
            beside.unlink(missing_ok=True)
        return best

    def _rebuild(self, larger: Manifest, beside: Path, best: _Build) -> _Build | None:
        """Return a better build; None if there is no room for it or one of its pages fails.

        The converted pages of a build that is not used are deleted.
        """
        try:
            with disk_errors():
                rebuilt = self.build_within_target(larger, beside, MAX_SHRUNK_REBUILDS)
            if rebuilt.file.size_bytes >= best.file.size_bytes:
                return rebuilt
        except (DiskFull, InputError) as error:
            log.info(
                "File kept with smaller pages: %s",
                error.detail,
                extra=self.attempt.lease.logged("kept_smaller"),
            )
        self.attempt.folders.drop_other_presets(
            self.attempt.job.id, preset_key(best.manifest.options.preset)
        )
        return None

    def _build(self, manifest: Manifest, target: Path) -> _Build:
        """Convert the pages and package them."""
        attempt, settings = self.attempt, self.attempt.context.settings
        preset = manifest.options.preset
        key = preset_key(preset)
        cache = PageCache(attempt.folders.pages_of(key), preset, settings.max_page_pixels)
        tasks = [(comic, page) for comic, page in manifest.pages() if cache.needs(page)]
        attempt.progress.begin(
            converting=bool(tasks),
            pages_total=manifest.output_page_count,
            total_bytes=manifest.size_bytes,
            is_last=not tasks or manifest.options.target_size_bytes is None,
        )
        converted = ConvertedPages(cache, {})
        if tasks:
            attempt.folders.note_pages(attempt.job.id, key, manifest)
            converted = convert(attempt, tasks, cache, self.comics)
        document = document_of(manifest, self.comics, converted)
        file = self._package(manifest, document, cache, target)
        return _Build(manifest, file, document.size_bytes, converted.facts)

    def _package(
        self, manifest: Manifest, document: Document, cache: PageCache, target: Path
    ) -> BuiltFile:
        progress = self.attempt.progress
        progress.start(Phase.PACKAGING)
        try:
            return SPECS[manifest.options.format].write(document, target, progress.packaged)
        except PageUnreadable as error:
            comic, page, _ = list(manifest.output_pages())[progress.pages_packaged]
            if cache.needs(page):
                raise StorageUnavailable(
                    "A converted page was damaged on this server's disk; it is converted again."
                ) from error
            raise comic_changed_error(comic, page) from error


def _with_smaller_pages(manifest: Manifest, target_bytes: int, build: _Build) -> Manifest:
    try:
        return with_smaller_pages(manifest, target_bytes, build.file.size_bytes, build.pages_bytes)
    except InvalidRequest as error:
        raise TargetSizeImpossible(error.detail) from error


def _with_larger_pages(build: _Build) -> Manifest | None:
    target_bytes = build.manifest.options.target_size_bytes
    if target_bytes is None:
        return None
    return with_larger_pages(build.manifest, target_bytes, build.file.size_bytes, build.converted)
