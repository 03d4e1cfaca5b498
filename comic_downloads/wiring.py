"""The one place that chooses the adapters: database, storage, queue and change signal."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from datetime import UTC, datetime

from .data_dir import create_data_dir, is_open_to_others
from .db.migrations import migrate
from .db.session import Database
from .files.reserve import DiskReserve
from .library.open_comic_cache import OpenComicCache
from .mail.mailer import Mailer
from .settings import Settings, load_settings
from .storage.blobs import BlobStore
from .storage.local import LocalBlobStore
from .usecases.context import Context
from .worker.queue import JobQueue, connect

log = logging.getLogger(__name__)


def utc_now() -> datetime:
    """Return the current time, aware and in UTC."""
    return datetime.now(UTC)


def build_context(
    settings: Settings | None = None,
    *,
    clock: Callable[[], datetime] = utc_now,
    queue: JobQueue | None = None,
) -> Context:
    """Create the folders, migrate the database, and return the context of this process.

    Args:
        settings: The settings; read from the environment if there are none.
        clock: The source of the current time.
        queue: The queue; connected by the settings if there is none.

    Raises:
        SettingsError: An environment variable has a wrong value.
    """
    settings = settings or load_settings()
    create_data_dir(settings)
    if is_open_to_others(settings.data):
        log.warning(
            "Other users of this machine can read %s. Close it: chmod 700",
            settings.data,
            extra={"action": "open_data_dir"},
        )
    if not settings.database_url:
        # SQLite creates its journal files with the mode of the database.
        settings.database_file.touch(mode=0o600)
    database = _open_database(settings)
    migrate(database)
    queue = queue or connect(settings)
    return Context(
        settings=settings,
        db=database,
        blobs=build_blob_store(settings),
        clock=clock,
        monotonic=time.monotonic,
        notify_workers=queue.notify_workers,
        notify_scan=queue.notify_scan,
        check_queue=queue.check,
        open_comics=OpenComicCache(time.monotonic),
        mailer=_mailer(settings),
    )


def _mailer(settings: Settings) -> Mailer | None:
    """Return what sends mails, or None if no mail server is set."""
    if not settings.smtp_url:
        return None
    from .mail.smtp import SmtpMailer, parse_smtp_url  # Most installations send no mail.

    return SmtpMailer(parse_smtp_url(settings.smtp_url), settings.mail_from)


def _open_database(settings: Settings) -> Database:
    """Return the database; SQLite's in DATA_DIR may use the disk space set aside for it."""
    announce = _announce(settings)
    if settings.database_url:
        return Database(settings.sqlalchemy_url, announce)
    reserve = DiskReserve(settings.disk_reserve)
    reserve.refill()
    return Database(settings.sqlalchemy_url, announce, reserve.make_room)


def _announce(settings: Settings) -> Callable[[], None] | None:
    """Return the function that announces a change to all web processes; None without Redis.

    Without Redis there is one web process, and it polls the database.
    """
    if not settings.redis_url:
        return None
    from .change_signal import Announcer  # Imported here, as most installations have no Redis.

    return Announcer(settings.redis_url, time.monotonic).announce


def build_blob_store(settings: Settings) -> BlobStore:
    """Return the storage for finished files: a folder, or a bucket (S3, R2 or a compatible one)."""
    if settings.storage_backend == "local":
        return LocalBlobStore(settings.data / "storage")
    from .storage.s3 import Bucket, S3BlobStore  # boto3 takes 15 MB of a process.

    return S3BlobStore(
        Bucket(
            name=settings.s3_bucket,
            prefix=settings.s3_prefix,
            endpoint_url=settings.s3_endpoint_url,
            region=settings.s3_region,
            access_key=settings.s3_access_key,
            secret_key=settings.s3_secret_key,
            cdn_base_url=settings.cdn_base_url,
        )
    )
