"""A group survives what its jobs survive: killed workers, pauses, damaged comics."""

from __future__ import annotations

from collections import Counter

from comic_downloads.domain.group import GroupOwner
from comic_downloads.domain.job import JobStatus
from comic_downloads.domain.split import Split
from comic_downloads.usecases.downloads.group_control import (
    pause_group,
    resume_group,
    retry_group,
)
from comic_downloads.usecases.downloads.group_snapshots import GroupSnapshot, get_group
from comic_downloads.usecases.downloads.groups import submit_group
from comic_downloads.usecases.downloads.request import DownloadRequest
from tests.queue.world import TALL, World
from tests.waiting import wait_for

COUNT = 30
DAMAGED = "Bay 17"


def test_group_of_30_survives_kills_a_pause_and_a_comic_that_fails(world: World):
    for number in range(1, COUNT):
        world.put_comic(f"Bay {number:02}", 1, TALL)
    world.add_comic(f"Bay {COUNT:02}", 1, TALL)
    comic_ids = tuple(world.comic_id(f"Bay {number:02}") or "" for number in range(1, COUNT + 1))
    owner = GroupOwner(world.add_user("ann"))
    request = DownloadRequest(comic_ids=comic_ids, quality="480p")
    group_id = submit_group(world.context, owner.user_id, request, Split()).found.group.id
    page = world.settings.library / DAMAGED / "001.jpg"
    whole = page.read_bytes()
    page.write_bytes(b"damaged")

    def group() -> GroupSnapshot:
        return get_group(world.context, owner, group_id).group

    def wait_for_files(number: int) -> None:
        wait_for(f"{number} files", lambda: group().file_count >= number, seconds=120)

    for _ in range(5):
        assert world.prepare_here()
    paused = pause_group(world.context, owner, group_id).group
    assert (paused.status, paused.current, paused.total) == (JobStatus.PAUSED, 6, COUNT)
    assert not world.prepare_here()
    resume_group(world.context, owner, group_id)
    world.start_worker()
    wait_for_files(10)
    world.workers[-1].kill()
    world.start_worker()
    wait_for_files(20)
    world.workers[-1].kill()
    world.start_worker()
    wait_for("the group to end", lambda: group().has_ended, seconds=120)

    ended = get_group(world.context, owner, group_id)
    assert Counter(job.status for job in ended.jobs) == {"ready": COUNT - 1, "failed": 1}
    assert [job.comics[0].id for job in ended.jobs] == list(comic_ids)
    failed = ended.jobs[16]
    assert (failed.status, failed.error and failed.error.retryable) == ("failed", False)
    assert (ended.group.status, ended.group.percent) == (JobStatus.FAILED, 100)

    page.write_bytes(whole)
    world.scan(DAMAGED)
    retry_group(world.context, owner, group_id)
    wait_for("the last file", lambda: group().status == JobStatus.READY, seconds=120)
    for job in get_group(world.context, owner, group_id).jobs:
        assert len(world.page_names(job)) == 1
