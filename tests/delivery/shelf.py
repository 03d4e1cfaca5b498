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
        artifact = self._new_artifact(sha256, len(data))
        artifact.sha256, artifact.blob_key = sha256, f"artifacts/{artifact.id}.cbz"
        with self.context.db.write() as session:
            artifact_id = self._known_artifact(session, sha256)
            if artifact_id is None:
                self.context.blobs.put_stream(artifact.blob_key, iter([data]), media_type=CBZ)
                session.add(artifact)
                session.flush()
                artifact_id = artifact.id
            job = self._new_job(session, user_id, artifact)
            job.artifact_id, job.sha256, job.filename = artifact_id, sha256, filename
            session.add(job)
        return job

    def add_layout(self, user_id: str, layout: Layout) -> Job:
        """A job whose file is a layout over ``context.settings.library``."""
        body = layout.to_bytes()
        artifact = self._new_artifact(hashlib.sha256(body).hexdigest(), layout.size_bytes)
        artifact.blob_key, artifact.layout_bytes = f"layouts/{artifact.id}", len(body)
        with self.context.db.write() as session:
            artifact_id = self._known_artifact(session, artifact.content_key)
            if artifact_id is None:
                session.add(artifact)
                session.flush()
                add_layout(session, artifact.id, body)
                artifact_id = artifact.id
            job = self._new_job(session, user_id, artifact)
            job.artifact_id = artifact_id
            session.add(job)
        return job

    def _known_artifact(self, session: Session, content_key: str) -> str | None:
        return session.exec(select(Artifact.id).where(Artifact.content_key == content_key)).first()

    def _new_artifact(self, content_key: str, size_bytes: int) -> Artifact:
        return Artifact(
            id=new_id(self.clock()),
            content_key=content_key,
            blob_key="",
            size_bytes=size_bytes,
            sha256="",
            etag=content_key,
            media_type=CBZ,
            page_count=1,
            missing_pages=[],
            created_at=self.clock(),
            expires_at=self.clock() + timedelta(days=1),
        )

    def _new_job(self, session: Session, user_id: str, artifact: Artifact) -> Job:
        """Return a job whose file has the content of the artifact."""
        job_id = new_id(self.clock())
        return Job(
            id=job_id,
            user_id=user_id,
            status="ready",
            revision=next_revision(session),
            format="cbz",
            quality="original",
            comics=[],
            request={},
            request_key=job_id,
            content_key=artifact.content_key,
            filename=FILENAME,
            media_type=CBZ,
            phase="done",
            progress=100,
            file_size_bytes=artifact.size_bytes,
            not_before=self.clock(),
            missing_pages=[],
            etag=artifact.etag,
            created_at=self.clock(),
            expires_at=self.clock() + timedelta(days=1),
        )

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
