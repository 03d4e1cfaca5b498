"""Find the file of an EPUB that a link means, though its name may be written in another way."""

from __future__ import annotations

import posixpath
import re
import unicodedata
from collections.abc import Iterable, Iterator
from urllib.parse import unquote

from ..names import entry_name

_OUTSIDE = re.compile("[a-z][a-z0-9+.-]*:|//", re.IGNORECASE)
# What browsers remove from a link before they read it (WHATWG URL, section 4.4).
_REMOVED = re.compile("[\t\r\n]")
_AROUND = "".join(map(chr, range(0x21)))


def is_outside(link: str) -> bool:
    """Return whether the link is an absolute URL, which names no file of the EPUB."""
    return _OUTSIDE.match(link.lstrip(_AROUND)) is not None


def path_of(folder: str, link: str) -> str:
    """Return the path in the archive that the link names if it is written as it should be."""
    return _joined(folder, unquote(re.split("[?#]", _cleaned(link))[0]))


class EntryNames:
    """The names of an archive, found by links that differ in spelling.

    A link may be percent-encoded in UTF-8 or Latin-1, or not at all; it may have backslashes,
    other case, decomposed letters, or ``#`` and ``?`` as parts of the name; and the name in the
    archive may be percent-encoded. An exact match wins.
    """

    def __init__(self, names: Iterable[str]) -> None:
        self._exact: dict[str, str] = {}
        self._alike: dict[str, str] = {}
        for name in names:
            self._exact.setdefault(posixpath.normpath(name), name)
            for spelling in (name, unquote(name)):
                self._alike.setdefault(_alike(posixpath.normpath(spelling)), name)

    def find(self, folder: str, link: str) -> str | None:
        """Return the name in the archive, or None.

        A link that leads nowhere from its folder is also tried from the top of the archive.
        """
        if is_outside(link):
            return None
        paths = [_joined(place, path) for place in (folder, "") for path in _spellings(link)]
        exact = (self._exact.get(path) for path in paths)
        alike = (self._alike.get(_alike(path)) for path in paths)
        return next((name for name in (*exact, *alike) if name is not None), None)


def _spellings(link: str) -> Iterator[str]:
    cleaned = _cleaned(link)
    path = re.split("[?#]", cleaned)[0]
    if path:
        yield unquote(path)
        yield unquote(path, "latin-1")
        yield path
    if cleaned and path != cleaned:
        yield unquote(cleaned)
        yield cleaned


def _cleaned(link: str) -> str:
    return _REMOVED.sub("", link.strip(_AROUND))


def _joined(folder: str, path: str) -> str:
    path = path.replace("\\", "/")
    return entry_name(posixpath.normpath(posixpath.join(folder, path)).lstrip("/"))


def _alike(path: str) -> str:
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", path).casefold())
