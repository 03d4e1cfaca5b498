"""Keep the e-readers that an account sends files to, and try whether mail reaches them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from ...db import jobs, recipients, sendings
from ...db.session import Session
from ...db.tables import Recipient
from ...domain.errors import (
    Conflict,
    MailNotSetUp,
    NotFound,
    RateLimited,
    RecipientNameTaken,
)
from ...domain.identity import new_id
from ...domain.sending import (
    MAX_RECIPIENTS,
    RecipientKind,
    checked_address,
    checked_recipient_name,
)
from ...domain.text_keys import name_key
from ...mail.mailer import MailAnswer, Mailer
from ...mail.message import Mail
from ..context import Context

TEST_PAUSE = timedelta(minutes=1)


@dataclass(frozen=True)
class RecipientView:
    """A recipient."""

    id: str
    name: str
    address: str
    kind: RecipientKind
    created_at: datetime


@dataclass(frozen=True)
class RecipientChange:
    """What is changed about a recipient; None leaves something as it is."""

    name: str | None = None
    address: str | None = None
    kind: RecipientKind | None = None


def list_recipients(context: Context, user_id: str) -> list[RecipientView]:
    """Return the user's recipients, in the order of their names."""
    with context.db.read() as session:
        return [_view(row) for row in recipients.recipients_of(session, user_id)]


def get_recipient(context: Context, user_id: str, recipient_id: str) -> RecipientView:
    """Return the user's recipient. Raises NotFound."""
    with context.db.read() as session:
        return _view(own_recipient(session, user_id, recipient_id))


def create_recipient(
    context: Context, user_id: str, name: str, address: str, kind: RecipientKind
) -> RecipientView:
    """Keep a recipient.

    Raises:
        InvalidRequest: The name or the address is not valid.
        RecipientNameTaken: Another recipient has the name.
        Conflict: The user already has MAX_RECIPIENTS.
    """
    checked, now = checked_recipient_name(name), context.clock()
    row = Recipient(
        id=new_id(now),
        user_id=user_id,
        name=checked,
        name_key=name_key(checked),
        address=checked_address(address),
        kind=kind,
        created_at=now,
    )
    with context.db.write() as session:
        jobs.lock_user(session, user_id)
        if recipients.count_recipients(session, user_id) >= MAX_RECIPIENTS:
            raise Conflict(
                f"You already have {MAX_RECIPIENTS} recipients. Delete one you no longer need."
            )
        if not recipients.add_recipient(session, row):
            raise _name_taken(checked)
    return _view(row)


def change_recipient(
    context: Context, user_id: str, recipient_id: str, change: RecipientChange
) -> RecipientView:
    """Change the user's recipient. What is under way to it keeps its old address.

    Raises:
        NotFound: The user has no such recipient.
        InvalidRequest: The name or the address is not valid.
        RecipientNameTaken: Another recipient has the name.
    """
    columns: dict[str, Any] = {}
    if change.name is not None:
        name = checked_recipient_name(change.name)
        columns |= {"name": name, "name_key": name_key(name)}
    if change.address is not None:
        columns["address"] = checked_address(change.address)
    if change.kind is not None:
        columns["kind"] = change.kind
    with context.db.write() as session:
        jobs.lock_user(session, user_id)
        row = own_recipient(session, user_id, recipient_id)
        if "name_key" in columns:
            same = recipients.recipient_named(session, user_id, columns["name_key"])
            if same is not None and same.id != row.id:
                raise _name_taken(same.name)
        if columns:
            recipients.change_recipient(session, row, **columns)
            session.refresh(row)
    return _view(row)


def delete_recipient(context: Context, user_id: str, recipient_id: str) -> None:
    """Delete the user's recipient, and cancel what is under way to it. Raises NotFound."""
    with context.db.write() as session:
        jobs.lock_user(session, user_id)
        row = own_recipient(session, user_id, recipient_id)
        sendings.cancel_for_recipient(session, row.id, context.clock())
        recipients.delete_recipient(session, row)


def try_recipient(context: Context, user_id: str, recipient_id: str) -> MailAnswer:
    """Send a short mail to the recipient now, and return what the mail server answered.

    Raises:
        MailNotSetUp: The server sends no mail.
        NotFound: The user has no such recipient.
        RateLimited: The last test was less than TEST_PAUSE ago.
    """
    mailer, now = mailer_of(context), context.clock()
    with context.db.write() as session:
        row = own_recipient(session, user_id, recipient_id)
        if not recipients.begin_test(session, row.id, now, now - TEST_PAUSE):
            raise RateLimited(
                "A test was sent less than a minute ago. Wait a little.",
                retry_after_seconds=int(TEST_PAUSE.total_seconds()),
            )
    mail = Mail(
        id=new_id(now),
        sender=mailer.sender,
        recipient=row.address,
        subject="Test of Comic Downloads",
        text="Mail from Comic Downloads arrives here.\r\n",
        date=now,
    )
    return mailer.send(mail, lambda: False)


def mailer_of(context: Context) -> Mailer:
    """Return what sends mails. Raises MailNotSetUp."""
    if context.mailer is None:
        raise MailNotSetUp(
            "This server sends no mail yet. Its owner has to set SMTP_URL and MAIL_FROM."
        )
    return context.mailer


def own_recipient(session: Session, user_id: str, recipient_id: str) -> Recipient:
    """Return the user's recipient. Raises NotFound."""
    row = recipients.recipient_of(session, user_id, recipient_id)
    if row is None:
        raise NotFound("You have no such recipient.")
    return row


def _name_taken(name: str) -> RecipientNameTaken:
    return RecipientNameTaken(f"You already have a recipient “{name}”. Choose another name.")


def _view(row: Recipient) -> RecipientView:
    return RecipientView(row.id, row.name, row.address, RecipientKind(row.kind), row.created_at)
