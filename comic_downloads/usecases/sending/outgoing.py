"""Send what is due, one mail after the other, in a worker.

An attempt holds its sending by a lease. If the process dies, the lease lapses and the sending is
tried again. Only if it dies after the mail server has accepted the mail and before that is written
down, the mail goes out twice; both then have the same Message-ID.
"""

from __future__ import annotations

import io
import logging
import secrets
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import PurePath
from typing import Any, BinaryIO

from ...db import sendings
from ...db.session import database_now
from ...db.tables import Sending
from ...domain.errors import DatabaseError, InputError, JobError, Refusal
from ...domain.sending import TRIED_FOR, SendingAction, retry_delay
from ...mail.mailer import MailAnswer, Mailer, Outcome
from ...mail.message import Attachment, Mail
from ..context import Context
from ..delivery.layout_stream import LayoutStream
from ..delivery.layouts import Layouts, open_layout
from ..delivery.links import Delivery, ensure_intact, open_file, own_file
from ..delivery.verified_files import VerifiedFiles

log = logging.getLogger(__name__)

_BUFFER_BYTES = 256 * 1024
_ACTIONS = {
    Outcome.ACCEPTED: SendingAction.FINISH,
    Outcome.REFUSED: SendingAction.REFUSE,
    Outcome.MISCONFIGURED: SendingAction.FAIL,
}


def send_due(context: Context, must_stop: Callable[[], bool]) -> None:
    """Send all mails that are due, until there is none or ``must_stop`` returns True."""
    if context.mailer is None:
        return
    while not must_stop():
        with context.db.read() as session:
            if not sendings.any_due(session):
                return
        token = secrets.token_hex(16)
        with context.db.write() as session:
            sendings.recover_lapsed(session)
            sending = sendings.claim_next(session, token, context.settings.lease_seconds)
        if sending is None:
            return
        _attempt(context, context.mailer, sending, token, must_stop)


def _attempt(
    context: Context, mailer: Mailer, sending: Sending, token: str, must_stop: Callable[[], bool]
) -> None:
    with _holding(context, sending.id, token) as lost:
        answer = _send(context, mailer, sending, lambda: lost.is_set() or must_stop())
        _note(context, sending, token, answer)


def _send(
    context: Context, mailer: Mailer, sending: Sending, must_stop: Callable[[], bool]
) -> MailAnswer:
    try:
        delivery = own_file(context, sending.user_id, sending.job_id)
        with _opened(context, delivery) as file:
            return mailer.send(_mail(mailer, sending, delivery, file), must_stop)
    except (Refusal, InputError) as error:
        return MailAnswer(Outcome.MISCONFIGURED, error.detail)
    except JobError as error:
        return MailAnswer(Outcome.POSTPONED, error.detail)
    except (OSError, EOFError) as error:
        log.warning("A file cannot be sent: %s", error, extra=_logged(sending))
        return MailAnswer(Outcome.POSTPONED, "The file could not be read.")


@contextmanager
def _opened(context: Context, delivery: Delivery) -> Iterator[BinaryIO]:
    """Open the file, verified or, of a layout, verified page by page while it is read."""
    if delivery.is_layout:
        stream = LayoutStream(open_layout(Layouts(context), delivery))
        with io.BufferedReader(stream, _BUFFER_BYTES) as buffered:
            yield buffered
        return
    with open_file(context, delivery) as file:
        ensure_intact(context, delivery, file, VerifiedFiles(context.monotonic))
        file.seek(0)
        yield file


def _mail(mailer: Mailer, sending: Sending, delivery: Delivery, file: BinaryIO) -> Mail:
    return Mail(
        id=sending.id,
        sender=mailer.sender,
        recipient=sending.address,
        subject=PurePath(delivery.filename).stem,
        text="Sent by Comic Downloads.\r\n",
        date=sending.created_at,
        attachment=Attachment(delivery.filename, delivery.media_type, delivery.size_bytes, file),
    )


def _note(context: Context, sending: Sending, token: str, answer: MailAnswer) -> None:
    """Write down what became of the attempt, unless the sending was cancelled meanwhile."""
    with context.db.write() as session:
        now = database_now(session)
        action = _ACTIONS.get(answer.outcome)
        columns: dict[str, Any] = {"ended_at": now}
        words = answer.words
        if action is None:
            stopped = answer.outcome is Outcome.STOPPED
            due = now if stopped else now + retry_delay(sending.attempt + 1)
            action, columns = SendingAction.POSTPONE, {"not_before": due}
            if not stopped and due > sending.created_at + TRIED_FOR:
                action, columns = SendingAction.FAIL, {"ended_at": now}
                words = f"It was tried for a day. {words}"
        if words:
            columns["answer"] = words
        if sendings.end_attempt(session, action, sending.id, token, **columns):
            log.info("Mail: %s", answer.outcome, extra=_logged(sending))


@contextmanager
def _holding(context: Context, sending_id: str, token: str) -> Iterator[threading.Event]:
    """Renew the lease until the block ends; set the event if the lease is lost."""
    lost, ended = threading.Event(), threading.Event()
    seconds = context.settings.lease_seconds

    def renew() -> None:
        while not ended.wait(seconds / 3):
            try:
                with context.db.write() as session:
                    if not sendings.renew(session, sending_id, token, seconds):
                        lost.set()
                        return
            except DatabaseError as error:
                log.warning(
                    "The lease of a mail was not renewed: %s",
                    error.reason,
                    extra={"action": "send_mail", "sending": sending_id},
                )

    thread = threading.Thread(target=renew, name="sending lease", daemon=True)
    thread.start()
    try:
        yield lost
    finally:
        ended.set()
        thread.join()


def _logged(sending: Sending) -> dict[str, object]:
    return {"action": "send_mail", "sending": sending.id, "attempt": sending.attempt + 1}
