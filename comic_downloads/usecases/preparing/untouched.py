"""Copy the library's own file into the storage, where it is not sent from the library itself."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass

from ...domain.errors import StorageUnavailable
from ...domain.job import Phase
from ...domain.layout import FilePiece, LayoutComic
from ...domain.manifest import Manifest
from ...domain.own_file import OwnFile
from ...library.extents import ExtentPage, PageMoved
from ...library.own_files import OwnFiles, changed_error
from ...library.presence import KnownMounts
from ...packaging.pages import BuiltFile
from ..context import Context
from .attempt import Attempt
from .blob_key import blob_key_for_attempt
from .store import StoredFile

_CHUNK_BYTES = 1024 * 1024


def copy_untouched(attempt: Attempt, manifest: Manifest, own: OwnFile) -> StoredFile:
    """Copy the file once, and check the length of what the storage holds.

    Raises:
        ComicChanged: The file is not the one that was asked for.
        StorageUnavailable: The library or the storage failed; LibraryAway if it is not mounted.
        LeaseLost: Another attempt has the job, or it was paused or cancelled.
    """
    context, size_bytes = attempt.context, own.identity.size_bytes
    comic = manifest.comics[0]
    source = LayoutComic(comic.comic_id, comic.path, own.kind, comic.metadata.title)
    page_count = manifest.output_page_count
    attempt.progress.begin(converting=False, pages_total=page_count, total_bytes=size_bytes)
    attempt.progress.start(Phase.PACKAGING)
    files = OwnFiles(
        context.settings.library,
        KnownMounts(context.settings.library, context.settings.library_mounts),
    )
    piece = FilePiece(0, own.identity)
    with (
        blob_key_for_attempt(attempt, manifest) as blob_key,
        closing(files.open(source, piece, lambda: "")) as file,
    ):
        reading = _Reading(attempt, files, source, file)
        sent = context.blobs.put_stream(
            blob_key, reading.chunks(size_bytes), media_type=attempt.job.media_type
        )
    attempt.progress.start(Phase.VERIFYING)
    _verify_stored(context, blob_key, size_bytes)
    return StoredFile(blob_key, BuiltFile(sent.size_bytes, sent.sha256, page_count))


@dataclass(frozen=True)
class _Reading:
    attempt: Attempt
    files: OwnFiles
    comic: LayoutComic
    file: ExtentPage

    def chunks(self, size_bytes: int) -> Iterator[bytes]:
        """Yield the bytes of the file, and report them. Raises ComicChanged if it changes."""
        position, buffer = 0, memoryview(bytearray(_CHUNK_BYTES))
        while position < size_bytes:
            count = self._read(position, buffer)
            position += count
            self.attempt.progress.packaged(0, position)
            # The storage may keep a chunk while it asks for the next one.
            yield bytes(buffer[:count])

    def _read(self, position: int, buffer: memoryview) -> int:
        with self.files.naming_faults(self.comic):
            try:
                return self.file.read(position, buffer)
            except PageMoved as error:
                raise changed_error(self.comic) from error


def _verify_stored(context: Context, blob_key: str, size_bytes: int) -> None:
    try:
        found_bytes = context.blobs.stat(blob_key).size_bytes
    except FileNotFoundError as error:
        raise StorageUnavailable("The storage lost the file that was just sent.") from error
    if found_bytes != size_bytes:
        context.blobs.delete(blob_key)
        raise StorageUnavailable(
            f"The storage has {found_bytes} bytes of the {size_bytes} that were sent."
        )
