"""The invariants of the queue hold after every step of users, workers and time, in any order."""

from __future__ import annotations

import secrets
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import hypothesis.strategies as st
from hypothesis import HealthCheck, settings
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    initialize,
    invariant,
    multiple,
    rule,
    run_state_machine_as_test,
)
from sqlmodel import SQLModel, col, delete, select, update

from comic_downloads.db import leases
from comic_downloads.db.claims import Claimant, claim_next
from comic_downloads.db.leases import Lease
from comic_downloads.db.tables import (
    Artifact,
    DeliveredRange,
    EventConsumer,
    Job,
    Manifest,
    OutboxEvent,
    Transfer,
)
from comic_downloads.domain.errors import (
    InvalidTransition,
    LeaseLost,
    NotFound,
    PageUnreadable,
    QueueFull,
    StorageUnavailable,
)
from comic_downloads.domain.job import Phase
from comic_downloads.domain.manifest import Manifest as FrozenInput
from comic_downloads.packaging.pages import BuiltFile
from comic_downloads.usecases.downloads import control as control
from comic_downloads.usecases.operations.maintenance import purge, reconcile, recover_lost_jobs
from comic_downloads.usecases.preparing.attempt import Attempt
from comic_downloads.usecases.preparing.heartbeat import LeaseHeartbeat, fail_attempt, release
from comic_downloads.usecases.preparing.publish import publish
from comic_downloads.usecases.preparing.store import store
from tests.queue.outbox_history import check_outbox
from tests.queue.world import World

CAP = 2
MAX_QUEUED = 4
MAX_ATTEMPTS = 2
WORKERS = ("first", "second", "third")
COMICS = ("A", "B", "C")
LEASE_COLUMNS = {
    "lease_until",
    "progressed_at",
    "revision",
}  # Changed by a heartbeat and not shown to users.

users = st.integers(0, 1)
verbs = st.sampled_from(
    [
        control.pause_download,
        control.resume_download,
        control.cancel_download,
        control.retry_download,
        control.remove_download,
    ]
)


