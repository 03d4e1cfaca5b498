"""Ask for a file to be sent to a recipient, and see how far that is."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from ...db import jobs, sendings
from ...db.session import database_now
from ...db.tables import Sending
from ...domain.errors import MailLimitReached, NotForRecipient, NotFound
from ...domain.identity import new_id
from ...domain.sending import MB, RecipientKind, SendingState
from ...mail.message import encoded_size
from ..context import Context
from ..delivery.links import Delivery, own_file
from .recipients import mailer_of, own_recipient

_DAY = timedelta(days=1)
_MAIL_ITSELF = 10_000  # More than the headers and the text of a mail take.


@dataclass(frozen=True)
class SendingView:
    """A sending. ``next_attempt_at`` is set while it waits, and ``answer`` after an attempt."""

    id: str
    recipient_id: str | None
    name: str
    address: str
    state: SendingState
    attempt: int
    answer: str
    created_at: datetime
    ended_at: datetime | None
    next_attempt_at: datetime | None


def send_file(context: Context, user_id: str, job_id: str, recipient_id: str) -> SendingView:
    """Let a worker send the job's file to the recipient.

    While the same file is under way to the same recipient, return that sending instead.

    Raises:
        MailNotSetUp: The server sends no mail.
        NotFound: The user has no such job, or no such recipient.
        NotReady, FileGone: The job has no file.
        NotForRecipient: The recipient does not take the file.
        MailLimitReached: The user has sent MAILS_PER_DAY mails within a day.
    """
    mailer_of(context)
    with context.db.read() as session:
        kind = RecipientKind(own_recipient(session, user_id, recipient_id).kind)
    _check_fit(own_file(context, user_id, job_id), kind)
    with context.db.write() as session:
        jobs.lock_user(session, user_id)
        recipient = own_recipient(session, user_id, recipient_id)
        if under_way := sendings.unfinished_sending(session, job_id, recipient_id):
            return _view(under_way)
        now = database_now(session)
        _check_limit(context, sendings.count_since(session, user_id, now - _DAY))
        row = Sending(
            id=new_id(now),
            user_id=user_id,
            job_id=job_id,
            recipient_id=recipient.id,
            name=recipient.name,
            address=recipient.address,
            state=SendingState.WAITING,
            not_before=now,
            created_at=now,
        )
        added = sendings.add_sending(session, row)
        assert added  # The account is locked, and nobody else adds sendings of its files.
    return _view(row)


def sendings_of(context: Context, user_id: str, job_id: str) -> list[SendingView]:
    """Return the sendings of the user's job, newest first. Raises NotFound."""
    with context.db.read() as session:
        if jobs.job_of_user(session, user_id, job_id) is None:
            raise NotFound("There is no such download.")
        return [_view(row) for row in sendings.sendings_of_job(session, job_id)]


def _check_limit(context: Context, sent: int) -> None:
    most = context.settings.mails_per_day
    if sent >= most:
        raise MailLimitReached(
            f"Your limit of files sent within 24 hours, {most}, is reached. Send this one later."
        )


def _check_fit(file: Delivery, kind: RecipientKind) -> None:
    facts = kind.facts
    if facts.media_types is not None and file.media_type not in facts.media_types:
        raise NotForRecipient(
            f"{facts.label} does not open “{file.filename}”. Prepare it as EPUB or PDF."
        )
    size_bytes = file.size_bytes
    if facts.encoded:
        size_bytes = encoded_size(size_bytes) + _MAIL_ITSELF
    if size_bytes > facts.max_bytes:
        most = facts.max_bytes // MB
        file_most = most * 18 // 25 if facts.encoded else most  # A mail makes 73 of 100 usable.
        raise NotForRecipient(
            f"“{file.filename}” has {file.size_bytes / MB:.1f} MB, and a mail to {facts.label} "
            f"holds {file_most} MB at most. Prepare it with a limit on the size of files."
        )


def _view(row: Sending) -> SendingView:
    state = SendingState(row.state)
    return SendingView(
        id=row.id,
        recipient_id=row.recipient_id,
        name=row.name,
        address=row.address,
        state=state,
        attempt=row.attempt,
        answer=row.answer,
        created_at=row.created_at,
        ended_at=row.ended_at,
        next_attempt_at=row.not_before if state is SendingState.WAITING else None,
    )
