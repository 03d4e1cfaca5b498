"""The library's own file of a comic, which is sent byte for byte if the quality is “untouched”."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from .comic_names import cut_text

# The name of the quality.
UNTOUCHED = "untouched"
# What the file of a comic of each kind is by the end of its name: the format's name, and the media
# type. The first is taken for other ends. Names lie: a RAR archive is often called ``.cbz``.
_FORMATS: dict[str, dict[str, str]] = {
    "zip": {"cbz": "application/vnd.comicbook+zip", "zip": "application/zip"},
    "rar": {"cbr": "application/vnd.comicbook-rar", "rar": "application/vnd.rar"},
    "7z": {"cb7": "application/x-cb7", "7z": "application/x-7z-compressed"},
    "tar": {"cbt": "application/x-cbt", "tar": "application/x-tar"},
    "pdf": {"pdf": "application/pdf"},
    "epub": {"epub": "application/epub+zip"},
}
OWN_FORMATS = tuple(name for formats in _FORMATS.values() for name in formats)
# The format of a group whose files have several.
MIXED = "mixed"
# What Linux takes; a browser shortens the name where it is too long for the reader's disk.
_MAX_NAME_BYTES = 255


@dataclass(frozen=True, slots=True)
class FileIdentity:
    """What changes when a file is written to or replaced; times are in nanoseconds."""

    inode: int
    size_bytes: int
    modified_ns: int
    changed_ns: int


@dataclass(frozen=True, slots=True)
class OwnFile:
    """The file of a comic, as it was when somebody asked for it.

    Attributes:
        kind: The kind of the comic, such as ``rar``.
        name: The name of the file, without folders.
        identity: How to recognize that the file is still the same.
    """

    kind: str
    name: str
    identity: FileIdentity

    @property
    def format(self) -> str:
        """Return the name of its format, such as ``cbr``."""
        return own_format(self.kind, self.name)

    @property
    def media_type(self) -> str:
        """Return the media type of what is in the file."""
        return own_media_type(self.kind, self.format)

    @property
    def filename(self) -> str:
        """Return the name to save it under: its own, without characters that nobody sees."""
        hidden = {"Cc", "Cf", "Cs", "Zl", "Zp"}
        shown = "".join(
            " " if unicodedata.category(one) in hidden else one for one in self.name
        ).strip()
        stem, _, extension = shown.rpartition(".")
        return f"{cut_text(stem, _MAX_NAME_BYTES - len(extension.encode()) - 1)}.{extension}"

    def as_dict(self) -> dict[str, Any]:
        """Return the file as plain values."""
        return asdict(self)

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> OwnFile:
        """Return the file from the values that ``as_dict`` returned."""
        return cls(**{**values, "identity": FileIdentity(**values["identity"])})


def has_own_file(kind: str) -> bool:
    """Return True if a comic of this kind is one file; a folder of images is none."""
    return kind in _FORMATS


def own_format(kind: str, name: str) -> str:
    """Return the name of the format that a file of this kind and name has."""
    formats = _FORMATS[kind]
    end = name.rpartition(".")[2].lower()
    return end if end in formats else next(iter(formats))


def own_media_type(kind: str, format: str) -> str:
    """Return the media type of a file of this kind and format."""
    return _FORMATS[kind][format]


def common_format(formats: Sequence[str]) -> str:
    """Return the format of all files, or MIXED."""
    return formats[0] if len(set(formats)) == 1 else MIXED
