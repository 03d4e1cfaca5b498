"""Every change of a job's status is one event, which every consumer gets, whatever is killed."""

from __future__ import annotations

import os
import random
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import event as sqlalchemy_event

from comic_downloads.db import jobs, outbox
from comic_downloads.db.outbox import Event
from comic_downloads.domain.job import Action
from comic_downloads.usecases.downloads import control
from comic_downloads.usecases.operations.maintenance import purge
from comic_downloads.usecases.operations.transition_counts import CONSUMER as COUNTING
from comic_downloads.usecases.operations.transition_counts import count_transitions
from tests.queue.outbox_history import all_events, check_outbox
from tests.queue.outbox_programs import CONSUMER
from tests.queue.world import ROOT, World
from tests.waiting import wait_for

KILLS = 6


def actions_of(world: World, job_id: str) -> list[str]:
    return [str(event.action) for event in all_events(world.context) if event.job_id == job_id]


def consume(world: World, name: str) -> list[Event]:
    with world.context.db.write() as session:
        outbox.place_events(session)
    with world.context.db.write() as session:
        events = outbox.next_events(session, name)
        outbox.acknowledge(session, name, events)
    return events


def test_every_step_of_a_download_is_one_event(world: World):
    ann, comic = world.add_user("ann"), world.add_comic("Small")
    first = world.submit(ann, comic)
    control.pause_download(world.context, ann, first.id)
    control.resume_download(world.context, ann, first.id)
    assert world.prepare_here()
    second = world.submit(ann, comic)
    control.remove_download(world.context, ann, first.id)

    assert actions_of(world, first.id) == [
        "submit",
        "pause",
        "resume",
        "claim",
        "finish",
        "expire",
    ]
    assert actions_of(world, second.id) == ["reuse"]
    check_outbox(world.context)


def test_what_changes_nothing_is_no_event(world: World):
    ann = world.add_user("ann")
    job = world.submit(ann, world.add_comic("Small"))
    control.pause_download(world.context, ann, job.id)
    control.pause_download(world.context, ann, job.id)
    control.pause_all(world.context, ann)
    assert actions_of(world, job.id) == ["submit", "pause"]


def test_a_change_that_is_rolled_back_leaves_no_event(world: World):
    job = world.submit(world.add_user("ann"), world.add_comic("Small"))
    with pytest.raises(ZeroDivisionError), world.context.db.write() as session:
        assert jobs.move(session, Action.PAUSE, job.id)
        raise ZeroDivisionError
    assert actions_of(world, job.id) == ["submit"]


@contextmanager
def counted_statements(world: World) -> Iterator[list[str]]:
    statements: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        statements.append(statement)

    sqlalchemy_event.listen(world.context.db.engine, "before_cursor_execute", note)
    yield statements
    sqlalchemy_event.remove(world.context.db.engine, "before_cursor_execute", note)


def test_many_jobs_take_no_more_statements_than_one(world: World):
    users = world.add_user("one job"), world.add_user("many jobs")
    comics = [world.add_comic(f"Comic {number}") for number in range(12)]
    world.submit(users[0], comics[0])
    for comic in comics:
        world.submit(users[1], comic)
    counts = []
    for user, expected in zip(users, (1, 12), strict=True):
        with counted_statements(world) as statements:
            assert control.pause_all(world.context, user) == expected
        counts.append(len(statements))
    assert counts[0] == counts[1]
    check_outbox(world.context)


def test_two_consumers_each_get_every_event_once(world: World):
    ann = world.add_user("ann")
    world.submit(ann, world.add_comic("First"))
    first = consume(world, "mail")
    control.pause_all(world.context, ann)
    second = consume(world, "mail")
    assert [event.action for event in (*first, *second)] == [Action.SUBMIT, Action.PAUSE]
    assert consume(world, "mail") == []
    assert consume(world, "webhooks") == [*first, *second]


