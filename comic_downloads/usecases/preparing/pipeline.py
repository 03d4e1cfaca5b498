"""The steps of an attempt: resolve, read, convert, package, verify, store, publish."""

from __future__ import annotations

from ...db import artifacts
from ...domain.errors import InputError, InternalError
from ...domain.manifest import Manifest
from .attempt import Attempt
from .build import build, verify
from .layouts import make_layout
from .originals import needs_no_copy, stream
from .publish import publish, publish_existing, publish_layout
from .reading import read_input
from .skip_damaged import without_damaged_pages
from .store import StoredFile, store
from .strips import with_strips
from .untouched import copy_untouched


def prepare(attempt: Attempt) -> None:
    """Make the job's file and publish it.

    If an equal request has made the same file meanwhile, that one is published. A file that need
    not be written gets a layout.

    Raises:
        JobError: The file cannot be made; the error names the page where there is one.
        LeaseLost: Another attempt has the job, or it was paused or cancelled.
        WorkerStopping: The worker shuts down.
    """
    manifest = resolve(attempt)
    if not manifest.is_read:
        attempt, manifest = read_input(attempt, manifest)
    if publish_existing(attempt):
        return
    _discard_leftovers(attempt)
    layout = make_layout(attempt.context, manifest, attempt.job.ttl_seconds, lambda: False)
    if layout is not None:
        publish_layout(attempt, layout)
        return
    with attempt.folders.in_use(attempt.job.id):
        try:
            _prepare_readable_pages(attempt, manifest)
        finally:
            attempt.file.unlink(missing_ok=True)


def resolve(attempt: Attempt) -> Manifest:
    """Return the pages and options that were fixed when the job was submitted."""
    with attempt.context.db.read() as session:
        body = artifacts.manifest_body(session, attempt.job.content_key)
    if body is None:
        raise InternalError("The frozen input of this download is gone. Try again.")
    # One that was stored by an earlier version knows each strip by itself.
    return with_strips(Manifest.from_json(body))


def _prepare_readable_pages(attempt: Attempt, manifest: Manifest) -> None:
    while True:
        try:
            publish(attempt, manifest, _make(attempt, manifest))
            return
        except InputError as error:
            manifest = without_damaged_pages(attempt, manifest, error)


def _make(attempt: Attempt, manifest: Manifest) -> StoredFile:
    if manifest.own_file is not None:
        return copy_untouched(attempt, manifest, manifest.own_file)
    if needs_no_copy(attempt.context, manifest):
        return stream(attempt, manifest)
    built = build(attempt, manifest)  # Converts and packages, repeatedly if there is a target size.
    verify(attempt, manifest, built)
    return store(attempt, manifest, built)


def _discard_leftovers(attempt: Attempt) -> None:
    """Delete the unfinished files of killed attempts, unless one still uses the folder."""
    idle = attempt.folders.try_lock_idle(attempt.job.id)
    if idle is not None:
        with idle:
            attempt.folders.drop_unfinished(attempt.job.id)
