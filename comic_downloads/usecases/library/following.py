"""Let the library follow its folder by itself: at changes, and now and then."""

from __future__ import annotations

import logging
from threading import Event

from ...db import scans
from ...domain.errors import DatabaseError
from ...library.watching import NotWatchable, changes
from ..context import Context

# The shortest time between two scans for changes that go on.
PAUSE_SECONDS = 10.0
# How soon a folder is watched again that could not be.
WATCH_AGAIN_SECONDS = 60.0

log = logging.getLogger(__name__)


def request_due_scan(context: Context) -> None:
    """Request a scan if the library has not been looked through for SCAN_EVERY_SECONDS.

    It is also requested when files that still grew may be complete by now.
    """
    every = context.settings.scan_every_seconds
    if not every:
        return
    with context.db.read() as session:
        is_due = scans.look_is_due(session, context.clock(), every)
    if is_due:
        _request(context)


def follow_changes(context: Context, stop: Event) -> None:
    """Request scans for changes in the library folder, until ``stop`` is set."""
    said = ""
    while context.settings.scan_every_seconds and not stop.is_set():
        try:
            for _ in changes(context.settings.library, stop):
                _request(context)
                stop.wait(PAUSE_SECONDS)
            said = ""
        except NotWatchable as error:
            if str(error) != said:
                every = context.settings.scan_every_seconds
                log.info(
                    "The library folder is looked through every %d seconds and not watched: %s",
                    every,
                    error,
                    extra={"action": "library_watch"},
                )
            said = str(error)
            stop.wait(WATCH_AGAIN_SECONDS)
        except DatabaseError as error:
            log.warning(
                "A change in the library was not noted: %s",
                error.reason,
                extra={"action": "library_watch"},
            )
            stop.wait(PAUSE_SECONDS)


def _request(context: Context) -> None:
    with context.db.write() as session:
        scans.request_scan(session, context.clock(), automatic=True)
    context.notify_scan()
