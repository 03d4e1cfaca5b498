"""A small installation with real comics and real worker processes to kill."""

from __future__ import annotations

import functools
import hashlib
import io
import json
import os
import random
import signal
import subprocess
import sys
import zipfile
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from PIL import Image
from sqlmodel import col, select, update

from comic_downloads.db.scans import latest_scans
from comic_downloads.db.session import database_now
from comic_downloads.db.tables import Artifact, Comic, Job, UserAccount, Worker
from comic_downloads.domain.backoff import CEILING_SECONDS
from comic_downloads.domain.identity import new_id
from comic_downloads.domain.presets import parse_quality
from comic_downloads.domain.quality import preset_key
from comic_downloads.files.locks import try_lock
from comic_downloads.settings import Settings
from comic_downloads.usecases.context import Context
from comic_downloads.usecases.downloads.request import DownloadRequest
from comic_downloads.usecases.downloads.snapshots import JobSnapshot, get_download
from comic_downloads.usecases.downloads.submit import submit_download
from comic_downloads.usecases.library.scan import request_scan, run_requested_scans
from comic_downloads.usecases.library.status import library_status
from comic_downloads.usecases.operations.health import worker_alive
from comic_downloads.usecases.operations.maintenance import new_worker_id, work_folders
from comic_downloads.usecases.preparing.worker_job import WorkerHooks, prepare_next
from comic_downloads.wiring import build_context
from tests.servers import RedisServer
from tests.waiting import PATIENCE_SECONDS, wait_for

ROOT = Path(__file__).resolve().parents[2]
SMALL = (200, 300)
TALL = (300, 600)  # 480p changes such pages, quickly.


@functools.cache
def _picture(size: tuple[int, int]) -> bytes:
    noise = random.Random(7).randbytes(64)
    image = Image.frombytes("L", (8, 8), noise).resize(size, Image.Resampling.BILINEAR)
    output = io.BytesIO()
    image.convert("RGB").save(output, "JPEG", quality=88)
    return output.getvalue()


def page_bytes(name: str, number: int, size: tuple[int, int]) -> bytes:
    """Return a unique JPEG: the same picture with a comment of its own after the first marker."""
    comment = f"{name} {number}".encode()
    picture = _picture(size)
    return picture[:2] + b"\xff\xfe" + (len(comment) + 2).to_bytes(2) + comment + picture[2:]


@dataclass
class WorkerHandle:
    """A worker started as ``python -m comic_downloads.worker``, with its whole process group."""

    process: subprocess.Popen[bytes]
    log: Path

    def signal_all(self, number: signal.Signals) -> None:
        os.killpg(self.process.pid, number)

    def kill(self) -> None:
        """Kill every process at once, as when the power fails."""
        self.signal_all(signal.SIGKILL)
        self.process.wait(timeout=10)

    def terminate(self) -> float:
        """Send SIGTERM, as a container would; return the seconds the worker took to end."""
        started = datetime.now(UTC)
        self.process.terminate()
        self.process.wait(timeout=30)
        return (datetime.now(UTC) - started).total_seconds()

    def end(self) -> None:
        if self.process.poll() is None:
            self.signal_all(signal.SIGCONT)
            self.kill()

    def lines(self, action: str) -> list[dict]:
        """Return the log records with this action."""
        records = [
            json.loads(line) for line in self.log.read_text().splitlines() if line.startswith("{")
        ]
        return [record for record in records if record.get("action") == action]


