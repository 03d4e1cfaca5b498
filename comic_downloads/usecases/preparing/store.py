"""Store a finished file under the attempt's own key."""

from __future__ import annotations

from dataclasses import dataclass

from ...domain.job import Phase
from ...domain.manifest import Manifest
from ...files.digest import crc32_of_rest
from ...packaging.pages import BuiltFile
from .attempt import Attempt
from .blob_key import blob_key_for_attempt


@dataclass(frozen=True)
class StoredFile:
    """A complete file in the storage that is not visible to anybody yet.

    ``crc32`` is that of the whole file, if it was taken.
    """

    blob_key: str
    file: BuiltFile
    crc32: int | None = None


def store(attempt: Attempt, manifest: Manifest, built: BuiltFile) -> StoredFile:
    """Copy the attempt's file into the storage. Raises StorageUnavailable or LeaseLost."""
    attempt.progress.start(Phase.STORING)
    crc32 = _crc32(attempt)
    with blob_key_for_attempt(attempt, manifest) as blob_key:
        attempt.context.blobs.put_file(
            blob_key,
            attempt.file,
            sha256=built.sha256,
            media_type=attempt.job.media_type,
            on_sent=attempt.progress.stored,
        )
    return StoredFile(blob_key, built, crc32)


def _crc32(attempt: Attempt) -> int | None:
    """Return the CRC-32 of the attempt's file if an archive of its group will need it."""
    if attempt.job.group_id is None:
        return None
    # The file was just verified, so that it is read from memory.
    with attempt.file.open("rb") as file:
        return crc32_of_rest(file)
