"""Store a finished file under the attempt's own key."""

from __future__ import annotations

from dataclasses import dataclass

from ...domain.job import Phase
from ...domain.manifest import Manifest
from ...packaging.pages import BuiltFile
from .attempt import Attempt
from .blob_key import blob_key_for_attempt


@dataclass(frozen=True)
class StoredFile:
    """A complete file in the storage that is not visible to anybody yet."""

    blob_key: str
    file: BuiltFile


def store(attempt: Attempt, manifest: Manifest, built: BuiltFile) -> StoredFile:
    """Copy the attempt's file into the storage. Raises StorageUnavailable or LeaseLost."""
    attempt.progress.start(Phase.STORING)
    with blob_key_for_attempt(attempt, manifest) as blob_key:
        attempt.context.blobs.put_file(
            blob_key,
            attempt.file,
            sha256=built.sha256,
            media_type=attempt.job.media_type,
            on_sent=attempt.progress.stored,
        )
    return StoredFile(blob_key, built)
