"""A small installation for queue tests: settings, users, real comics, and real worker processes to kill."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from PIL import Image
from sqlmodel import Session, col, select

from comic_downloads.db.library import comics_of_series
from comic_downloads.db.tables import Comic, Job, Series, UserAccount
from comic_downloads.domain.identity import new_id
from comic_downloads.settings import Settings
from comic_downloads.usecases.context import Context
from comic_downloads.usecases.queries import JobView, get_download
from comic_downloads.usecases.scan_library import request_scan, run_requested_scans
from comic_downloads.usecases.submit_download import DownloadRequest, submit_download
from comic_downloads.wiring import build_context
from tests.servers import RedisServer, wait_for

ROOT = Path(__file__).resolve().parents[2]
__all__ = ["Series", "Session", "comics_of_series"]


def draw_page(path: Path, number: int, size: tuple[int, int] = (200, 300)) -> None:
    """A page unlike every other, cheap to draw, and not so smooth that it compresses to nothing."""
    noise = random.Random(f"{path.name}{number}").randbytes(64)
    image = Image.frombytes("L", (8, 8), noise).resize(size, Image.Resampling.BILINEAR)
    image.convert("RGB").save(path, "JPEG", quality=88)


@dataclass
class WorkerHandle:
    """A worker started as ``python -m comic_downloads.worker``, with its whole process group."""

    process: subprocess.Popen[bytes]
    log: Path

    def pids(self) -> list[int]:
        """The consumer and its worker processes."""
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()
        return [self.process.pid, *map(int, children)]

    def signal_all(self, number: signal.Signals) -> None:
        os.killpg(self.process.pid, number)

    def kill(self) -> None:
        """As when the power fails: every process at once, nobody can tidy up."""
        self.signal_all(signal.SIGKILL)
        self.process.wait(timeout=10)

    def terminate(self) -> float:
        """Asks it to stop as a container would; the seconds it took."""
        started = datetime.now(UTC)
        self.process.terminate()
        self.process.wait(timeout=30)
        return (datetime.now(UTC) - started).total_seconds()

    def lines(self, action: str) -> list[dict]:
        """The structured log lines with this action."""
        records = [json.loads(line) for line in self.log.read_text().splitlines() if line.startswith("{")]
        return [record for record in records if record.get("action") == action]


@dataclass
class World:
    """One installation. ``environment`` is what its processes get; ``context`` is our own view of it."""

    folder: Path
    environment: dict[str, str]
    context: Context
    redis: RedisServer | None = None
    workers: list[WorkerHandle] = field(default_factory=list)

    @property
    def settings(self) -> Settings:
        return self.context.settings

    def add_user(self, name: str) -> str:
        user_id = new_id(datetime.now(UTC))
        with self.context.db.write() as session:
            session.add(
                UserAccount(
                    id=user_id,
                    username=name,
                    username_key=name,
                    password_hash="",
                    role="member",
                    created_at=datetime.now(UTC),
                )
            )
        return user_id

    def add_comic(self, name: str, pages: int = 3, size: tuple[int, int] = (200, 300)) -> str:
        """A folder of pages in the library, scanned; gives the comic's id."""
        folder = self.settings.library / name
        folder.mkdir(parents=True)
        for number in range(pages):
            draw_page(folder / f"{name} {number + 1}.jpg", number, size)
        request_scan(self.context)
        run_requested_scans(self.context, lambda: False)
        with self.context.db.read() as session:
            return session.exec(select(Comic).where(col(Comic.path) == name)).one().id

    def submit(self, user_id: str, comic_id: str, **wishes) -> JobView:
        request = DownloadRequest(comic_ids=(comic_id,), **wishes)
        return submit_download(self.context, user_id, request).job

    def job(self, view: JobView) -> JobView:
        return get_download(self.context, view.user_id, view.id)

    def row(self, view: JobView) -> Job:
        with self.context.db.read() as session:
            return session.get_one(Job, view.id)

    def wait_for_status(self, view: JobView, *statuses: str, seconds: float = 60.0) -> JobView:
        return wait_for(
            f"{view.filename} to be {' or '.join(statuses)}",
            lambda: (now := self.job(view)).status in statuses and now,
            seconds,
        )

    def start_worker(self, **variables: str) -> WorkerHandle:
        log = self.folder / f"worker-{len(self.workers)}.log"
        with log.open("wb") as output:
            process = subprocess.Popen(
                [sys.executable, "-m", "comic_downloads.worker"],
                cwd=ROOT,
                env={**os.environ, **self.environment, "LOG_FORMAT": "json", "LOG_LEVEL": "debug", **variables},
                stderr=output,
                stdout=output,
                start_new_session=True,
            )
        self.workers.append(WorkerHandle(process, log))
        return self.workers[-1]

    def end(self) -> None:
        for worker in self.workers:
            if worker.process.poll() is None:
                worker.signal_all(signal.SIGCONT)
                worker.kill()
        self.context.db.dispose()


def open_world(folder: Path, redis: RedisServer | None, **variables: str) -> World:
    """An installation in the folder, with the variables on top of small defaults."""
    environment = {
        "DATA_DIR": str(folder / "data"),
        "LIBRARY_DIR": str(folder / "library"),
        "DEMO_LIBRARY": "0",
        "MIN_FREE_BYTES": "0",
        "WORKER_PROCESSES": "2",
        "SECRET_KEY": "a key for the tests only and long enough",
        **variables,
    }
    (folder / "library").mkdir(parents=True, exist_ok=True)
    settings = Settings.model_validate({name.lower(): value for name, value in environment.items()})
    return World(folder, environment, build_context(settings), redis)
