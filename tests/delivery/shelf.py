"""A ready download on a real database and a real disk, and the app that serves it."""

from __future__ import annotations

import hashlib
import os
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from fastapi import FastAPI
from sqlmodel import Session, select

from comic_downloads.db.artifacts import add_layout
from comic_downloads.db.session import Database, next_revision
from comic_downloads.db.tables import Artifact, Job, Transfer, UserAccount
from comic_downloads.domain.identity import new_id
from comic_downloads.domain.layout import Layout
from comic_downloads.library.open_comic_cache import OpenComicCache
from comic_downloads.settings import Settings
from comic_downloads.storage.blobs import BlobStore
from comic_downloads.storage.local import LocalBlobStore
from comic_downloads.usecases.context import Context
from comic_downloads.usecases.delivery.links import make_link
from comic_downloads.web.api.app import create_api
from tests.empty_database import write_empty_database

CBZ = "application/vnd.comicbook+zip"
FILENAME = "Čapek 003 – Válka “s mloky”.cbz"


@dataclass
class Clock:
    """Real time, moved by as much as a test says."""

    ahead: timedelta = timedelta()

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self.ahead


@dataclass
class Shelf:
    """``folder`` holds everything; opening it a second time finds the same database and files.

    A PostgreSQL database has to be migrated already.
    """

    folder: Path
    settings_changes: dict[str, object] = field(default_factory=dict)
    blobs: BlobStore | None = None
    clock: Clock = field(default_factory=Clock)

    def __post_init__(self) -> None:
        settings = Settings.model_validate({"data_dir": self.folder, **self.settings_changes})
        settings.data.mkdir(parents=True, exist_ok=True)
        database = Database(settings.sqlalchemy_url)
        if database.sqlite_file is not None:
            write_empty_database(database.sqlite_file)
        store = self.blobs or LocalBlobStore(settings.data / "blobs")
        self.context = Context(
            settings=settings,
            db=database,
            blobs=store,
            clock=self.clock,
            monotonic=time.monotonic,
            notify_workers=_silent,
            notify_scan=_silent,
            check_queue=_silent,
            open_comics=OpenComicCache(time.monotonic),
        )

    def close(self) -> None:
        self.context.db.dispose()

    def add_user(self) -> str:
        user_id = new_id(self.clock())
        with self.context.db.write() as session:
            session.add(
                UserAccount(
                    id=user_id,
                    username=user_id,
                    username_key=user_id,
                    password_hash="-",
                    role="member",
                    created_at=self.clock(),
                )
            )
        return user_id

    def add_ready(self, user_id: str, data: bytes, *, filename: str = FILENAME) -> Job:
        """A job whose file is prepared. The same bytes share one artifact."""
        sha256 = hashlib.sha256(data).hexdigest()
        with self.context.db.write() as session:
            artifact_id = self._artifact(session, sha256, data)
            job = Job(
                id=new_id(self.clock()),
                user_id=user_id,
                status="ready",
                revision=next_revision(session),
                format="cbz",
                quality="original",
                comics=[],
                request={},
                request_key="r",
                content_key=sha256,
                filename=filename,
                media_type=CBZ,
                phase="done",
                progress=100,
                file_size_bytes=len(data),
                not_before=self.clock(),
                missing_pages=[],
                artifact_id=artifact_id,
                sha256=sha256,
                etag=sha256,
                created_at=self.clock(),
                expires_at=self.clock() + timedelta(days=1),
            )
            session.add(job)
        return job

    def add_layout(self, user_id: str, layout: Layout) -> Job:
        """A job whose file is a layout over ``context.settings.library``."""
        job_id, etag = new_id(self.clock()), hashlib.sha256(layout.to_bytes()).hexdigest()
        with self.context.db.write() as session:
            artifact_id = self._artifact_of_layout(session, etag, layout)
            job = Job(
                id=job_id,
                user_id=user_id,
                status="ready",
                revision=next_revision(session),
                format="cbz",
                quality="original",
                comics=[],
                request={},
                request_key=job_id,
                content_key=etag,
                filename=FILENAME,
                media_type=CBZ,
                phase="done",
                progress=100,
                file_size_bytes=layout.size_bytes,
                not_before=self.clock(),
                missing_pages=[],
                artifact_id=artifact_id,
                etag=etag,
                created_at=self.clock(),
                expires_at=self.clock() + timedelta(days=1),
            )
            session.add(job)
        return job

    def _artifact_of_layout(self, session: Session, etag: str, layout: Layout) -> str:
        found = session.exec(select(Artifact).where(Artifact.content_key == etag)).first()
        if found is not None:
            return found.id
        artifact_id, body = new_id(self.clock()), layout.to_bytes()
        session.add(
            Artifact(
                id=artifact_id,
                content_key=etag,
                blob_key=f"layouts/{artifact_id}",
                size_bytes=layout.size_bytes,
                sha256="",
                etag=etag,
                layout_bytes=len(body),
                media_type=CBZ,
                page_count=1,
                missing_pages=[],
                created_at=self.clock(),
                expires_at=self.clock() + timedelta(days=1),
            )
        )
        session.flush()
        add_layout(session, artifact_id, body)
        return artifact_id

    def _artifact(self, session: Session, sha256: str, data: bytes) -> str:
        found = session.exec(select(Artifact).where(Artifact.content_key == sha256)).first()
        if found is not None:
            return found.id
        artifact_id = new_id(self.clock())
        key = f"artifacts/{artifact_id}.cbz"
        self.context.blobs.put_stream(key, iter([data]), media_type=CBZ)
        session.add(
            Artifact(
                id=artifact_id,
                content_key=sha256,
                blob_key=key,
                size_bytes=len(data),
                sha256=sha256,
                etag=sha256,
                media_type=CBZ,
                page_count=1,
                missing_pages=[],
                created_at=self.clock(),
                expires_at=self.clock() + timedelta(days=1),
            )
        )
        session.flush()
        return artifact_id

    def link(self, job: Job) -> str:
        return make_link(self.context, job.user_id, job.id).url

    def job(self, job_id: str) -> Job:
        with self.context.db.read() as session:
            return session.get_one(Job, job_id)

    def change(self, job_id: str, **changes: object) -> None:
        with self.context.db.write() as session:
            job = session.get_one(Job, job_id)
            for name, value in changes.items():
                setattr(job, name, value)
            session.add(job)

    def blob_path(self, job: Job) -> Path:
        with self.context.db.read() as session:
            path = self.context.blobs.local_path(
                session.get_one(Artifact, job.artifact_id).blob_key
            )
        assert path is not None
        return path

    def transfers(self) -> int:
        """How many are noted as under way."""
        with self.context.db.read() as session:
            return len(session.exec(select(Transfer)).all())

    def flip_a_bit(self, job: Job, at: int = 700) -> None:
        """Damages the file as a disk does: neither size nor times change."""
        path = self.blob_path(job)
        before, data = path.stat(), bytearray(path.read_bytes())
        data[at] ^= 1
        path.write_bytes(data)
        os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))

    def app(self) -> FastAPI:
        return create_api(self.context)


def _silent() -> None:
    """Nobody waits for a bell here."""
