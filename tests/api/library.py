"""Comics for the tests of the HTTP interface: small, real images in real archives and folders."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

from PIL import Image

from comic_downloads.domain.library import ComicQuery
from comic_downloads.usecases.context import Context
from comic_downloads.usecases.library.browse import list_comics
from comic_downloads.usecases.library.scan import request_scan, run_requested_scans
from comic_downloads.usecases.preparing.worker_job import WorkerHooks, prepare_next

PAGE_SIZE = (300, 450)


def page_bytes(number: int) -> bytes:
    stream = io.BytesIO()
    Image.new("RGB", PAGE_SIZE, (40 * number % 256, 90, 160)).save(stream, "PNG")
    return stream.getvalue()


def archive_bytes(page_count: int) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for number in range(page_count):
            archive.writestr(f"page{number + 1}.png", page_bytes(number))
    return stream.getvalue()


def add_archive(context: Context, path: str, page_count: int = 3) -> Path:
    target = context.settings.library / path
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(archive_bytes(page_count))
    return target


def scan(context: Context) -> dict[str, str]:
    """Scan the library and return the id of every comic by its title."""
    request_scan(context)
    run_requested_scans(context, lambda: False)
    return {comic.title: comic.id for comic in list_comics(context, ComicQuery(limit=500)).items}


def prepare_all(context: Context) -> None:
    """Prepare every runnable job in this process."""
    hooks = WorkerHooks(worker_id="test", should_stop=lambda: False, hard_exit=lambda: None)
    while prepare_next(context, hooks):
        pass
