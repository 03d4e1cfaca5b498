"""When three workers look at the clock, each task runs once for each slot."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

from sqlmodel import select

from comic_downloads.db.tables import CronSlot
from comic_downloads.usecases.operations.maintenance import once_per
from tests.queue.world import World
from tests.waiting import wait_for


def test_one_of_many_at_once_gets_the_slot(new_world: Callable[..., World]):
    world = new_world()
    slots = [
        datetime(2026, 11, 20, 12, tzinfo=UTC) + timedelta(minutes=minute) for minute in range(5)
    ]

    def ask(_: int) -> list[datetime]:
        return [slot for slot in slots if once_per(world.context, "purge", slot)]

    with ThreadPoolExecutor(6) as threads:
        given = [slot for mine in threads.map(ask, range(6)) for slot in mine]

    assert sorted(given) == slots


def test_three_workers_purge_once_a_slot(new_world: Callable[..., World]):
    world = new_world(WORKER_PROCESSES="1")
    for _ in range(3):
        world.start_worker()

    def purges_and_slots() -> bool:
        with world.context.db.read() as session:
            slots = [slot for slot in session.exec(select(CronSlot)) if slot.name == "purge"]
        return len(world.lines("begin_purge")) == len(slots) >= 1

    assert wait_for("the purges to be over", purges_and_slots)
    assert len(world.lines("begin_purge")) <= 2  # Two if a minute ended meanwhile.