class Queue(RuleBasedStateMachine):
    """Two users, three workers and three comics.

    ``promised`` are the jobs that were accepted and not removed, with their users.
    """

    jobs = Bundle("jobs")
    held = Bundle("held")

    def __init__(self, world: World, user_ids: list[str], comic_ids: list[str]) -> None:
        super().__init__()
        self.world, self.context = world, world.context
        self.users, self.comics = user_ids, comic_ids
        self.promised: dict[str, str] = {}
        self.known: dict[str, dict[str, Any]] = {}
        self.given: list[Lease] = []
        with self.context.db.write() as session:
            for table in (
                Transfer,
                DeliveredRange,
                Job,
                Artifact,
                Manifest,
                OutboxEvent,
                EventConsumer,
            ):
                session.connection().execute(delete(table))
        for blob in list(self.context.blobs.list("artifacts/")):
            self.context.blobs.delete(blob.key)

    # --- users ---

    @initialize(target=jobs)
    def submit_some(self) -> Any:
        """Submit more jobs of the first user than may run at a time."""
        wishes = [(0, "cbz"), (0, "zip"), (0, "pdf"), (1, "cbz")]
        return multiple(*(self.submit(user, 0, format) for user, format in wishes))

    @rule(
        target=jobs,
        user=users,
        comic=st.sampled_from(range(len(COMICS))),
        format=st.sampled_from(["cbz", "zip", "pdf"]),
    )
    def submit(self, user: int, comic: int, format: str) -> Any:
        try:
            job = self.world.submit(self.users[user], self.comics[comic], format=format)
        except QueueFull:
            waiting = [
                row
                for row in self.rows()
                if row.user_id == self.users[user] and row.status == "queued"
            ]
            assert len(waiting) >= MAX_QUEUED
            return multiple()
        self.promised[job.id] = job.user_id
        return job.id

    @rule(job=jobs, act=verbs, user=users)
    def control_one(self, job: str, act: Callable[..., Any], user: int) -> None:
        try:
            act(self.context, self.users[user], job)
        except NotFound:
            assert self.promised.get(job) != self.users[user]
            return
        except (InvalidTransition, QueueFull):
            return
        if act is control.remove_download:
            del self.promised[job]

    @rule(
        user=users,
        act=st.sampled_from(
            [control.pause_all, control.resume_all, control.retry_failed, control.cleanup_finished]
        ),
    )
    def control_all(self, user: int, act: Callable[..., Any]) -> None:
        act(self.context, self.users[user])
        if act is control.cleanup_finished:
            self.forget_finished(user)

    def forget_finished(self, user: int) -> None:
        there = {row.id for row in self.rows()}
        self.promised = {
            job: owner
            for job, owner in self.promised.items()
            if owner != self.users[user] or job in there
        }
        mine = [row.status for row in self.rows() if row.user_id == self.users[user]]
        assert set(mine) <= {"queued", "preparing", "paused"}

    # --- workers ---

    @rule(target=held, worker=st.sampled_from(WORKERS))
    def claim(self, worker: str) -> Any:
        claimant = Claimant(
            secrets.token_hex(8), worker, "a host", lease_seconds=60, max_running_per_user=CAP
        )
        with self.context.db.write() as session:
            claimed = claim_next(session, claimant)
        if claimed is None:
            self.assert_nobody_was_left_out()
            return multiple()
        self.given.append(claimed.lease)
        return self.given[-1]

    @rule(lease=held, act=st.sampled_from(["progress", "finish", "fail", "give up", "stop"]))
    def work(self, lease: Lease, act: str) -> None:
        """Act as if the lease were still held; if it is lost, nothing changes."""
        with self.context.db.read() as session:
            held, before = leases.still_held(session, lease), session.get(Job, lease.job_id)
        match act:
            case "progress":
                self.progress(lease, held)
            case "finish":
                self.finish(lease, held, before)
            case "fail":
                fail_attempt(self.context, lease, StorageUnavailable("away"))
            case "give up":
                fail_attempt(self.context, lease, PageUnreadable("torn"))
            case _:
                release(self.context, lease)
        with self.context.db.read() as session:
            after = session.get(Job, lease.job_id)
        assert held == (before is not None and after is not None and shown(before) != shown(after))

    def progress(self, lease: Lease, held: bool) -> None:
        with self.context.db.write() as session:
            changes = {"phase": Phase.CONVERTING, "progress": 10, "pages_done": 1}
            assert leases.record_progress(session, lease, **changes) == held
            assert leases.renew_lease(session, lease, 60) == held

    def finish(self, lease: Lease, held: bool, job: Job | None) -> None:
        with self.context.db.read() as session:
            row = session.get(Manifest, job.content_key) if job else None
        if job is None or row is None:
            assert not held
            return
        manifest = FrozenInput.from_json(row.body)
        heartbeat = LeaseHeartbeat(self.context, lease, lambda: False, lambda: None)
        attempt = Attempt.begin(self.context, lease, heartbeat)
        attempt.file.parent.mkdir(parents=True, exist_ok=True)
        attempt.file.write_bytes(job.content_key.encode())
        built = BuiltFile(attempt.file.stat().st_size, job.content_key, job.pages_total)
        try:
            publish(attempt, manifest, store(attempt, manifest, built))
        except LeaseLost:
            assert not held
        else:
            assert held

    # --- time and misfortune ---

    @rule(lease=held)
    def lease_lapses(self, lease: Lease) -> None:
        past = datetime.now(UTC) - timedelta(minutes=1)
        with self.context.db.write() as session:
            lapsing = update(Job).where(col(Job.id) == lease.job_id, col(Job.status) == "preparing")
            session.connection().execute(lapsing.values(lease_until=past))
        recover_lost_jobs(self.context)
        self.back_offs_pass()

    def back_offs_pass(self) -> None:
        with self.context.db.write() as session:
            session.connection().execute(
                update(Job).values(not_before=datetime.now(UTC) - timedelta(days=1))
            )
        self.known = {row.id: shown(row) for row in self.rows()}

    @rule(
        what=st.sampled_from(["death", "patience", "an hour", "a day", "lost file"]),
        worker=st.sampled_from(WORKERS),
    )
    def misfortune(self, what: str, worker: str) -> None:
        match what:
            case "death":
                recover_lost_jobs(self.context, [worker])
                assert not [row for row in self.rows() if row.worker_id == worker]
            case "patience":
                self.back_offs_pass()
            case "an hour":
                purge(self.world.after(timedelta(hours=1)).context)
            case "a day":
                purge(self.world.after(timedelta(hours=26)).context)
            case _:
                for blob in list(self.context.blobs.list("artifacts/"))[:1]:
                    self.context.blobs.delete(blob.key)
                reconcile(self.context)

    # --- what must hold ---

    def assert_nobody_was_left_out(self) -> None:
        running = Counter(row.user_id for row in self.rows() if row.status == "preparing")
        now = datetime.now(UTC)
        due = {
            row.user_id for row in self.rows() if row.status == "queued" and row.not_before <= now
        }
        assert all(running[user] >= CAP for user in due)

    def rows(self) -> list[Job]:
        with self.context.db.read() as session:
            return list(session.exec(select(Job).where(col(Job.deleted_at).is_(None))))

    @invariant()
    def promises_hold(self) -> None:
        rows = self.rows()
        self.check_none_is_lost_and_none_is_made_up(rows)
        self.check_cap(rows)
        self.check_one_lease(rows)
        self.check_revisions_grow(rows)
        self.check_attempts_and_reasons(rows)
        self.check_ready_ones_have_their_file([row for row in rows if row.status == "ready"])
        check_outbox(self.context)

    def check_none_is_lost_and_none_is_made_up(self, rows: list[Job]) -> None:
        assert {row.id: row.user_id for row in rows} == self.promised

    def check_cap(self, rows: list[Job]) -> None:
        running = Counter(row.user_id for row in rows if row.status == "preparing")
        assert max(running.values(), default=0) <= CAP

    def check_one_lease(self, rows: list[Job]) -> None:
        tokens = {row.id: row.lease_token for row in rows}
        valid = Counter(
            lease.job_id for lease in self.given if lease.token == tokens.get(lease.job_id)
        )
        assert dict(valid) == {row.id: 1 for row in rows if row.status == "preparing"}

    def check_revisions_grow(self, rows: list[Job]) -> None:
        now = {row.id: shown(row) for row in rows}
        for job, row in now.items():
            before = self.known.get(job, row)
            assert row["revision"] >= before["revision"]
            if any(row[name] != before[name] for name in row.keys() - LEASE_COLUMNS):
                assert row["revision"] > before["revision"]
        self.known = now

    def check_attempts_and_reasons(self, rows: list[Job]) -> None:
        for row in rows:
            assert 0 <= row.attempt <= MAX_ATTEMPTS
            assert row.status != "failed" or row.error_message

    def check_ready_ones_have_their_file(self, ready: list[Job]) -> None:
        if not ready:
            return
        with self.context.db.read() as session:
            for row in ready:
                artifact = session.get_one(Artifact, row.artifact_id)
                assert (
                    self.context.blobs.stat(artifact.blob_key).size_bytes
                    == artifact.size_bytes
                    == row.file_size_bytes
                )


def shown(row: SQLModel) -> dict[str, Any]:
    return row.model_dump()


def test_invariants_hold_after_every_step_in_any_order(new_world: Callable[..., World]):
    world = new_world(
        MAX_ACTIVE_PER_USER=str(CAP),
        MAX_QUEUED_PER_USER=str(MAX_QUEUED),
        MAX_ATTEMPTS=str(MAX_ATTEMPTS),
        LOG_LEVEL="error",
    )
    user_ids = [world.add_user("ann"), world.add_user("bob")]
    comic_ids = [world.add_comic(name) for name in COMICS]
    examples = 40 if world.context.db.is_sqlite else 10
    run_state_machine_as_test(
        lambda: Queue(world, user_ids, comic_ids),  # pyright: ignore[reportArgumentType]  # Any factory is accepted.
        settings=settings(
            max_examples=examples,
            stateful_step_count=35,
            deadline=None,
            database=None,
            suppress_health_check=(HealthCheck.too_slow, HealthCheck.data_too_large),
        ),
    )
