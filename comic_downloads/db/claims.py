"""Statements that claim a job: find the next one and take it under a lease, in one transaction."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from functools import cache

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Integer,
    String,
    TextualSelect,
    bindparam,
    func,
    literal_column,
    or_,
    select,
    text,
    update,
)
from sqlalchemy.orm import aliased
from sqlalchemy.sql.dml import ReturningUpdate
from sqlmodel import Session, col

from ..domain.backoff import CEILING_SECONDS
from ..domain.job import Action, JobStatus, Phase
from .columns import UtcDateTime
from .jobs import claim_columns
from .leases import Lease
from .outbox import record
from .session import CLOCK, revision_value
from .tables import Job
from .waiting import beyond_back_off, is_due
from .workers import NO_LIMIT_BYTES

# How often a claim tries again after another worker was faster.
MAX_TRIES = 20


@dataclass(frozen=True)
class Claimed:
    """A job that was just claimed, and the number of this attempt."""

    lease: Lease
    user_id: str
    attempt: int


@dataclass(frozen=True)
class Claimant:
    """Who claims, and under which limits.

    Attributes:
        lease_token: The token of the new lease.
        worker_id: The worker process that will prepare the job.
        host: The machine of the worker.
        lease_seconds: How long the lease lasts unless it is renewed.
        max_running_per_user: How many jobs of one user may be prepared at the same time.
        free_disk_bytes: The disk space for all jobs that this host prepares at the same time. A job
            that needs more than the others leave free stays in the queue.
    """

    lease_token: str
    worker_id: str
    host: str
    lease_seconds: int
    max_running_per_user: int
    free_disk_bytes: int = NO_LIMIT_BYTES


# Finds the user whose turn it is. The recursion steps through the index from user to user, and one
# index lookup finds each user's first claimable job. So the cost depends on the number of users
# with queued jobs, and not on the number of jobs.
_TURN = """
    WITH RECURSIVE room(bytes) AS (
        SELECT CAST(:room - coalesce(sum(required_disk_bytes), 0) AS BIGINT) FROM job
        WHERE status = 'preparing' AND worker_id IN (SELECT id FROM worker WHERE host = :host)
    ), waiting(user_id) AS (
        SELECT min(user_id) FROM job WHERE status = 'queued'
        UNION ALL
        SELECT (SELECT min(user_id) FROM job WHERE status = 'queued' AND user_id > waiting.user_id)
        FROM waiting WHERE waiting.user_id IS NOT NULL
    ), head AS (
        SELECT waiting.user_id,
            (SELECT count(*) FROM job
             WHERE status = 'preparing' AND job.user_id = waiting.user_id) AS running,
            (SELECT id FROM job
             WHERE status = 'queued' AND job.user_id = waiting.user_id
                AND (job.required_disk_bytes = 0
                     OR job.required_disk_bytes <= (SELECT bytes FROM room))
                AND (attempt = 0 OR not_before <= {now} OR not_before > {far})
             ORDER BY priority, created_at, id LIMIT 1) AS job_id
        FROM waiting WHERE waiting.user_id IS NOT NULL
    )
    SELECT user_account.id AS user_id, head.running AS running, {now} AS now,
        (SELECT bytes FROM room) AS free_disk_bytes
    FROM head JOIN job ON job.id = head.job_id JOIN user_account ON user_account.id = head.user_id
    WHERE head.running < :max_running
    ORDER BY head.running, job.priority, job.created_at, job.id
    LIMIT 1
    {lock}
    """

# Other claims for the same user wait for the lock on the user's row, so that the number of running
# jobs stays true. Inserting rows that only refer to the user is not blocked. SQLite needs no row
# lock, because its write transactions exclude each other.
_IN_DIALECT = {
    "sqlite": {
        "far": f"strftime('%Y-%m-%d %H:%M:%f000', 'now', '+{CEILING_SECONDS} seconds')",
        "lock": "",
    },
    "postgresql": {
        "far": f"statement_timestamp() + interval '{CEILING_SECONDS} seconds'",
        "lock": "FOR NO KEY UPDATE OF user_account",
    },
}


@cache
def _turn(dialect: str) -> TextualSelect:
    types = {
        "user_id": String(),
        "running": Integer(),
        "now": UtcDateTime(),
        "free_disk_bytes": BigInteger(),
    }
    return text(_TURN.format(now=CLOCK[dialect], **_IN_DIALECT[dialect])).columns(**types)


_FIRST = aliased(Job)
_RUNNING = aliased(Job)

# These are literals because PostgreSQL could not use one plan for all claims with parameters here.
_QUEUED = literal_column(f"'{JobStatus.QUEUED}'")
_PREPARING = literal_column(f"'{JobStatus.PREPARING}'")

# Takes the user's first claimable job. The job is looked up again, because another worker may have
# taken it while this one waited for the lock. Nothing is taken if more of the user's jobs are
# running now than when the user's turn was found.
_TAKE = (
    update(Job)
    .where(
        col(Job.status) == _QUEUED,
        col(Job.id)
        == select(col(_FIRST.id))
        .where(
            col(_FIRST.status) == _QUEUED,
            col(_FIRST.user_id) == bindparam("of_user"),
            is_due(_FIRST, bindparam("at"), bindparam("far")),
            or_(
                col(_FIRST.required_disk_bytes) == 0,
                col(_FIRST.required_disk_bytes) <= bindparam("room"),
            ),
        )
        .order_by(col(_FIRST.priority), col(_FIRST.created_at), col(_FIRST.id))
        .limit(1)
        .scalar_subquery(),
        select(func.count())
        .select_from(_RUNNING)
        .where(col(_RUNNING.status) == _PREPARING, col(_RUNNING.user_id) == bindparam("of_user"))
        .scalar_subquery()
        <= bindparam("running"),
    )
    .values(
        lease_token=bindparam("new_token"),
        worker_id=bindparam("new_worker"),
        lease_until=bindparam("until"),
        attempt=col(Job.attempt) + 1,
        started_at=func.coalesce(col(Job.started_at), bindparam("at")),
        attempt_started_at=bindparam("at"),
        progressed_at=bindparam("at"),
        phase=Phase.WAITING,
        progress_before=col(Job.progress),
        bytes_done=0,
        **claim_columns(),
    )
    .returning(col(Job.id), col(Job.attempt))
)


@cache
def _take(revision: ColumnElement[int]) -> ReturningUpdate[str, int]:
    return _TAKE.values(revision=revision)


def claim_next(session: Session, claimant: Claimant) -> Claimed | None:
    """Claim the next job that may run, or return None.

    Users with fewer running jobs come first, then jobs with a lower priority number, then older
    ones. Nobody gets more than the maximum of running jobs. Earlier writes of this session may be
    rolled back.
    """
    looking = {
        "room": claimant.free_disk_bytes,
        "host": claimant.host,
        "max_running": claimant.max_running_per_user,
    }
    for _ in range(MAX_TRIES):
        connection = session.connection()
        turn = connection.execute(_turn(connection.dialect.name), looking).first()
        if turn is None:
            return None
        taking = {
            "of_user": turn.user_id,
            "at": turn.now,
            "far": beyond_back_off(turn.now),
            "until": turn.now + timedelta(seconds=claimant.lease_seconds),
            "room": turn.free_disk_bytes,
            "running": turn.running,
            "new_token": claimant.lease_token,
            "new_worker": claimant.worker_id,
        }
        taken = connection.execute(_take(revision_value(session)), taking).first()
        if taken is not None:
            record(session, Action.CLAIM, col(Job.id) == taken.id)
            return Claimed(
                Lease(taken.id, claimant.lease_token, taken.attempt), turn.user_id, taken.attempt
            )
        # Another worker took a job of this user while this one waited for the lock.
        session.rollback()
    return None
