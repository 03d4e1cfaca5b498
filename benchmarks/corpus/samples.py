"""Find the files of a folder that a person could take for comics or pages."""

from __future__ import annotations

import os
import time
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path, PurePosixPath

# What people have as pages and comics, whether or not the product reads it.
_IMAGE_EXTENSIONS = frozenset(
    [
        "apng",
        "avif",
        "bmp",
        "dib",
        "gif",
        "heic",
        "heif",
        "hif",
        "j2c",
        "j2k",
        "jfif",
        "jp2",
        "jpc",
        "jpe",
        "jpeg",
        "jpf",
        "jpg",
        "jpx",
        "jxl",
        "mpo",
        "png",
        "tif",
        "tiff",
        "webp",
    ]
)
_ARCHIVE_EXTENSIONS = frozenset(["7z", "cb7", "cbr", "cbt", "cbz", "rar", "tar", "zip"])
_BOOK_EXTENSIONS = frozenset({"pdf", "epub"})
# Larger files are test data for other things than pages.
MAX_BYTES = 300_000_000
_SETTLED_NS = 3600 * 10**9


class Kind(StrEnum):
    """How a file is held against other programs."""

    IMAGE = "image"
    ARCHIVE = "archive"
    BOOK = "book"


@dataclass(frozen=True)
class Sample:
    """One file of the folder; ``name`` is its path below the folder."""

    path: Path
    name: str
    kind: Kind


def is_image_name(name: str) -> bool:
    """Return whether the extension is one that images have."""
    return _kind(name) is Kind.IMAGE


def find_samples(folder: Path) -> Iterator[Sample]:
    """Yield the samples below the folder in order of their names; links are not followed."""
    for root, folders, names in os.walk(folder):
        folders.sort()
        for name in sorted(names):
            path = Path(root, name)
            kind = _kind(name)
            if kind is None or path.is_symlink() or not path.is_file():
                continue
            if path.stat().st_size <= MAX_BYTES:
                yield Sample(path, path.relative_to(folder).as_posix(), kind)


def _kind(name: str) -> Kind | None:
    extension = PurePosixPath(name).suffix.lower().removeprefix(".")
    if extension in _IMAGE_EXTENSIONS:
        return Kind.IMAGE
    if extension in _ARCHIVE_EXTENSIONS:
        return Kind.ARCHIVE
    return Kind.BOOK if extension in _BOOK_EXTENSIONS else None


def put_as_comic(sample: Sample, library: Path) -> Path:
    """Copy the sample into the empty library, an image as the only page of a CBZ."""
    name = PurePosixPath(sample.name).name
    if sample.kind is Kind.IMAGE:
        target = library / f"{name}.cbz"
        with zipfile.ZipFile(target, "w", strict_timestamps=False) as archive:
            archive.write(sample.path, name)
    else:
        target = library / name
        target.write_bytes(sample.path.read_bytes())
    # A scan waits for files that have just been written, because they may still grow.
    changed = time.time_ns() - _SETTLED_NS
    os.utime(target, ns=(changed, changed))
    return target
