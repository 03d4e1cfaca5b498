"""Files that are mailed to e-readers: to whom, how large they may be, and how a sending goes on."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from .errors import InvalidRequest

MB = 1_000_000
MAX_RECIPIENTS = 50
MAX_NAME_LENGTH = 100
MAX_ADDRESS_LENGTH = 254  # RFC 5321, section 4.5.3.1.3, without the angle brackets.
TRIED_FOR = timedelta(days=1)
FIRST_DELAY = timedelta(minutes=1)
LONGEST_DELAY = timedelta(hours=1)

# One mailbox in ASCII, without quotes, comments and anything that could end a line or a command.
_ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9.-]{1,189}", re.ASCII)


class RecipientKind(StrEnum):
    """What receives the mail."""

    KINDLE = "kindle"
    POCKETBOOK = "pocketbook"
    OTHER = "other"

    @property
    def facts(self) -> RecipientFacts:
        """What this kind of recipient takes."""
        return RECIPIENTS[self]


@dataclass(frozen=True)
class RecipientFacts:
    """What one kind of recipient takes.

    Attributes:
        label: Its name on screen.
        max_bytes: The largest mail or file.
        encoded: Whether the limit is that of the mail, in which a file takes a third more.
        media_types: The types of file that it opens; None means any.
        source: Where the limit comes from.
    """

    label: str
    max_bytes: int
    encoded: bool
    media_types: frozenset[str] | None
    source: str


RECIPIENTS = {
    RecipientKind.KINDLE: RecipientFacts(
        label="Kindle",
        max_bytes=50 * MB,
        encoded=False,
        media_types=frozenset({"application/pdf", "application/epub+zip"}),
        source="https://www.amazon.cn/gp/help/customer/display.html?nodeId=201974220",
    ),
    # PocketBook publishes no limit of its own, so this is what mail servers commonly take.
    RecipientKind.POCKETBOOK: RecipientFacts(
        label="PocketBook",
        max_bytes=25 * MB,
        encoded=True,
        media_types=None,
        source="https://support.google.com/mail/answer/6584",
    ),
    RecipientKind.OTHER: RecipientFacts(
        label="Other",
        max_bytes=25 * MB,
        encoded=True,
        media_types=None,
        source="https://support.google.com/mail/answer/6584",
    ),
}


class SendingState(StrEnum):
    """How far a sending is. The last four are final."""

    WAITING = "waiting"
    SENDING = "sending"
    SENT = "sent"
    REFUSED = "refused"
    FAILED = "failed"
    CANCELLED = "cancelled"


UNFINISHED = frozenset({SendingState.WAITING, SendingState.SENDING})


class SendingAction(StrEnum):
    """What happens to a sending."""

    CLAIM = "claim"
    POSTPONE = "postpone"
    FINISH = "finish"
    REFUSE = "refuse"
    FAIL = "fail"
    CANCEL = "cancel"


@dataclass(frozen=True)
class Transition:
    """From which states an action leads to which."""

    sources: frozenset[SendingState]
    target: SendingState


_HELD = frozenset({SendingState.SENDING})
TRANSITIONS = {
    SendingAction.CLAIM: Transition(frozenset({SendingState.WAITING}), SendingState.SENDING),
    SendingAction.POSTPONE: Transition(_HELD, SendingState.WAITING),
    SendingAction.FINISH: Transition(_HELD, SendingState.SENT),
    SendingAction.REFUSE: Transition(_HELD, SendingState.REFUSED),
    SendingAction.FAIL: Transition(_HELD, SendingState.FAILED),
    SendingAction.CANCEL: Transition(UNFINISHED, SendingState.CANCELLED),
}


def retry_delay(attempt: int) -> timedelta:
    """Return how long to wait after this attempt, counted from 1: 1, 2, 4, … minutes, up to 60."""
    return min(FIRST_DELAY * 2 ** min(max(attempt - 1, 0), 10), LONGEST_DELAY)


def checked_address(address: str) -> str:
    """Return the mail address. Raises InvalidRequest."""
    stripped = address.strip()
    if len(stripped) > MAX_ADDRESS_LENGTH or not _ADDRESS.fullmatch(stripped):
        raise InvalidRequest(
            "This is not a mail address. Write it as name@example.com, without accents and spaces."
        )
    return stripped


def checked_recipient_name(name: str) -> str:
    """Return the name without blanks around it. Raises InvalidRequest."""
    checked = " ".join(name.split())
    if not 1 <= len(checked) <= MAX_NAME_LENGTH or not checked.isprintable():
        raise InvalidRequest(f"A name of a recipient has 1 to {MAX_NAME_LENGTH} characters.")
    return checked
