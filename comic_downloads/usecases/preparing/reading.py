"""Read the comics of a job that were only listed, and complete its input with what they hold."""

from __future__ import annotations

from dataclasses import replace

from ...db import artifacts, jobs, leases
from ...db.library import manifest_comics
from ...domain.errors import (
    ComicChanged,
    InvalidRequest,
    LeaseLost,
    NotFound,
    PagesDamaged,
    PageUnreadable,
    Place,
    RequestRefused,
)
from ...domain.job import Phase
from ...domain.manifest import Manifest, ManifestComic
from ...domain.quality import preset_key
from ..library.reading import ask_for, read_listed
from .attempt import Attempt
from .completing import completed, expected_size, picked_pages
from .originals import needs_no_copy
from .spreads import with_spreads


def read_input(attempt: Attempt, asked: Manifest) -> tuple[Attempt, Manifest]:
    """Read the comics, and return the attempt and its input as they are from now on.

    The job's row gets its content key, pages and sizes, which were guesses before.

    Raises:
        InputError: A comic changed or cannot be read, a page is damaged, or no file can be made.
        LibraryAway: The disk of a comic is not mounted.
        LeaseLost: Another attempt has the job, or it was paused or cancelled.
    """
    attempt.progress.start(Phase.READING)
    _read(attempt, asked)
    try:
        manifest = _completed(attempt, asked)
    except NotFound as error:
        raise ComicChanged(error.detail) from error
    except PagesDamaged as error:
        raise PageUnreadable(error.detail, place=_damaged_place(attempt, asked)) from error
    except InvalidRequest as error:
        raise RequestRefused(error.detail) from error
    return _with_input(attempt, manifest, asked.page_count), manifest


def _read(attempt: Attempt, asked: Manifest) -> None:
    """Read the comics that are not read, and count all their pages on the way."""
    unread = [comic for comic in asked.comics if not comic.is_read]
    ask_for(attempt.context, [comic.comic_id for comic in unread])
    total = asked.page_count
    known = total - sum(len(comic.pages) for comic in unread)
    for comic in unread:
        pages = _Counter(attempt, known, total)
        read_listed(attempt.context, comic.comic_id, pages.count)
        known += len(comic.pages)


class _Counter:
    """Counts the pages of one comic while they are read."""

    def __init__(self, attempt: Attempt, known: int, total: int) -> None:
        self._attempt, self._read, self._total = attempt, known, total

    def count(self) -> None:
        """Report the pages that were read before this one. Raises as ``LeaseHeartbeat.check``."""
        self._attempt.progress.read(min(self._read, self._total), self._total)
        self._read += 1


def _completed(attempt: Attempt, asked: Manifest) -> Manifest:
    comics = with_spreads(asked.options, _comics(attempt, asked))
    comics = picked_pages(comics, attempt.job.request.get("pages", ""))
    return completed(attempt.context.settings, Manifest(asked.options, tuple(comics)))


def _comics(attempt: Attempt, asked: Manifest) -> list[ManifestComic]:
    with attempt.context.db.read() as session:
        comics = manifest_comics(session, [comic.comic_id for comic in asked.comics])
    changed = next((comic for comic in comics if not comic.is_read), None)
    if changed is not None:
        raise ComicChanged(
            f"“{changed.metadata.title}” was changed while it was read. Try again.",
            place=Place(changed.comic_id),
        )
    return comics


def _damaged_place(attempt: Attempt, asked: Manifest) -> Place:
    for comic in _comics(attempt, asked):
        if comic.missing:
            return Place(comic.comic_id, comic.missing[0])
    return Place()


def _with_input(attempt: Attempt, manifest: Manifest, pages_read: int) -> Attempt:
    """Write what is known of the file now. Raises LeaseLost."""
    context, job = attempt.context, attempt.job
    content_key, expected_bytes = manifest.content_key(), expected_size(manifest)
    columns = {
        "content_key": content_key,
        "preset_key": preset_key(manifest.options.preset) if manifest.converts else "",
        "expected_bytes": expected_bytes,
        "required_disk_bytes": 0 if needs_no_copy(context, manifest) else expected_bytes,
        "pages_read": pages_read,
        "pages_total": manifest.output_page_count,
        "missing_pages": manifest.missing_pages,
    }
    with context.db.write() as session:
        jobs.lock_user(session, job.user_id)
        # The same request now has this key, unless a later one was accepted with it already.
        is_own = job.request_key == job.content_key
        if is_own and jobs.same_unfinished(session, job.user_id, content_key) is None:
            columns["request_key"] = content_key
        artifacts.keep_manifests(session, {content_key: manifest.to_json()}, context.clock())
        if not leases.record_progress(session, attempt.lease, phase=Phase.READING, **columns):
            raise LeaseLost
    with context.db.read() as session:
        return replace(attempt, job=jobs.job_by_id(session, attempt.lease.job_id))
