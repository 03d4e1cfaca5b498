"""Archives of pages as they are in the comics, packed while they are sent, without a copy here."""

from __future__ import annotations

from collections.abc import Iterator

from ...domain.errors import PageUnreadable, StorageUnavailable
from ...domain.job import Phase
from ...domain.manifest import Manifest
from ...packaging.archive import archive_blocks
from ...packaging.archive_check import check_directory
from ...packaging.formats import SPECS, STREAMABLE_FORMATS
from ...packaging.pages import BuiltFile
from ..context import Context
from .attempt import Attempt
from .blob_key import blob_key_for_attempt
from .document import document_of
from .progress import AttemptProgress
from .sources import OpenComics, comic_changed_error
from .store import StoredFile

_REPORT_EVERY_BYTES = 4 * 1024 * 1024


def needs_no_copy(context: Context, manifest: Manifest) -> bool:
    """Return True if the file can be sent while it is packed.

    That is an archive of unchanged pages, or a file that stays untouched, for a storage that is not
    this machine's disk.
    """
    if context.blobs.is_local or manifest.converts:
        return False
    return manifest.options.untouched or manifest.options.format in STREAMABLE_FORMATS


class OriginalsPacking:
    """The entries and bytes of an archive, and how many of its pages are packed by now."""

    def __init__(self, manifest: Manifest, comics: OpenComics) -> None:
        entries = SPECS[manifest.options.format].entries
        if entries is None:
            raise ValueError(f"{manifest.options.format} files are not packed while they are sent")
        self.entries = entries(document_of(manifest, comics))
        self.pages_done = 0
        self._manifest = manifest

    def blocks(self) -> Iterator[bytes]:
        """Yield the bytes of the archive; works once.

        Raises:
            ComicChanged: A page is not what it was when the library was scanned; names the page.
        """
        try:
            yield from archive_blocks(self.entries, self._page_written)
        except PageUnreadable as error:
            comic, page, _ = list(self._manifest.output_pages())[self.pages_done]
            raise comic_changed_error(comic, page) from error

    def _page_written(self) -> None:
        self.pages_done += 1


def stream(attempt: Attempt, manifest: Manifest) -> StoredFile:
    """Pack the pages straight into the storage and check what it holds.

    The length and CRC-32 of every page are compared on the way, the SHA-256 is taken of what is
    sent, and the storage checks each part it receives. Then the stored file's size and its list of
    pages are read back.

    Raises:
        ComicChanged: A page is not what it was when the library was scanned.
        StorageUnavailable: The storage failed, or does not hold what was sent.
        LeaseLost: Another attempt has the job, or it was paused or cancelled.
    """
    context, progress = attempt.context, attempt.progress
    progress.begin(
        converting=False, pages_total=manifest.output_page_count, total_bytes=manifest.size_bytes
    )
    progress.start(Phase.PACKAGING)
    with (
        blob_key_for_attempt(attempt, manifest) as blob_key,
        OpenComics(context.settings) as comics,
    ):
        packing = OriginalsPacking(manifest, comics)
        sent = context.blobs.put_stream(
            blob_key, _reported_blocks(packing, progress), media_type=attempt.job.media_type
        )
    progress.start(Phase.VERIFYING)
    _verify_stored(context, blob_key, sent.size_bytes, len(packing.entries))
    return StoredFile(blob_key, BuiltFile(sent.size_bytes, sent.sha256, packing.pages_done))


def _reported_blocks(packing: OriginalsPacking, progress: AttemptProgress) -> Iterator[bytes]:
    """Yield the archive's bytes and report the progress every few MiB."""
    size_bytes = reported_bytes = 0
    for block in packing.blocks():
        size_bytes += len(block)
        if size_bytes - reported_bytes >= _REPORT_EVERY_BYTES:
            reported_bytes = size_bytes
            progress.packaged(packing.pages_done, size_bytes)
        yield block


def _verify_stored(context: Context, blob_key: str, size_bytes: int, entry_count: int) -> None:
    try:
        found_bytes = context.blobs.stat(blob_key).size_bytes
        with context.blobs.open(blob_key) as file:
            check_directory(file, entry_count)
    except FileNotFoundError as error:
        raise StorageUnavailable("The storage lost the file that was just sent.") from error
    if found_bytes != size_bytes:
        context.blobs.delete(blob_key)
        raise StorageUnavailable(
            f"The storage has {found_bytes} bytes of the {size_bytes} that were sent."
        )
