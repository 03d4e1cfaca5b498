"""After SIGKILL at any file operation or commit, the next attempt ends ready with equal bytes."""

from __future__ import annotations

import shutil
import signal
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

from comic_downloads.usecases.downloads.control import remove_download
from comic_downloads.usecases.operations.maintenance import (
    new_worker_id,
    reconcile,
    recover_lost_jobs,
    tidy_machine,
)
from tests.queue.one_attempt import prepare_and_die
from tests.queue.world import World

STRIDE = 2  # An attempt has some 44 steps.
PAGES = 3


def finish_after_the_kill(world: World, job) -> None:
    """Do what other processes would: wait for the back-off, prepare the job again and tidy up."""
    world.make_due(job)
    world.prepare_here()
    tidy_machine(world.context)
    reconcile(world.after(timedelta(hours=12)).context)


def conversions(log: Path) -> Counter[str]:
    return Counter(line for line in log.read_text().splitlines() if " Page converted: " in line)


def test_attempt_killed_at_any_step_leaves_nothing_wrong(
    new_world: Callable[..., World], tmp_path: Path, caplog
):
    world = new_world(LEASE_SECONDS="30")
    user, comic = world.add_user("ann"), world.add_comic("Small", pages=PAGES, size=(300, 600))
    digests, phases, code = set(), set(), -signal.SIGKILL
    caplog.set_level("DEBUG", logger="comic_downloads")
    for kill_at in range(1, 1000, STRIDE):
        job = world.submit(user, comic, quality="480p")
        worker_id, log = new_worker_id(world.context), tmp_path / f"{kill_at}.log"
        code = prepare_and_die(world.environment, worker_id, kill_at, log)
        phases.add(world.job(job).phase)
        recover_lost_jobs(world.context, [worker_id])
        caplog.clear()
        finish_after_the_kill(world, job)

        done = world.job(job)
        assert (done.status, done.error) == ("ready", None), f"killed at step {kill_at}"
        assert done.attempt <= 2
        digests.add(done.sha256)
        assert len(world.page_names(job)) == PAGES
        assert len(list(world.context.blobs.list("artifacts/"))) == 1
        assert world.job_folders() == []
        again = Counter(
            f"{record.name} {record.message}"
            for record in caplog.records
            if "Page converted" in record.message
        )
        assert max((conversions(log) + again).values()) == 1, f"killed at step {kill_at}"
        remove_download(world.context, user, job.id)
        shutil.rmtree(world.settings.data / "work" / "pages")
        if code != -signal.SIGKILL:
            break

    assert code == 0, "there are more steps than were tried"
    assert len(digests) == 1
    # Verifying is a single step, which the stride may skip: the number of steps before it depends
    # on how often a slow machine writes its progress.
    assert phases >= {"waiting", "converting", "packaging", "storing", "done"}
