"""The pages of a finished CBZ, ZIP or EPUB, so that the file can be read where it is."""

from __future__ import annotations

import io
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import BinaryIO, cast

from ...db import artifacts, jobs
from ...db.library import comics_by_id
from ...db.session import Session
from ...db.tables import Artifact, Comic, Job
from ...domain.errors import FileGone, InputError, NotFound, NotReady, PageUnreadable
from ...domain.formats import Format
from ...domain.job import JobStatus
from ...domain.library import ReadingDirection
from ...domain.manifest import metadata_from_dict
from ...domain.own_file import UNTOUCHED
from ..context import Context
from ..library.page_images import ImageFile, shrunk
from .layout_stream import LayoutStream
from .layouts import Layouts
from .links import GONE, extend_expiry

# The formats that are archives of pages. The one of an untouched file may be any archive.
PAGED = frozenset({Format.CBZ, Format.ZIP, Format.EPUB})
_MEDIA_TYPES = {
    "jpg": "image/jpeg",
    "png": "image/png",
    "webp": "image/webp",
    "gif": "image/gif",
    "bmp": "image/bmp",
    "tiff": "image/tiff",
    "avif": "image/avif",
    "jp2": "image/jp2",
    "heic": "image/heic",
    "jxl": "image/jxl",
}


@dataclass(frozen=True)
class FilePage:
    """A page, from 0, of the file that a user's job has made."""

    user_id: str
    job_id: str
    index: int


@dataclass(frozen=True)
class ReadableFile:
    """A finished file whose pages can be read; its comic says in which direction."""

    job_id: str
    filename: str
    page_count: int
    reading_direction: ReadingDirection


def _direction(comic: Comic | None) -> ReadingDirection:
    if comic is None:  # It was removed from the library.
        return ReadingDirection.LEFT_TO_RIGHT
    return metadata_from_dict(comic.comic_metadata).reading_direction


def has_pages(format: str, quality: str) -> bool:
    """Return True if the pages of such a file can be read by ``file_page``."""
    return format in PAGED and quality != UNTOUCHED


def readable_file(context: Context, user_id: str, job_id: str) -> ReadableFile:
    """Return what is needed to read the job's file, which is kept for its full time from now on.

    Raises:
        NotFound: The user has no such job, or its file has no pages to read.
        NotReady: The job has no file.
    """
    with context.db.write() as session:
        job = _job(session, user_id, job_id)
        artifact = artifacts.artifact_by_id(session, extend_expiry(session, job, context.clock()))
        comic = comics_by_id(session, [job.comics[0]["id"]]).get(job.comics[0]["id"])
        assert artifact is not None  # It was found and kept in this transaction.
        return ReadableFile(
            job.id,
            job.filename,
            artifact.page_count,
            _direction(comic),
        )


def file_page(
    context: Context, layouts: Layouts, wanted: FilePage, height: int | None = None
) -> ImageFile:
    """Return a page as it is in the finished file or, with a height, a small image of it.

    Raises:
        NotFound: The user has no such job, or its file has no such page.
        NotReady: The job has no file.
        FileGone: The file was removed, or a page of the library that it contains has changed.
        StorageUnavailable: The file cannot be read now.
    """
    with context.db.read() as session:
        job = _job(session, wanted.user_id, wanted.job_id)
        artifact = artifacts.artifact_by_id(session, job.artifact_id or "")
    if job.status != JobStatus.READY or artifact is None:
        raise NotReady("There is no file of this download now. Prepare it again.")
    etag = f"{artifact.etag}-{wanted.index}"
    with _read_errors(wanted), _opened(context, layouts, artifact) as archive:
        name = _page_name(archive, wanted.index)
        with archive.open(name) as page:
            if height is None:
                ending = name.rpartition(".")[2]
                return ImageFile(page.read(), _MEDIA_TYPES[ending], etag)
            data, media_type = shrunk(context, io.BytesIO(page.read()), height)
            return ImageFile(data, media_type, f"{etag}-{height}")


def _job(session: Session, user_id: str, job_id: str) -> Job:
    job = jobs.job_of_user(session, user_id, job_id)
    if job is None:
        raise NotFound("There is no such download.")
    if not has_pages(job.format, job.quality):
        raise NotFound("The pages of such a file cannot be shown one by one.")
    return job


@contextmanager
def _opened(context: Context, layouts: Layouts, artifact: Artifact) -> Iterator[zipfile.ZipFile]:
    with _stream(context, layouts, artifact) as stream, zipfile.ZipFile(stream) as archive:
        yield archive


def _stream(context: Context, layouts: Layouts, artifact: Artifact) -> BinaryIO:
    if artifact.layout_bytes is None:
        return context.blobs.open(artifact.blob_key)
    file = layouts.file(artifact.id, artifact.blob_key)
    if file is None:
        raise FileGone(GONE)
    return cast("BinaryIO", io.BufferedReader(LayoutStream(file)))


def _page_name(archive: zipfile.ZipFile, index: int) -> str:
    """Return the name of the page. Our writers add the pages in reading order."""
    names = [name for name in archive.namelist() if name.rpartition(".")[2] in _MEDIA_TYPES]
    if index >= len(names):
        raise NotFound(f"This file has no page {index + 1}: it has {len(names)}.")
    return names[index]


@contextmanager
def _read_errors(wanted: FilePage) -> Iterator[None]:
    try:
        yield
    except PageUnreadable as error:
        raise NotFound(f"Page {wanted.index + 1} cannot be shown. {error.detail}") from error
    except (FileNotFoundError, zipfile.BadZipFile, zlib.error, EOFError) as error:
        raise FileGone(GONE) from error
    except InputError as error:
        raise FileGone(error.detail) from error