@pytest.mark.parametrize("backend", ["postgres+redis"], indirect=True)
def test_an_event_that_is_committed_after_later_ones_is_not_missed(world: World):
    ann = world.add_user("ann")
    slow, fast = (world.submit(ann, world.add_comic(name)) for name in ("Slow", "Fast"))
    consume(world, "mail")
    with world.context.db.write() as session:
        assert jobs.move(session, Action.PAUSE, slow.id)
        control.pause_download(world.context, ann, fast.id)
        early = consume(world, "mail")
    late = consume(world, "mail")
    assert ([event.job_id for event in early], [event.job_id for event in late]) == (
        [fast.id],
        [slow.id],
    )
    assert late[0].id < early[0].id
    assert late[0].position > early[0].position


@pytest.mark.parametrize("backend", ["postgres+redis"], indirect=True)
def test_a_process_that_stops_while_it_places_events_holds_up_no_transition(world: World):
    ann = world.add_user("ann")
    job = world.submit(ann, world.add_comic("Small"))
    with world.context.db.write() as session:
        outbox.place_events(session)
        control.pause_download(world.context, ann, job.id)
        assert consume(world, "mail") == []
    assert [event.action for event in consume(world, "mail")] == [Action.SUBMIT, Action.PAUSE]


def test_cleanup_keeps_what_a_consumer_has_not_read(world: World):
    ann = world.add_user("ann")
    world.submit(ann, world.add_comic("Small"))
    assert len(consume(world, "mail")) == 1
    control.pause_all(world.context, ann)
    control.resume_all(world.context, ann)

    purge(world.after(timedelta(days=8)).context)
    kept = [event.action for event in all_events(world.context)]
    purge(world.after(timedelta(days=31)).context)

    assert kept == [Action.PAUSE, Action.RESUME]
    assert [event.action for event in all_events(world.context)] == [
        Action.RESUME
    ]  # The last stays.
    control.pause_all(world.context, ann)
    assert [event.position for event in all_events(world.context)] == [3, 4]


def test_totals_survive_the_cleanup(world: World):
    ann = world.add_user("ann")
    world.submit(ann, world.add_comic("Small"))
    purge(world.after(timedelta(days=31)).context)
    control.pause_all(world.context, ann)
    assert count_transitions(world.context) == {"submit": 1, "pause": 1}


# --- killed at any moment ---------------------------------------------------------------------


class Program:
    """A program of outbox_programs that is started again whenever it is killed."""

    def __init__(self, world: World, *arguments: str) -> None:
        self._world, self._arguments = world, arguments
        self.start()

    def start(self) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.queue.outbox_programs", *self._arguments],
            cwd=ROOT,
            env={**os.environ, **self._world.environment},
        )

    def kill(self) -> None:
        self.process.kill()
        self.process.wait(timeout=10)


def position(world: World, consumer: str) -> int:
    with world.context.db.read() as session:
        return outbox.consumer_position(session, consumer)


def test_killing_any_process_loses_and_doubles_nothing(
    new_world: Callable[..., World], tmp_path: Path
):
    world = new_world(MAX_QUEUED_PER_USER="100")
    delivered = tmp_path / "delivered"
    users = [world.add_user("ann"), world.add_user("bob")]
    comic = world.add_comic("Small")
    programs = [
        *(Program(world, "move", user, comic) for user in users),
        Program(world, "consume", str(delivered)),
    ]
    chance = random.Random(11)
    try:
        for _ in range(KILLS):
            before = position(world, CONSUMER)
            wait_for("deliveries", lambda b=before: position(world, CONSUMER) > b + 10)
            program = chance.choice(programs)
            program.kill()
            program.start()
    finally:
        for program in programs:
            program.kill()
    consumed = [event.id for event in consume(world, CONSUMER)]
    ids = [int(line) for line in delivered.read_text().splitlines()] + consumed
    events = all_events(world.context)

    check_outbox(world.context)
    assert list(dict.fromkeys(ids)) == [event.id for event in events]
    assert count_transitions(world.context) == Counter(str(event.action) for event in events)
    assert position(world, COUNTING) == events[-1].position
