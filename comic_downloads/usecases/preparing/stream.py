"""From a manifest straight into the storage: where files lie elsewhere, an archive of original pages needs no copy here."""

from __future__ import annotations

from collections.abc import Iterator

from ...db.leases import Lease
from ...db.tables import Job
from ...domain.errors import StorageUnavailable
from ...domain.job import Phase
from ...domain.manifest import Manifest
from ...packaging.directory_check import check_directory
from ...packaging.pages import BuiltFile
from ..context import Context
from .blob_key import blob_key_for_attempt
from .originals import OriginalsPacking
from .progress import AttemptProgress
from .publish import publish
from .sources import OpenComics

_REPORT_EVERY_BYTES = 4 * 1024 * 1024


def stream_and_finish(
    context: Context, lease: Lease, job: Job, manifest: Manifest, progress: AttemptProgress
) -> None:
    """Packs the pages into the storage and makes the job ready.

    Length and CRC-32 of every page are compared on the way, the SHA-256 is taken of what is sent, and the storage compares
    what it gets part by part. Afterwards its size and its list of pages are read back. Raises what build_file does, LeaseLost,
    and StorageUnavailable when the storage does not hold what was sent.
    """
    progress.begin(
        converting=False, pages_total=manifest.output_page_count, total_bytes=manifest.size_bytes
    )
    progress.start(Phase.PACKAGING)
    with (
        blob_key_for_attempt(context, lease, job, manifest) as blob_key,
        OpenComics(context.settings.library) as comics,
    ):
        packing = OriginalsPacking(manifest, comics)
        stored = context.blobs.put_stream(
            blob_key, _reported(packing, progress), media_type=job.media_type
        )
    progress.start(Phase.VERIFYING)
    _verify(context, blob_key, stored.size_bytes, len(packing.entries))
    publish(
        context,
        lease,
        job,
        manifest,
        BuiltFile(stored.size_bytes, stored.sha256, packing.pages_done),
        blob_key,
    )


def _reported(packing: OriginalsPacking, progress: AttemptProgress) -> Iterator[bytes]:
    """The archive's bytes, with their progress told."""
    size_bytes = reported_bytes = 0
    for block in packing.blocks():
        size_bytes += len(block)
        if size_bytes - reported_bytes >= _REPORT_EVERY_BYTES:
            reported_bytes = size_bytes
            progress.packaged(packing.pages_done, size_bytes)
        yield block


def _verify(context: Context, blob_key: str, size_bytes: int, entry_count: int) -> None:
    try:
        found_bytes = context.blobs.stat(blob_key).size_bytes
        with context.blobs.open(blob_key) as stream:
            check_directory(stream, entry_count)
    except FileNotFoundError as error:
        raise StorageUnavailable("The storage lost the file that was just sent.") from error
    if found_bytes != size_bytes:
        context.blobs.delete(blob_key)
        raise StorageUnavailable(
            f"The storage has {found_bytes} bytes of the {size_bytes} that were sent."
        )
