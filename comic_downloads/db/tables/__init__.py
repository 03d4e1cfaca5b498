"""The tables, a module per feature.

Invariants are constraints here, so that no code path can break them.
"""

from .accounts import (
    AccessToken,
    AccountLink,
    BrowserSession,
    SignInFailure,
    SignInTicket,
    UserAccount,
)
from .delivery import DeliveredRange, Transfer
from .groups import JobGroup
from .jobs import Artifact, ArtifactLayout, Job, Manifest, RevisionCounter
from .library import (
    Comic,
    ComicFetch,
    ComicListing,
    LibraryScan,
    Page,
    PersonName,
    ReadingPlace,
    Series,
    WordVariant,
)
from .outbox import EventConsumer, OutboxEvent, TransitionCount
from .reading_lists import ListedBook, ReadingList
from .saved_presets import LastChoice, SavedPreset
from .sendings import Recipient, Sending
from .shares import Share
from .workers import CronSlot, Worker

__all__ = [
    "AccessToken",
    "AccountLink",
    "Artifact",
    "ArtifactLayout",
    "BrowserSession",
    "Comic",
    "ComicFetch",
    "ComicListing",
    "CronSlot",
    "DeliveredRange",
    "EventConsumer",
    "Job",
    "JobGroup",
    "LastChoice",
    "LibraryScan",
    "ListedBook",
    "Manifest",
    "OutboxEvent",
    "Page",
    "PersonName",
    "ReadingList",
    "ReadingPlace",
    "Recipient",
    "RevisionCounter",
    "SavedPreset",
    "Sending",
    "Series",
    "Share",
    "SignInFailure",
    "SignInTicket",
    "Transfer",
    "TransitionCount",
    "UserAccount",
    "WordVariant",
    "Worker",
]
