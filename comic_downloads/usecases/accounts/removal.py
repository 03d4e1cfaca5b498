"""Remove an account with everything that belongs to it, in steps.

The first step makes the account unknown. The others delete its jobs, a batch at a time, so that
nobody waits long for the database. What a crash interrupts is continued by the cleanup.
"""

from __future__ import annotations

import time

from ...db import accounts, artifacts
from ...domain.account import Account, Role
from ...domain.errors import Conflict, Forbidden, NotFound
from ..artifacts import drop_if_unreferenced
from ..context import Context

# The number of jobs that one transaction deletes.
BATCH = 1000
# Others take their turn between two transactions. On SQLite, those who wait for the write lock look
# for it at least this often.
_PAUSE_SECONDS = 0.1


def delete_user(context: Context, acting: Account, user_id: str) -> None:
    """Delete a member with all their downloads; running ones are cancelled and storage is freed.

    Raises:
        Forbidden: ``acting`` is not the owner.
        Conflict: the account is the owner's own.
        NotFound: there is no such account.
    """
    if not acting.is_owner:
        raise Forbidden("Only the owner can remove accounts.")
    with context.db.write() as session:
        row = accounts.account_by_id(session, user_id)
        if row is None:
            raise NotFound("There is no account with this id.")
        if row.role == Role.OWNER:
            raise Conflict("The owner's account cannot be removed.")
        accounts.hide_account(session, user_id, context.clock())
    _delete_hidden(context, user_id)


def continue_removals(context: Context) -> None:
    """Delete the accounts whose removal has begun, perhaps in a process that was killed."""
    with context.db.read() as session:
        hidden = accounts.hidden_accounts(session)
    for user_id in hidden:
        _delete_hidden(context, user_id)


def _delete_hidden(context: Context, user_id: str) -> None:
    while _delete_batch(context, user_id) == BATCH:
        time.sleep(_PAUSE_SECONDS)
    with context.db.write() as session:
        # A request that was being accepted at the first step may have added a job since.
        artifact_ids = accounts.delete_account(session, user_id)
        artifacts.end_time_if_unreferenced(session, artifact_ids, context.clock())
    _drop(context, artifact_ids)
    context.notify_workers()  # A worker then removes the temporary files at once.


def _delete_batch(context: Context, user_id: str) -> int:
    """Delete some of the account's jobs and the files that nobody else needs; return how many."""
    with context.db.write() as session:
        deleted, artifact_ids = accounts.delete_jobs_of(session, user_id, BATCH)
        artifacts.end_time_if_unreferenced(session, artifact_ids, context.clock())
    _drop(context, artifact_ids)
    return deleted


def _drop(context: Context, artifact_ids: set[str]) -> None:
    for artifact_id in artifact_ids:
        drop_if_unreferenced(context, artifact_id)
