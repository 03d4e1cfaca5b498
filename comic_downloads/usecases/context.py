"""The services that every use case receives."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from ..db.session import Database
from ..library.open_comic_cache import OpenComicCache
from ..library.presence import LibraryProbe
from ..mail.mailer import Mailer
from ..settings import Settings
from ..storage.blobs import BlobStore


@dataclass(frozen=True)
class Context:
    """Settings, database, storage, queue and clocks of this process.

    Attributes:
        settings: The settings the process was started with.
        db: The database.
        blobs: The storage of finished files and thumbnails.
        clock: Return the current time as an aware UTC datetime.
        monotonic: Return seconds that never jump, for durations and timeouts.
        notify_workers: Wake a worker because a job may be due. A lost notification only costs
            time: workers also poll the database.
        notify_scan: Wake a worker because a library scan was requested. May be lost, too.
        check_queue: Raise an error if the queue does not answer.
        open_comics: The comics that page images are read from, kept open between requests.
        library_probe: Looks whether the library folder is away.
        mailer: Sends mails; None if SMTP_URL is not set.
    """

    settings: Settings
    db: Database
    blobs: BlobStore
    clock: Callable[[], datetime]
    monotonic: Callable[[], float]
    notify_workers: Callable[[], None]
    notify_scan: Callable[[], None]
    check_queue: Callable[[], object]
    open_comics: OpenComicCache
    library_probe: LibraryProbe = field(default_factory=LibraryProbe)
    mailer: Mailer | None = None
