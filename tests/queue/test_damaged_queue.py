"""A damaged queue is replaced at the start; no download is lost."""

from __future__ import annotations

import random
from collections.abc import Callable

import pytest

from tests.queue.world import World

pytestmark = pytest.mark.parametrize("backend", ["sqlite"], indirect=True)


def noise(size_bytes: int) -> bytes:
    return random.Random(2).randbytes(size_bytes)


def sound_beginning(queue: bytes) -> bytes:
    return queue[:4096] + noise(max(len(queue) - 4096, 4096))


@pytest.mark.parametrize(
    "damage", [lambda queue: noise(len(queue)), sound_beginning], ids=["whole", "after a page"]
)
def test_a_waiting_download_is_prepared_although_the_queue_was_damaged(
    new_world: Callable[..., World], damage: Callable[[bytes], bytes]
):
    world = new_world()
    job = world.submit(world.add_user("ann"), world.add_comic("Book"))
    queue = world.settings.data / "queue.db"
    for suffix in ("-wal", "-shm"):
        queue.with_name(f"queue.db{suffix}").unlink(missing_ok=True)
    damaged = damage(queue.read_bytes())
    queue.write_bytes(damaged)

    world.start_worker()

    assert world.wait_for_status(job, "ready", "failed").status == "ready"
    assert len(world.lines("queue_replaced")) == 1
    assert queue.with_name("queue.db.damaged").read_bytes() == damaged
