"""Whether an archive that lies elsewhere is complete, told from its end: its central directory lists every entry."""

from __future__ import annotations

import zipfile
from typing import BinaryIO

from ..domain.errors import StorageUnavailable


def check_directory(stream: BinaryIO, entry_count: int) -> None:
    """Reads the directory of the archive alone. Raises StorageUnavailable if it is damaged or lists another number."""
    try:
        with zipfile.ZipFile(stream) as archive:
            found = len(archive.infolist())
    except zipfile.BadZipFile as error:
        raise StorageUnavailable(f"The stored file is damaged: {error}.") from error
    if found != entry_count:
        raise StorageUnavailable(f"The stored file has {found} entries instead of {entry_count}.")
