"""The comics a job reads from, a few of them open at a time."""

from __future__ import annotations

import io
import threading
import zlib
from collections import OrderedDict
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Self

from ..domain.errors import ComicChanged, ComicUnreadable, PageUnreadable, Place, StorageUnavailable
from ..domain.manifest import ManifestComic, ManifestPage
from ..library.sources import ComicSource, open_comic
from ..library.sources.source import ComicOutOfReach, PageOutOfReach

MOST_OPEN = 8  # a series of 1,000 comics must not need 1,000 file descriptors


class OpenComics:
    """Opens comics as their pages are asked for and closes the one not used for longest. Any thread may ask."""

    def __init__(self, library: Path) -> None:
        self._library = library
        self._open: OrderedDict[str, tuple[ComicSource, ExitStack]] = OrderedDict()
        self._lock = threading.Lock()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        with self._lock:
            for _, closing in self._open.values():
                closing.close()
            self._open.clear()

    def open_page(self, comic: ManifestComic, page: ManifestPage) -> BinaryIO:
        """The page's bytes as they are now.

        Raises ComicChanged naming the page when they are not there any more, StorageUnavailable when they cannot be read now.
        """
        place = Place(comic.comic_id, page.index)
        with self._lock:
            try:
                return self._source(comic).open_page(page.name)
            except (ComicOutOfReach, PageOutOfReach) as error:
                raise StorageUnavailable(
                    f"Page {page.index + 1} of “{comic.metadata.title}” cannot be read now: {error.detail}", place=place
                ) from error
            except (KeyError, FileNotFoundError, ComicUnreadable, PageUnreadable) as error:
                raise ComicChanged(
                    f"Page {page.index + 1} ({page.name}) of “{comic.metadata.title}” is not there any more. "
                    "Scan the library again and ask for the download anew.",
                    place=place,
                ) from error

    def read_page(self, comic: ManifestComic, page: ManifestPage) -> BinaryIO:
        """The page in memory, checked against what was seen when it came into the library. Raises ComicChanged."""
        with self.open_page(comic, page) as stream:
            data = stream.read(page.facts.size_bytes + 1)
        if len(data) != page.facts.size_bytes or zlib.crc32(data) != page.facts.crc32:
            raise changed(comic, page)
        return io.BytesIO(data)

    def _source(self, comic: ManifestComic) -> ComicSource:
        if comic.path in self._open:
            self._open.move_to_end(comic.path)
            return self._open[comic.path][0]
        if len(self._open) >= MOST_OPEN:
            _, (_, closing) = self._open.popitem(last=False)
            closing.close()
        path = self._library / comic.path
        if self._library.is_dir() and not path.exists():
            raise FileNotFoundError(path)  # one comic was removed; a library that is not mounted may come back
        closing = ExitStack()
        source = closing.enter_context(open_comic(path))
        self._open[comic.path] = (source, closing)
        return source


def changed(comic: ManifestComic, page: ManifestPage) -> ComicChanged:
    """The error for a page whose bytes are not those the library knows."""
    return ComicChanged(
        f"Page {page.index + 1} ({page.name}) of “{comic.metadata.title}” was changed or damaged after the library was "
        "scanned. Scan the library again and ask for the download anew.",
        place=Place(comic.comic_id, page.index),
    )
