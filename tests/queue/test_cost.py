"""How long jobs take is estimated from a cost for each job, byte and converted pixel."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import timedelta

import pytest

from comic_downloads.db.tables import Job
from comic_downloads.usecases.downloads.cost import Cost, Work, fit
from comic_downloads.usecases.downloads.request import DownloadRequest
from comic_downloads.usecases.downloads.submit import estimate_download
from tests.queue.world import World

FAST = Cost(0.03, 1 / 900_000_000, 1 / 60_000_000)
SLOW = Cost(4.0, 1 / 5_000_000, 1 / 700_000)


def jobs_at(cost: Cost, number: int, seed: int) -> list[tuple[Work, float]]:
    """Return jobs from 100 kB to 2 GB that took about what they cost; one of 20 stood still."""
    chance = random.Random(seed)
    jobs: list[tuple[Work, float]] = []
    for one in range(number):
        size_bytes = int(10 ** chance.uniform(5, 9.3))
        pixels = int(size_bytes * chance.uniform(2, 12)) if chance.random() < 0.5 else 0
        work = Work(size_bytes, pixels)
        seconds = cost.seconds(work) * chance.uniform(0.75, 1.35)
        jobs.append((work, seconds * 20 if one % 20 == 7 else seconds))
    return jobs


@pytest.mark.parametrize("cost", [FAST, SLOW])
def test_nine_of_ten_estimates_are_within_a_factor_of_two(cost: Cost):
    found = fit(jobs_at(cost, 60, seed=1))
    tried = jobs_at(cost, 200, seed=2)
    right = sum(0.5 <= found.seconds(work) / seconds <= 2 for work, seconds in tried)
    assert right >= 0.9 * len(tried)


def test_one_large_job_makes_small_ones_neither_instant_nor_slow():
    large, small = Work(2_000_000_000, 0), Work(100_000, 0)
    found = fit([(large, 20.0), (small, 0.4)])
    assert 0.2 <= found.seconds(small) <= 0.8
    assert 10 <= found.seconds(large) <= 40


def test_what_is_ahead_is_added_up(new_world: Callable[..., World]):
    world = new_world()
    ann, bob = world.add_user("ann"), world.add_user("bob")
    comics = [world.add_comic(f"Comic {number}") for number in range(4)]
    first = world.submit(ann, comics[0])
    assert world.prepare_here()
    with world.context.db.write() as session:
        row = session.get_one(Job, first.id)
        assert row.finished_at is not None
        row.attempt_started_at = row.finished_at - timedelta(seconds=10)
    hers = [world.submit(ann, comic) for comic in comics[1:]]
    his = world.submit(bob, comics[0], format="zip")

    seconds = [world.job(job).eta_seconds or 0 for job in (*hers, his)]
    assert seconds == pytest.approx([10, 30, 40, 10], rel=0.2)
    request = DownloadRequest(comic_ids=(comics[1],), format="zip")
    assert estimate_download(world.context, request).seconds == pytest.approx(10, rel=0.2)
