"""A real SMTP server that accepts, refuses, greylists, holds and drops mails as a test says."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.parser import BytesParser
from email.policy import SMTP as SMTP_POLICY
from typing import Any, cast

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from tests.waiting import PATIENCE_SECONDS, free_port


@dataclass
class Inbox:
    """What a server does, and what it has accepted.

    ``answers`` are given to the next mails after their data, in place of accepting them, and
    ``greetings`` to the next senders. ``drops`` many connections are cut at the sender's RCPT.
    ``hold`` keeps the server from answering to RCPT until it is set.
    """

    mails: list[EmailMessage] = field(default_factory=list)
    answers: list[str] = field(default_factory=list)
    greetings: list[str] = field(default_factory=list)
    drops: int = 0
    hold: threading.Event | None = None
    arrived: threading.Event = field(default_factory=threading.Event)
    port: int = 0

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self.port}"

    async def handle_RCPT(  # noqa: N802 - the name that aiosmtpd calls
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: Any
    ) -> str:
        self.arrived.set()
        if self.hold is not None:
            await asyncio.to_thread(self.hold.wait, PATIENCE_SECONDS)
        if self.drops:
            self.drops -= 1
            cast(asyncio.Transport, server.transport).abort()
        if self.greetings:
            return self.greetings.pop(0)
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        if self.answers:
            return self.answers.pop(0)
        assert isinstance(envelope.content, bytes)
        parsed = BytesParser(policy=SMTP_POLICY).parsebytes(envelope.content)
        assert isinstance(parsed, EmailMessage)
        self.mails.append(parsed)
        return "250 kept as 17"


@contextmanager
def smtp_server(**options: Any) -> Iterator[Inbox]:
    inbox = Inbox()
    inbox.port = free_port()
    controller = Controller(inbox, hostname="127.0.0.1", port=inbox.port, **options)
    controller.start()
    try:
        yield inbox
    finally:
        controller.stop()
