"""The interface of what sends mails."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from .message import Mail


class Outcome(StrEnum):
    """What became of one attempt to send a mail.

    ``POSTPONED`` may succeed later, ``REFUSED`` will not. ``MISCONFIGURED`` is for the owner to
    mend. ``STOPPED`` means that the caller asked to stop.
    """

    ACCEPTED = "accepted"
    POSTPONED = "postponed"
    REFUSED = "refused"
    MISCONFIGURED = "misconfigured"
    STOPPED = "stopped"


@dataclass(frozen=True)
class MailAnswer:
    """What became of an attempt, with the words of the mail server or about it."""

    outcome: Outcome
    words: str


class Mailer(Protocol):
    """Hands mails to a mail server."""

    @property
    def sender(self) -> str:
        """The address that mails are sent from."""
        ...

    def send(self, mail: Mail, must_stop: Callable[[], bool]) -> MailAnswer:
        """Hand over the mail, reading its file once and in constant memory.

        ``must_stop`` is asked between pieces of the mail. The mail is handed over completely, or
        not at all. Errors of reading the file are raised.
        """
        ...
