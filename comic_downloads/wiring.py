"""The one place that chooses adapters: database, storage, queue, and who is told of changes."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

from .db.migrations import migrate
from .db.session import Database
from .settings import Settings, load_settings
from .storage.blobs import BlobStore
from .storage.local import LocalBlobStore
from .usecases.context import Context
from .worker.queue import JobQueue, connect


def utc_now() -> datetime:
    return datetime.now(UTC)


def build_context(
    settings: Settings | None = None,
    *,
    clock: Callable[[], datetime] = utc_now,
    queue: JobQueue | None = None,
) -> Context:
    """The context of this process: folders made, schema up to date, adapters chosen by the settings.

    Raises SettingsError when a variable is wrong.
    """
    settings = settings or load_settings()
    for folder in (settings.data, settings.work_dir):
        folder.mkdir(parents=True, exist_ok=True)
    if settings.uses_default_library:
        settings.library.mkdir(parents=True, exist_ok=True)
    if not settings.database_url:
        settings.database_file.touch(
            mode=0o600
        )  # SQLite gives the same mode to what it keeps beside it
    database = Database(settings.sqlalchemy_url, _announce(settings))
    migrate(database)
    queue = queue or connect(settings)
    return Context(
        settings=settings,
        db=database,
        blobs=build_blob_store(settings),
        clock=clock,
        notify_workers=queue.notify_workers,
        notify_scan=queue.notify_scan,
        check_queue=queue.check,
    )


def _announce(settings: Settings) -> Callable[[], None] | None:
    """What tells the web processes of a change; without Redis there is one web process, and it looks by itself."""
    if not settings.redis_url:
        return None
    from .change_signal import Announcer  # here, because most installations have no Redis

    return Announcer(settings.redis_url).announce


def build_blob_store(settings: Settings) -> BlobStore:
    """The place for finished files: a folder of ours, or a bucket (R2 and other S3-compatible ones by S3_ENDPOINT_URL)."""
    if settings.storage_backend == "local":
        return LocalBlobStore(settings.data / "storage")
    from .storage.s3 import Bucket, S3BlobStore  # here, because boto3 costs every process 15 MB

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
