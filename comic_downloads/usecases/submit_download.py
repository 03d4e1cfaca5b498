"""Asking for a download: from what a user picked to a row that is a promise."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.exc import IntegrityError
from sqlmodel import Session

from ..db import artifacts, jobs
from ..db.library import comics_of_series, manifest_comics
from ..db.session import insert_if_absent, next_revision
from ..db.tables import Artifact, Job
from ..db.tables import Manifest as ManifestRow
from ..domain.artifact import comic_stem, parse_format, safe_filename
from ..domain.errors import Conflict, InsufficientStorage, InvalidRequest, NotFound, PagesDamaged, QueueFull, QuotaExceeded
from ..domain.identity import new_id
from ..domain.job import JobStatus, Phase
from ..domain.manifest import Manifest, ManifestComic, Options, parse_page_range, select_pages
from ..domain.quality import Preset, parse_quality
from ..packaging.estimate import estimate_size
from .context import Context
from .disk import free_bytes
from .eta import recent_bytes_per_second
from .queries import JobView, views_of

MIN_EXPIRES_IN_SECONDS = 60
MAX_EXPIRES_IN_SECONDS = 7 * 86400
QUEUE_FULL_RETRY_SECONDS = 60
_FIRST_GUESS_BYTES_PER_SECOND = {False: 100_000_000, True: 5_000_000}  # before anything was measured here


@dataclass(frozen=True)
class DownloadRequest:
    """What a user asks for: either comics or a series; the rest as in API.md."""

    comic_ids: tuple[str, ...] = ()
    series_id: str | None = None
    format: str = "cbz"
    quality: str = "original"
    pages: str = ""
    grayscale: bool = False
    target_size_bytes: int | None = None
    metadata: bool = True
    on_page_error: str = "fail"
    expires_in_seconds: int | None = None


@dataclass(frozen=True)
class Submitted:
    """``created`` is False when the job was there already."""

    job: JobView
    created: bool


@dataclass(frozen=True)
class Estimate:
    """``cached`` means that the file is there and ready at once."""

    size_bytes: int
    seconds: float
    page_count: int
    cached: bool


@dataclass(frozen=True)
class Frozen:
    """A request with its input looked up and frozen."""

    request: DownloadRequest
    manifest: Manifest
    content_key: str
    filename: str
    expected_bytes: int


def submit_download(context: Context, user_id: str, request: DownloadRequest, idempotency_key: str | None = None) -> Submitted:
    """Accepts the request as a job, commits it and wakes a worker.

    The same request while the first is unfinished is the same job, and so is a repeated idempotency key. A file that is
    there already makes the job ready at once.

    Raises InvalidRequest and its kinds, NotFound, PageUnreadable or ComicUnreadable for damaged input, Conflict for an
    idempotency key used for something else, QueueFull, QuotaExceeded, InsufficientStorage.
    """
    with context.db.read() as session:
        if earlier := _earlier(context, session, user_id, request, idempotency_key):
            return Submitted(earlier, created=False)
        frozen = freeze(context, session, request)
        artifact = _living_artifact(context, session, frozen.content_key)
    try:
        submitted = _commit(context, user_id, frozen, artifact, idempotency_key)
    except IntegrityError:
        # Somebody committed the same request between our look and our insert: now it is there to be found.
        submitted = _commit(context, user_id, frozen, artifact, idempotency_key)
    if submitted.created and submitted.job.status == JobStatus.QUEUED:
        context.ring()
    return submitted


def estimate_download(context: Context, user_id: str, request: DownloadRequest) -> Estimate:
    """What the request would give, before anything is queued. Raises as submit_download does for bad input."""
    with context.db.read() as session:
        frozen = freeze(context, session, request)
        artifact = _living_artifact(context, session, frozen.content_key)
        if artifact is not None:
            return Estimate(artifact.size_bytes, 0.0, frozen.manifest.page_count, cached=True)
        converting = _converts(frozen.manifest)
        speed = recent_bytes_per_second(session, converting=converting) or _FIRST_GUESS_BYTES_PER_SECOND[converting]
        return Estimate(frozen.expected_bytes, frozen.expected_bytes / speed, frozen.manifest.page_count, cached=False)


def _earlier(context: Context, session: Session, user_id: str, request: DownloadRequest, key: str | None) -> JobView | None:
    earlier = jobs.with_idempotency_key(session, user_id, key) if key is not None else None
    if earlier is None:
        return None
    if earlier.request != _as_json(request):
        raise Conflict("This Idempotency-Key was used for a different request. Use a new key for every request.")
    return views_of(context, session, [earlier])[0]


def _commit(context: Context, user_id: str, frozen: Frozen, artifact: Artifact | None, key: str | None) -> Submitted:
    with context.db.write() as session:
        if earlier := _earlier(context, session, user_id, frozen.request, key):
            return Submitted(earlier, created=False)
        if same := jobs.same_unfinished(session, user_id, frozen.content_key):
            return Submitted(views_of(context, session, [same])[0], created=False)
        kept = artifact is not None and artifacts.keep_until(
            session, artifact.id, context.clock(), context.settings.artifact_ttl_seconds
        )
        if not kept:
            admit(context, session, user_id, frozen)
        job = _new_job(context, session, user_id, frozen, key)
        if artifact is not None and kept:
            _make_ready(job, artifact, context.clock())
        session.add(job)
        session.flush()
        return Submitted(views_of(context, session, [job])[0], created=True)


def freeze(context: Context, session: Session, request: DownloadRequest) -> Frozen:
    """Looks the comics up and fixes the input, checking every wish of the request."""
    options = _options(request)
    _check_lifetime(request.expires_in_seconds)
    comics = manifest_comics(session, _comic_ids(session, context, request))
    comics = _picked_pages(comics, request.pages)
    _check_damage(comics, options)
    manifest = Manifest(options, tuple(comics))
    if manifest.page_count == 0:
        raise InvalidRequest("There is no readable page among the pages that were picked.")
    if manifest.page_count > context.settings.max_pages_per_job:
        raise InvalidRequest(
            f"This would be {manifest.page_count} pages; one download has {context.settings.max_pages_per_job} at most. "
            "Pick fewer comics at a time."
        )
    facts = [page.facts for _, page in manifest.pages()]
    return Frozen(request, manifest, manifest.content_key(), _filename(comics, request), estimate_size(options, facts))


def _options(request: DownloadRequest) -> Options:
    preset = parse_quality(request.quality)
    if request.grayscale:
        preset = replace(preset, grayscale=True)
    if request.on_page_error not in {"fail", "skip"}:
        raise InvalidRequest(f"on_page_error is “fail” or “skip”, not “{request.on_page_error}”.")
    if request.target_size_bytes is not None and request.target_size_bytes < 1:
        raise InvalidRequest("target_size_bytes must be 1 or more.")
    return Options(
        format=parse_format(request.format),
        preset=preset,
        target_size_bytes=request.target_size_bytes,
        metadata=request.metadata,
        skip_damaged=request.on_page_error == "skip",
    )


def _check_lifetime(seconds: int | None) -> None:
    if seconds is not None and not MIN_EXPIRES_IN_SECONDS <= seconds <= MAX_EXPIRES_IN_SECONDS:
        raise InvalidRequest(f"expires_in_seconds must be from {MIN_EXPIRES_IN_SECONDS} to {MAX_EXPIRES_IN_SECONDS}.")


def _comic_ids(session: Session, context: Context, request: DownloadRequest) -> Sequence[str]:
    if bool(request.comic_ids) == bool(request.series_id):
        raise InvalidRequest("Name either comic_ids or a series_id.")
    ids: Sequence[str] = request.comic_ids or comics_of_series(session, request.series_id or "")
    if not ids:
        raise NotFound("There is no such series, or it has no comics.")
    if len(set(ids)) != len(ids):
        raise InvalidRequest("comic_ids names a comic twice.")
    if len(ids) > context.settings.max_comics_per_job:
        raise InvalidRequest(
            f"These are {len(ids)} comics; one download has {context.settings.max_comics_per_job} at most. "
            "Pick fewer at a time."
        )
    return ids


def _picked_pages(comics: list[ManifestComic], pages: str) -> list[ManifestComic]:
    if pages.strip().lower() in {"", "all"}:
        return comics
    if len(comics) > 1:
        raise InvalidRequest("A range of pages can be picked of one comic only. Leave “pages” out for several comics.")
    comic = comics[0]
    return [select_pages(comic, parse_page_range(pages, len(comic.pages) + len(comic.missing)))]


def _check_damage(comics: Sequence[ManifestComic], options: Options) -> None:
    for comic in comics:
        if comic.missing and not options.skip_damaged:
            also = f" (and {len(comic.missing) - 1} more)" if len(comic.missing) > 1 else ""
            raise PagesDamaged(
                f"Page {comic.missing[0] + 1}{also} of “{comic.metadata.title}” is damaged. Leave damaged pages out "
                "(on_page_error: skip), pick other pages, or repair the file and scan the library again."
            )


def _filename(comics: list[ManifestComic], request: DownloadRequest) -> str:
    first = comics[0].metadata
    if len(comics) == 1:
        stem = comic_stem(first.series, first.number, first.title)
    elif request.series_id and first.series:
        stem = first.series
    else:
        stem = f"{comic_stem(first.series, first.number, first.title)} and {len(comics) - 1} more"
    return safe_filename(stem, request.format)


def _living_artifact(context: Context, session: Session, content_key: str) -> Artifact | None:
    """The finished file for this content, if its time is not over and its bytes are really there."""
    artifact = artifacts.artifact_of_content(session, content_key)
    if artifact is None or artifact.expires_at <= context.clock():
        return None
    try:
        context.blobs.stat(artifact.blob_key)
    except FileNotFoundError:
        return None
    return artifact


def admit(context: Context, session: Session, user_id: str, frozen: Frozen) -> None:
    """Raises QueueFull, QuotaExceeded or InsufficientStorage when there is no place for one more job."""
    settings = context.settings
    waiting = jobs.count_of_user(session, user_id, [JobStatus.QUEUED])
    if waiting >= settings.max_queued_per_user:
        raise QueueFull(
            f"You have {waiting} downloads waiting, which is the most one account may have. Wait for some to finish, "
            "or cancel some.",
            retry_after_seconds=QUEUE_FULL_RETRY_SECONDS,
        )
    quota = settings.storage_quota_bytes
    if quota and artifacts.storage_used(session, user_id) + frozen.expected_bytes > quota:
        raise QuotaExceeded("Your storage quota would be exceeded. Remove finished downloads you no longer need.")
    if free_bytes(context) < settings.min_free_bytes:
        raise InsufficientStorage(
            "The server's disk is nearly full, so nothing new is prepared. Try again later, or tell whoever runs this server.",
            retry_after_seconds=QUEUE_FULL_RETRY_SECONDS,
        )


def _new_job(context: Context, session: Session, user_id: str, frozen: Frozen, key: str | None) -> Job:
    now = context.clock()
    keep_manifest(context, session, frozen)
    return Job(
        id=new_id(now),
        user_id=user_id,
        revision=next_revision(session),
        idempotency_key=key,
        max_attempts=context.settings.max_attempts,
        not_before=now,
        created_at=now,
        **frozen_columns(context, frozen),
    )


def keep_manifest(context: Context, session: Session, frozen: Frozen) -> None:
    """Stores the frozen input for the worker; equal jobs share one row."""
    row = ManifestRow(content_key=frozen.content_key, body=frozen.manifest.to_json(), created_at=context.clock())
    insert_if_absent(session, row)


def frozen_columns(context: Context, frozen: Frozen) -> dict[str, Any]:
    """The columns of a job that follow from its frozen input."""
    manifest = frozen.manifest
    missing = [{"comic_id": comic.comic_id, "page_index": index} for comic in manifest.comics for index in comic.missing]
    return {
        "request": _as_json(frozen.request),
        "format": str(manifest.options.format),
        "quality": frozen.request.quality,
        "comics": [{"id": comic.comic_id, "title": comic.metadata.title} for comic in manifest.comics],
        "request_key": frozen.content_key,
        "content_key": frozen.content_key,
        "rendition_key": rendition_key(manifest.options.preset) if _converts(manifest) else "",
        "filename": frozen.filename,
        "media_type": manifest.options.format.media_type,
        "on_page_error": frozen.request.on_page_error,
        "expected_bytes": frozen.expected_bytes,
        "ttl_seconds": frozen.request.expires_in_seconds or context.settings.artifact_ttl_seconds,
        "pages_total": manifest.page_count,
        "missing_pages": missing,
    }


def _make_ready(job: Job, artifact: Artifact, now: datetime) -> None:
    """Makes a new job ready with a file that is there already."""
    job.status = JobStatus.READY
    job.phase = Phase.DONE
    job.progress = 100
    job.pages_done = job.pages_total
    job.artifact_id = artifact.id
    job.sha256 = artifact.sha256
    job.file_size_bytes = artifact.size_bytes
    job.missing_pages = artifact.missing_pages or job.missing_pages
    job.finished_at = now
    job.expires_at = now + timedelta(seconds=job.ttl_seconds)


def rendition_key(preset: Preset) -> str:
    """Names the folder of converted pages: equal presets share them, whatever the format of the file."""
    return hashlib.sha256(json.dumps(preset.as_dict(), sort_keys=True).encode()).hexdigest()[:16]


def _converts(manifest: Manifest) -> bool:
    preset = manifest.options.preset
    return any(preset.changes(page.facts.width, page.facts.height) for _, page in manifest.pages())


def _as_json(request: DownloadRequest) -> dict[str, Any]:
    return {**asdict(request), "comic_ids": list(request.comic_ids)}
