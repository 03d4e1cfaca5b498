"""A worker logs its start, and every record about an attempt names job, attempt and action."""

from __future__ import annotations

from tests.queue.world import World

ABOUT_AN_ATTEMPT = {"claim", "attempt_failed", "finish", "recover", "fenced", "release"}


def test_lines_about_an_attempt_name_job_attempt_and_action(world: World):
    mend = world.break_storage()
    job = world.submit(world.add_user("ann"), world.add_comic("Small"))
    worker = world.start_worker()
    world.wait_for_job(job, "tried in vain", lambda job: job.error is not None)
    mend()
    attempts = world.wait_for_status(job, "ready").attempt
    worker.terminate()

    assert [line["message"] for line in world.lines("worker_start")] == [
        "Worker started with 2 processes"
    ]
    lines = [line for action in ABOUT_AN_ATTEMPT for line in world.lines(action)]
    told = [
        (line["action"], line["attempt"])
        for line in sorted(lines, key=lambda line: line["time"])
        if line["job"] == job.id
    ]
    failed = range(1, attempts)
    assert failed
    assert told == [
        *((action, attempt) for attempt in failed for action in ("claim", "attempt_failed")),
        ("claim", attempts),
        ("finish", attempts),
    ]
