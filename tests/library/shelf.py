"""A library folder on a real disk with a real database, and images to put into it."""

from __future__ import annotations

import io
import time
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from PIL import Image

from comic_downloads.db.session import Database
from comic_downloads.domain.library import ComicQuery
from comic_downloads.library.open_comic_cache import OpenComicCache
from comic_downloads.settings import Settings
from comic_downloads.storage.local import LocalBlobStore
from comic_downloads.usecases.context import Context
from comic_downloads.usecases.library.browse import get_comic, list_comics
from comic_downloads.usecases.library.scan import request_scan, run_requested_scans
from comic_downloads.usecases.library.summaries import ComicDetail, ComicSummary
from tests.empty_database import write_empty_database


def image(colour: str = "teal", size: tuple[int, int] = (60, 90), kind: str = "JPEG") -> bytes:
    output = io.BytesIO()
    Image.new("RGB", size, colour).save(output, kind)
    return output.getvalue()


def write_zip(path: Path, entries: Mapping[str, bytes], method: int = zipfile.ZIP_STORED) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(path, "w", method) as archive:
        for name, data in entries.items():
            archive.writestr(name, data)
    return path


def write_folder(path: Path, files: Mapping[str, bytes]) -> Path:
    path.mkdir(parents=True, exist_ok=True)
    for name, data in files.items():
        (path / name).write_bytes(data)
    return path


def comic_info(**fields: str) -> bytes:
    elements = "".join(f"<{tag}>{text}</{tag}>" for tag, text in fields.items())
    return f"<ComicInfo>{elements}</ComicInfo>".encode()


@dataclass
class Clock:
    """A clock that stands still until a test moves it."""

    now: datetime = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        self.now += timedelta(microseconds=1)
        return self.now


@dataclass
class Shelf:
    """A library. ``rings`` counts how often a worker was woken."""

    root: Path
    changes: dict[str, object] = field(default_factory=dict)
    clock: Clock = field(default_factory=Clock)
    rings: int = 0

    def __post_init__(self) -> None:
        self.library = self.root / "library"
        self.library.mkdir(parents=True, exist_ok=True)
        values = {"data_dir": self.root / "data", "library_dir": self.library, **self.changes}
        settings = Settings.model_validate(values)
        settings.data.mkdir(parents=True, exist_ok=True)
        database = Database(settings.sqlalchemy_url)
        if database.sqlite_file is not None:
            write_empty_database(database.sqlite_file)
        store = LocalBlobStore(settings.data / "blobs")
        self.context = Context(
            settings=settings,
            db=database,
            blobs=store,
            clock=self.clock,
            monotonic=time.monotonic,
            notify_workers=self._ring,
            notify_scan=self._ring,
            check_queue=self._ring,
            open_comics=OpenComicCache(time.monotonic),
        )

    def _ring(self) -> None:
        self.rings += 1

    def close(self) -> None:
        self.context.open_comics.close()
        self.context.db.dispose()

    def scan(self) -> None:
        request_scan(self.context)
        assert run_requested_scans(self.context, lambda: False) == 1

    def comics(self, query: ComicQuery | None = None) -> list[ComicSummary]:
        return list(list_comics(self.context, query).items)

    def titles(self, query: ComicQuery | None = None) -> list[str]:
        return [comic.title for comic in self.comics(query)]

    def only(self) -> ComicDetail:
        """Return the only comic."""
        comics = self.comics()
        assert len(comics) == 1
        return get_comic(self.context, comics[0].id)
