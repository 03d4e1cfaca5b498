"""The error tree: every refusal or failure a user can meet, each with a stable code.

ComicDownloadsError
├── Refusal
│   ├── InvalidRequest
│   │   ├── InvalidFormat
│   │   ├── InvalidQuality
│   │   └── PagesDamaged
│   ├── NotSignedIn
│   ├── InvalidCredentials
│   ├── PasswordRequired
│   ├── Forbidden
│   ├── CrossOrigin
│   ├── NotFound
│   │   └── LinkInvalid
│   ├── LinkExpired
│   ├── FileGone
│   ├── ShareUsedUp
│   ├── Conflict
│   │   ├── InvalidTransition
│   │   ├── NotReady
│   │   ├── OwnerExists
│   │   └── UsernameTaken
│   ├── PayloadTooLarge
│   ├── RateLimited
│   ├── QueueFull
│   ├── QuotaExceeded
│   └── InsufficientStorage
└── JobError
    ├── InputError
    │   ├── PageUnreadable
    │   │   └── PageOutOfReach
    │   ├── ComicUnreadable
    │   │   └── ComicOutOfReach
    │   ├── ComicChanged
    │   ├── TargetSizeImpossible
    │   └── FileTooLarge
    ├── TransientError
    │   ├── StorageUnavailable
    │   ├── DiskFull
    │   ├── LeaseLost
    │   ├── TimedOut
    │   └── InternalError
    └── CrashLoop

A Refusal means that a request cannot be granted, and carries the HTTP status of the answer. A
JobError ends an attempt: a TransientError is retried, an InputError and a CrashLoop are not.

A code is never reused for another meaning. Two classes share one where a request and a job fail
for the same reason: PagesDamaged and PageUnreadable, InsufficientStorage and DiskFull.
"""

from __future__ import annotations

import errno
from dataclasses import dataclass

_NO_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})


class ComicDownloadsError(Exception):
    """Base of every error that is meant to be shown."""

    code = "internal_error"
    title = "Something went wrong"

    def __init__(self, detail: str = "") -> None:
        super().__init__(detail or self.title)
        self.detail = detail or self.title


class Refusal(ComicDownloadsError):
    """A request that cannot be granted; ``status`` is its HTTP status (RFC 9110, section 15)."""

    status = 400

    def __init__(self, detail: str = "", *, retry_after_seconds: int | None = None) -> None:
        super().__init__(detail)
        self.retry_after_seconds = retry_after_seconds


class InvalidRequest(Refusal):
    code, title, status = "invalid_request", "The request is not valid", 422


class InvalidFormat(InvalidRequest):
    code, title = "invalid_format", "This format is not offered"


class InvalidQuality(InvalidRequest):
    code, title = "invalid_quality", "This quality is not offered"


class PagesDamaged(InvalidRequest):
    code, title = "page_unreadable", "A page cannot be read"


class NotSignedIn(Refusal):
    code, title, status = "not_signed_in", "Sign in first", 401


class InvalidCredentials(Refusal):
    code, title, status = "invalid_credentials", "The username or the password is wrong", 401


class PasswordRequired(Refusal):
    code, title, status = "password_required", "This share has a password", 401


class Forbidden(Refusal):
    code, title, status = "forbidden", "Your account may not do this", 403


class CrossOrigin(Refusal):
    code, title, status = "cross_origin", "The request comes from another site", 403


class NotFound(Refusal):
    code, title, status = "not_found", "There is no such thing", 404


class LinkInvalid(NotFound):
    code, title = "link_invalid", "This link is not valid"


class LinkExpired(Refusal):
    code, title, status = "link_expired", "This link has expired", 410


class FileGone(Refusal):
    code, title, status = "file_gone", "This file is no longer kept", 410


class ShareUsedUp(Refusal):
    code, title, status = (
        "share_used_up",
        "This share has been downloaded as often as it may be",
        410,
    )


class Conflict(Refusal):
    code, title, status = "conflict", "The request does not fit the present state", 409


class InvalidTransition(Conflict):
    code, title = "invalid_transition", "The download is not in a state that allows this"


class NotReady(Conflict):
    code, title = "not_ready", "The file is not ready yet"


class OwnerExists(Conflict):
    code, title = "owner_exists", "The owner's account exists already"


class UsernameTaken(Conflict):
    code, title = "username_taken", "This username is taken"


class PayloadTooLarge(Refusal):
    code, title, status = "payload_too_large", "The upload is too large", 413


class RateLimited(Refusal):
    code, title, status = "rate_limited", "Too many attempts", 429


class QueueFull(Refusal):
    code, title, status = "queue_full", "Too many downloads are waiting", 429


class QuotaExceeded(Refusal):
    code, title, status = "quota_exceeded", "Your storage quota is used up", 403


class InsufficientStorage(Refusal):
    code, title, status = "disk_full", "The server's disk is nearly full", 507


@dataclass(frozen=True)
class Place:
    """Where in the input an error lies."""

    comic_id: str | None = None
    page_index: int | None = None


class JobError(ComicDownloadsError):
    """An attempt failed; ``retryable`` says whether another attempt may end better."""

    code = "internal_error"
    retryable = True

    def __init__(self, detail: str = "", *, place: Place = Place()) -> None:
        super().__init__(detail)
        self.place = place


class InputError(JobError):
    retryable = False


class PageUnreadable(InputError):
    code, title = "page_unreadable", "A page cannot be read"


class ComicUnreadable(InputError):
    code, title = "comic_unreadable", "The comic cannot be read"


class ComicOutOfReach(ComicUnreadable):
    """The comic may be whole, but cannot be read here and now (disk, permissions, a missing program): worth another try."""


class PageOutOfReach(PageUnreadable):
    """The page may be whole, but cannot be read from the disk now: worth another try."""


class ComicChanged(InputError):
    code, title = (
        "comic_changed",
        "The comic was changed or removed after the download was asked for",
    )


class TargetSizeImpossible(InputError):
    code, title = "target_size_impossible", "The comic cannot be made that small"


class FileTooLarge(InputError):
    code, title = "file_too_large", "The file would be larger than its format allows"


class TransientError(JobError):
    retryable = True


class StorageUnavailable(TransientError):
    code, title = "storage_unavailable", "The storage does not answer"


class DiskFull(TransientError):
    code, title = "disk_full", "The disk is full"


class LeaseLost(TransientError):
    code, title = "lease_lost", "Another worker has taken the job over"


class TimedOut(TransientError):
    code, title = "timeout", "Preparing took too long"


class CrashLoop(JobError):
    code, title, retryable = "crash_loop", "The worker stopped unexpectedly every time", False


class InternalError(TransientError):
    code, title = "internal_error", "An unexpected error happened in the worker"


def is_disk_full(error: OSError) -> bool:
    """True for a full disk, quota or file size limit."""
    return error.errno in _NO_ROOM