@dataclass
class World:
    """One machine of an installation.

    Its processes get the variables of ``environment``; the test itself uses ``context``.
    """

    folder: Path
    environment: dict[str, str]
    context: Context
    redis: RedisServer | None = None
    workers: list[WorkerHandle] = field(default_factory=list)

    @property
    def settings(self) -> Settings:
        return self.context.settings

    def with_settings(self, **changes: object) -> World:
        """Return the same machine with other settings."""
        return replace(
            self, context=replace(self.context, settings=self.settings.model_copy(update=changes))
        )

    def after(self, passed: timedelta) -> World:
        """Return the same machine with its clock set forward."""
        return replace(
            self, context=replace(self.context, clock=lambda: datetime.now(UTC) + passed)
        )

    # --- contents ---

    def add_user(self, name: str) -> str:
        user_id = new_id(datetime.now(UTC))
        with self.context.db.write() as session:
            session.add(
                UserAccount(
                    id=user_id,
                    username=name,
                    username_key=user_id,
                    password_hash="",
                    role="member",
                    created_at=datetime.now(UTC),
                )
            )
        return user_id

    def add_comic(self, name: str, pages: int = 3, size: tuple[int, int] = SMALL) -> str:
        """Add a folder of pages to the library, scan it, and return the comic's id."""
        self.put_comic(name, pages, size)
        return self.scan(name)

    def put_comic(self, name: str, pages: int, size: tuple[int, int]) -> None:
        """Add a folder of pages to the library."""
        folder = self.settings.library / name
        folder.mkdir(parents=True)
        for number in range(pages):
            (folder / f"{number + 1:03}.jpg").write_bytes(page_bytes(name, number, size))

    def scan(self, name: str) -> str:
        """Scan the library as a worker would, and return the id of the comic of that name.

        No scan is left then, also if a worker runs one.
        """
        quiet = replace(self.context, notify_scan=lambda: None)
        request_scan(quiet)

        def is_done() -> bool:
            run_requested_scans(quiet, lambda: False)
            with self.context.db.read() as session:
                unfinished, _ = latest_scans(session)
            return unfinished is None

        wait_for("the scan", is_done)
        return self.comic_id(name) or ""

    def list_only(self, name: str) -> str:
        """Scan the library until all comics are listed, and return the id of that comic."""
        quiet = replace(self.context, notify_scan=lambda: None)
        request_scan(quiet)
        run_requested_scans(quiet, lambda: library_status(self.context).reading)
        return self.comic_id(name) or ""

    def is_read(self, name: str) -> bool:
        """Return whether the comic is listed and all its pages are read."""
        with self.context.db.read() as session:
            unread = select(Comic.unread_pages).where(col(Comic.path) == name)
            return session.exec(unread).one_or_none() == 0

    def comic_id(self, name: str) -> str | None:
        with self.context.db.read() as session:
            return session.exec(select(Comic.id).where(col(Comic.path) == name)).one_or_none()

    # --- jobs ---

    def submit(self, user_id: str, comic_id: str, **wishes) -> JobSnapshot:
        request = DownloadRequest(**{"comic_ids": (comic_id,), **wishes})
        return submit_download(self.context, user_id, request).job

    def job(self, view: JobSnapshot) -> JobSnapshot:
        return get_download(self.context, view.user_id, view.id)

    def row(self, view: JobSnapshot) -> Job:
        with self.context.db.read() as session:
            return session.get_one(Job, view.id)

    def wait_for_job(
        self,
        view: JobSnapshot,
        what: str,
        done: Callable[[JobSnapshot], bool],
        seconds: float = PATIENCE_SECONDS,
    ) -> JobSnapshot:
        return wait_for(
            f"{view.filename} to be {what}",
            lambda: done(now := self.job(view)) and now,
            seconds,
            every=0.02,
        )

    def wait_for_status(
        self, view: JobSnapshot, *statuses: str, seconds: float = PATIENCE_SECONDS
    ) -> JobSnapshot:
        return self.wait_for_job(
            view, " or ".join(statuses), lambda job: job.status in statuses, seconds
        )

    def make_due(self, view: JobSnapshot) -> None:
        """End the delay before the job's next attempt."""
        with self.context.db.write() as session:
            session.connection().execute(
                update(Job).where(col(Job.id) == view.id).values(not_before=view.created_at)
            )

    def postpone(self, view: JobSnapshot) -> None:
        """Let the job's next attempt be due after the longest delay that is believed."""
        with self.context.db.write() as session:
            later = database_now(session) + timedelta(seconds=CEILING_SECONDS - 1)
            session.connection().execute(
                update(Job).where(col(Job.id) == view.id).values(not_before=later)
            )

    def process_of(self, view: JobSnapshot) -> int:
        """Return the id of the process that prepares the job."""
        with self.context.db.read() as session:
            job = session.get_one(Job, view.id)
            return session.get_one(Worker, job.worker_id).pid

    @contextmanager
    def file_of(self, view: JobSnapshot) -> Iterator[zipfile.ZipFile]:
        """Open the archive of a ready job and check all its CRCs."""
        with self.context.db.read() as session:
            artifact = (
                select(Artifact)
                .join(Job, col(Job.artifact_id) == col(Artifact.id))
                .where(col(Job.id) == view.id)
            )
            blob_key = session.exec(artifact).one().blob_key
        with self.context.blobs.open(blob_key) as file, zipfile.ZipFile(file) as archive:
            assert archive.testzip() is None
            yield archive

    def page_names(self, view: JobSnapshot) -> list[str]:
        with self.file_of(view) as archive:
            return [name for name in archive.namelist() if name.endswith(".jpg")]

    def kept_pages(self) -> list[Path]:
        """Return the converted pages on this machine."""
        return [
            path
            for path in (self.settings.data / "work" / "pages").glob("*/*")
            if path.suffix != ".lock"
        ]

    def break_storage(self) -> Callable[[], None]:
        """Put a file where the storage's folder belongs; return a function that removes it."""
        obstacle = self.settings.data / "storage" / "artifacts"
        obstacle.parent.mkdir(exist_ok=True)
        obstacle.write_text("in the way")
        return obstacle.unlink

    def job_folders(self) -> list[str]:
        folder = self.settings.data / "work" / "jobs"
        return [path.name for path in folder.iterdir()] if folder.is_dir() else []

    @contextmanager
    def converting(
        self, pages: int, hold_at: int, name: str = "Held", held: int = 3, user_id: str = ""
    ) -> Iterator[JobSnapshot]:
        """Yield a running job whose pages before ``hold_at`` are converted; the next waits.

        The block holds that page and those behind it, ``held`` in all; see ``holding``.
        """
        comic = self.add_comic(name, pages=pages, size=TALL)
        job = self.submit(user_id or self.add_user(f"reader of {name}"), comic, quality="480p")
        with self.holding(name, range(hold_at, hold_at + held)):
            self.start_worker()
            wait_for(
                "the pages before, and their lines in the log",
                lambda: len(self.kept_pages()) == len(self.conversions()) == hold_at - 1,
            )
            yield self.job(job)

    @contextmanager
    def holding(self, name: str, pages: Iterable[int]) -> Iterator[None]:
        """Hold pages of a comic, from 1, so that a worker waits before it converts them to 480p.

        It waits for LOCK_TIMEOUT_SECONDS for each.
        """
        rendition = work_folders(self.context).pages_of(preset_key(parse_quality("480p")))
        with ExitStack() as locks:
            for number in pages:
                page = (self.settings.library / name / f"{number:03}.jpg").read_bytes()
                lock = try_lock(rendition / f"{hashlib.sha256(page).hexdigest()}.lock")
                assert lock is not None
                locks.enter_context(lock)
            yield

    # --- workers ---

    def start_worker(self, *, program: str = "", **variables: str) -> WorkerHandle:
        """Start a worker with these variables too, or a program that changes it and runs it."""
        arguments = ["-c", program] if program else ["-m", "comic_downloads.worker"]
        log = self.folder / f"worker-{len(self.workers)}.log"
        with log.open("wb") as output:
            process = subprocess.Popen(
                [sys.executable, *arguments],
                cwd=ROOT,
                env={**os.environ, **self.environment, **variables},
                stderr=output,
                stdout=output,
                start_new_session=True,
            )
        self.workers.append(WorkerHandle(process, log))
        return self.workers[-1]

    def worker_lives(self) -> bool:
        return worker_alive(self.context)

    def lines(self, action: str) -> list[dict]:
        """Return the log records with this action of all workers."""
        return [line for worker in self.workers for line in worker.lines(action)]

    def conversions(self) -> Counter[str]:
        """Return how often each page was converted."""
        return Counter(line["message"] for line in self.lines("page_converted"))

    def prepare_here(self) -> bool:
        """Prepare the next job in this process; return False if there is none."""
        return prepare_next(
            self.context,
            WorkerHooks(new_worker_id(self.context), lambda: False, hard_exit=_must_not_hang),
        )

    def end(self) -> None:
        for worker in self.workers:
            worker.end()
        self.context.db.dispose()


def _must_not_hang() -> None:
    raise AssertionError("the work hangs")


def open_world(folder: Path, redis: RedisServer | None, **variables: str) -> World:
    """Open an installation in the folder, with the variables added to small defaults."""
    environment = {
        "DATA_DIR": str(folder / "data"),
        "LIBRARY_DIR": str(folder / "library"),
        "DEMO_LIBRARY": "0",
        "MIN_FREE_BYTES": "0",
        "WORKER_PROCESSES": "2",
        "WORKER_THREADS": "1",
        "SECRET_KEY": "a key for the tests only and long enough",
        "LOG_FORMAT": "json",
        "LOG_LEVEL": "debug",
        **variables,
    }
    Path(environment["LIBRARY_DIR"]).mkdir(parents=True, exist_ok=True)
    settings = Settings.model_validate({name.lower(): value for name, value in environment.items()})
    return World(folder, environment, build_context(settings), redis)
