"""Two web processes behind one address show the same live progress, with and without Redis."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import httpx
import pytest
import redis

from comic_downloads.change_signal import CHANNEL
from comic_downloads.usecases.accounts.access_tokens import create_token
from comic_downloads.usecases.accounts.accounts import create_owner
from comic_downloads.usecases.downloads.control import pause_download, resume_download
from tests.api.serving import WebProcess
from tests.queue.world import World
from tests.servers import RedisServer
from tests.waiting import wait_for

pytestmark = pytest.mark.parametrize("backend", ["postgres+redis"], indirect=True)


class Screen:
    """A client of ``/api/v1/events`` that keeps the last state of each job."""

    def __init__(self, url: str, token: str) -> None:
        self.statuses: dict[str, str] = {}
        self.progress: dict[str, list[int]] = {}
        self._ready = threading.Event()
        threading.Thread(target=self._listen, args=(url, token), daemon=True).start()
        assert self._ready.wait(30)

    def _listen(self, url: str, token: str) -> None:
        with suppress(httpx.RemoteProtocolError):  # The process is killed at the end of the test.
            self._read_on(url, token)

    def _read_on(self, url: str, token: str) -> None:
        with httpx.stream(
            "GET",
            f"{url}/api/v1/events",
            headers={"Authorization": f"Bearer {token}"},
            timeout=None,
        ) as answer:
            name = ""
            for line in answer.iter_lines():
                self._ready.set()
                if line.startswith("event: "):
                    name = line.removeprefix("event: ")
                elif line.startswith("data: ") and name in {"download:state", "download:progress"}:
                    self._note(json.loads(line.removeprefix("data: ")))

    def shows_progress(self, job_id: str) -> bool:
        """Return True once the job was neither at its beginning nor at its end."""
        return any(0 < progress < 100 for progress in self.progress.get(job_id, []))

    def _note(self, job: dict) -> None:
        self.statuses[job["id"]] = job["status"]
        self.progress.setdefault(job["id"], []).append(job["progress"])


class Installation:
    """A machine, two web processes and a client at each."""

    def __init__(self, world: World, webs: list[WebProcess]) -> None:
        self.world = world
        account = create_owner(world.context, "olga", "a long password")
        self.user = account.id
        self.token = create_token(world.context, account, "events")[1]
        self.screens = [Screen(web.url, self.token) for web in webs]

    @property
    def redis(self) -> RedisServer:
        assert self.world.redis is not None
        return self.world.redis

    def both_show(self, job_id: str, status: str) -> None:
        wait_for(
            f"both to show {status}",
            lambda: [screen.statuses.get(job_id) for screen in self.screens] == [status] * 2,
        )

    def listeners(self) -> int:
        """Return how many web processes receive the change signal on Redis."""
        counts: Any = redis.Redis(port=self.redis.port).pubsub_numsub(CHANNEL)
        return counts[0][1]


@pytest.fixture
def installation(new_world: Callable[..., World], tmp_path: Path) -> Iterator[Installation]:
    world = new_world(LEASE_SECONDS="3", WORKER_PROCESSES="1", BASE_URL="http://comics.test")
    webs = [WebProcess(world.environment, tmp_path / f"web-{number}.log") for number in range(2)]
    for web in webs:
        web.start()
    yield Installation(world, webs)
    for web in webs:
        web.kill()


def test_both_show_the_same_progress_of_a_job(installation: Installation):
    world = installation.world
    with world.converting(20, hold_at=10, user_id=installation.user) as job:
        wait_for(
            "both to show progress",
            lambda: all(screen.shows_progress(job.id) for screen in installation.screens),
        )

    installation.both_show(job.id, "ready")

    for screen in installation.screens:
        shown = screen.progress[job.id]
        assert shown == sorted(shown)
        assert shown[-1] == 100


def test_both_show_what_happens_while_redis_is_away_and_after_it_is_back(
    installation: Installation,
):
    world = installation.world
    wait_for("both to listen", lambda: installation.listeners() == 2)
    first, second = (
        world.submit(installation.user, world.add_comic(name)) for name in ("First", "Second")
    )
    installation.both_show(second.id, "queued")

    installation.redis.stop()
    pause_download(world.context, installation.user, first.id)
    installation.both_show(first.id, "paused")
    world.start_worker()
    installation.both_show(second.id, "ready")

    installation.redis.start()
    wait_for("both to listen again", lambda: installation.listeners() == 2)
    resume_download(world.context, installation.user, first.id)
    installation.both_show(first.id, "ready")


def test_emptied_redis_changes_nothing(installation: Installation):
    world = installation.world
    job = world.submit(installation.user, world.add_comic("Small"))
    installation.both_show(job.id, "queued")

    installation.redis.empty()
    pause_download(world.context, installation.user, job.id)
    installation.both_show(job.id, "paused")
    installation.redis.empty()
    resume_download(world.context, installation.user, job.id)
    world.start_worker()

    installation.both_show(job.id, "ready")
