"""The error tree: every refusal or failure a user can meet, each with a stable code.

ComicDownloadsError
├── Refusal
│   ├── InvalidRequest
│   │   ├── InvalidFormat
│   │   ├── InvalidQuality
│   │   ├── InvalidPreset
│   │   ├── NotForRecipient
│   │   ├── NoOriginalFile
│   │   └── PagesDamaged
│   ├── NotSignedIn
│   ├── InvalidCredentials
│   ├── PasswordRequired
│   ├── Forbidden
│   ├── SetupCodeRequired
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
│   │   ├── UsernameTaken
│   │   ├── PresetNameTaken
│   │   ├── ListNameTaken
│   │   ├── RecipientNameTaken
│   │   └── MailNotSetUp
│   ├── PayloadTooLarge
│   ├── RateLimited
│   │   └── MailLimitReached
│   ├── TooManyConnections
│   ├── QueueFull
│   ├── QuotaExceeded
│   ├── InsufficientStorage
│   └── StillPreparing
├── DatabaseError
│   ├── ConstraintViolated
│   ├── DatabaseTooNew
│   └── DatabaseUnavailable
│       ├── DatabaseBusy
│       ├── DatabaseFull
│       ├── DatabaseReadOnly
│       └── DatabaseDamaged
└── JobError
    ├── InputError
    │   ├── PageUnreadable
    │   │   └── PageOutOfReach
    │   ├── ComicUnreadable
    │   │   └── ComicOutOfReach
    │   ├── ComicChanged
    │   ├── RequestRefused
    │   ├── TargetSizeImpossible
    │   └── FileTooLarge
    ├── TransientError
    │   ├── StorageUnavailable
    │   │   ├── StorageRefused
    │   │   └── LibraryAway
    │   ├── DiskFull
    │   ├── LeaseLost
    │   ├── TimedOut
    │   └── InternalError
    └── CrashLoop

A Refusal means that a request cannot be granted, and carries the HTTP status of the answer. So does
a DatabaseError, which is nobody's fault and writes nothing. A JobError ends an attempt: a
TransientError is retried, an InputError and a CrashLoop are not.

A code is never reused for another meaning. Classes share one where requests and jobs fail for the
same reason: PagesDamaged and PageUnreadable; InvalidRequest and RequestRefused;
InsufficientStorage, DatabaseFull and DiskFull.
"""

from __future__ import annotations

import errno
from dataclasses import dataclass

_NO_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})


class ComicDownloadsError(Exception):
    """The base class of all errors that are shown to users."""

    code = "internal_error"
    title = "Something went wrong"

    def __init__(self, detail: str = "") -> None:
        super().__init__(detail or self.title)
        self.detail = detail or self.title


class Refusal(ComicDownloadsError):
    """A request that is not granted. ``status`` is its HTTP status (RFC 9110, section 15)."""

    status = 400

    def __init__(self, detail: str = "", *, retry_after_seconds: int | None = None) -> None:
        super().__init__(detail)
        self.retry_after_seconds = retry_after_seconds


class InvalidRequest(Refusal):
    """A value in the request is missing, malformed or out of range."""

    code, title, status = "invalid_request", "The request is not valid", 422


class InvalidFormat(InvalidRequest):
    """The requested format does not exist, or is not offered for this request."""

    code, title = "invalid_format", "This format is not offered"


class InvalidQuality(InvalidRequest):
    """The requested quality does not exist."""

    code, title = "invalid_quality", "This quality is not offered"


class InvalidPreset(InvalidRequest):
    """The user has no such preset, or it names what is no longer offered."""

    code, title = "invalid_preset", "This preset cannot be used"


class NotForRecipient(InvalidRequest):
    """The file is too large for the recipient of a mail, or of a type that it does not open."""

    code, title = "not_for_recipient", "The recipient does not take this file"


class NoOriginalFile(InvalidRequest):
    """No file of the library is what was requested untouched, such as a folder of images."""

    code, title = "no_original_file", "There is no file that could stay untouched"


class PagesDamaged(InvalidRequest):
    """The request names comics with damaged pages, and does not allow leaving them out.

    It shares its code with PageUnreadable, with which a job fails for the same reason.
    """

    code, title = "page_unreadable", "A page cannot be read"


class NotSignedIn(Refusal):
    """The request needs an account, and carries no valid session or token."""

    code, title, status = "not_signed_in", "Sign in first", 401


class InvalidCredentials(Refusal):
    """The username is unknown or the password is wrong."""

    code, title, status = "invalid_credentials", "The username or the password is wrong", 401


class PasswordRequired(Refusal):
    """The guest has not entered the share's password."""

    code, title, status = "password_required", "This share has a password", 401


class Forbidden(Refusal):
    """The account's role does not allow the request."""

    code, title, status = "forbidden", "Your account may not do this", 403


class SetupCodeRequired(Refusal):
    """The owner can be created from elsewhere only with the code that the server printed."""

    code, title, status = "setup_code_required", "The set-up code is needed", 403


class CrossOrigin(Refusal):
    """The request was sent by a page of another site, and could be forged."""

    code, title, status = "cross_origin", "The request comes from another site", 403


class NotFound(Refusal):
    """The thing does not exist, or the account may not know of it."""

    code, title, status = "not_found", "There is no such thing", 404


class LinkInvalid(NotFound):
    """The link is wrong, was used or revoked, or its download was removed."""

    code, title = "link_invalid", "This link is not valid"


class LinkExpired(Refusal):
    """The link was valid, and its time is over."""

    code, title, status = "link_expired", "This link has expired", 410


class FileGone(Refusal):
    """The file was removed, or has changed since the link was made."""

    code, title, status = "file_gone", "This file is no longer stored", 410


class ShareUsedUp(Refusal):
    """The share's download limit is reached."""

    code, title, status = (
        "share_used_up",
        "This share has been downloaded as often as it may be",
        410,
    )


class Conflict(Refusal):
    """The request contradicts the current state of the server."""

    code, title, status = "conflict", "The request does not fit the present state", 409


class InvalidTransition(Conflict):
    """The job's status does not allow the action."""

    code, title = "invalid_transition", "The download is not in a state that allows this"


class NotReady(Conflict):
    """The job has no file yet."""

    code, title = "not_ready", "The file is not ready yet"


class OwnerExists(Conflict):
    """The account that runs the server was created before."""

    code, title = "owner_exists", "The owner's account exists already"


class UsernameTaken(Conflict):
    """Another account has this username, or one that reads the same."""

    code, title = "username_taken", "This username is taken"


class PresetNameTaken(Conflict):
    """Another preset of the account has this name, perhaps in another case."""

    code, title = "preset_name_taken", "You have a preset with this name"


class ListNameTaken(Conflict):
    """Another list of the account has this name, perhaps in another case."""

    code, title = "list_name_taken", "You have a list with this name"


class RecipientNameTaken(Conflict):
    """Another recipient of the account has this name, perhaps in another case."""

    code, title = "recipient_name_taken", "You have a recipient with this name"


class MailNotSetUp(Conflict):
    """The server has no mail server to send by."""

    code, title = "mail_not_set_up", "This server sends no mail"


class PayloadTooLarge(Refusal):
    """The body of the request exceeds a limit."""

    code, title, status = "payload_too_large", "The upload is too large", 413


class RateLimited(Refusal):
    """Too many attempts failed, so the client has to wait."""

    code, title, status = "rate_limited", "Too many attempts", 429


class MailLimitReached(RateLimited):
    """The account has sent as many mails in a day as it may."""

    code, title = "mail_limit_reached", "You have sent as many mails as you may today"


class TooManyConnections(Refusal):
    """An account or a network has as many pages, streams or requests open as it may."""

    code, title, status = "too_many_connections", "Too many connections are open", 429


class QueueFull(Refusal):
    """The user has too many queued jobs, or the share has too many unfinished ones."""

    code, title, status = "queue_full", "Too many downloads are waiting", 429


class QuotaExceeded(Refusal):
    """The file would exceed the user's storage quota."""

    code, title, status = "quota_exceeded", "Your storage quota is used up", 403


class InsufficientStorage(Refusal):
    """The server has too little free disk space to accept a job."""

    code, title, status = "disk_full", "The server's disk is nearly full", 507


class StillPreparing(Refusal):
    """A file that is fetched from a catalogue is not finished in the time that a client waits."""

    code, title, status = "still_preparing", "The file is being prepared", 503


class DatabaseError(ComicDownloadsError):
    """The database refused a statement or did not answer.

    Attributes:
        status: The HTTP status of the answer.
        reason: The driver's own words, which are for the log only.
    """

    status = 500
    words = "An unexpected error happened on the server. Try again; the server's log has details."

    def __init__(self, reason: str = "") -> None:
        super().__init__(self.words)
        self.reason = reason


class ConstraintViolated(DatabaseError):
    """A constraint of a table refused the change.

    That happens, for example, when two transactions add the same row.
    """


class DatabaseTooNew(DatabaseError):
    """The database was written by a newer version of this program."""


class DatabaseUnavailable(DatabaseError):
    """The database did not answer, or closed the connection. Nothing was written."""

    code, title, status = "database_unavailable", "The database does not answer", 503
    words = "The database does not answer. Try again in a moment."


class DatabaseBusy(DatabaseUnavailable):
    """Other changes held the database for too long."""

    code, title = "database_busy", "The database is busy"
    words = "The database is busy with other changes. Try again in a moment."


class DatabaseFull(DatabaseUnavailable):
    """The disk that holds the database has no space left.

    It shares its code with InsufficientStorage and DiskFull.
    """

    code, title, status = "disk_full", "The disk is full", 507
    words = (
        "The disk that holds the database is full, so nothing was saved. Free some space on the "
        "server, then try again."
    )


class DatabaseReadOnly(DatabaseUnavailable):
    """The database can be read, but not written to."""

    code, title = "database_read_only", "The database is read-only"
    words = (
        "The database cannot be written to, so nothing was saved. The person who runs the server "
        "finds the reason in its log."
    )


class DatabaseDamaged(DatabaseUnavailable):
    """The database's file is damaged."""

    code, title = "database_damaged", "The database is damaged"
    words = (
        "The database is damaged. The person who runs the server has to restore it from a backup."
    )


@dataclass(frozen=True)
class Place:
    """The place in the input where an error was found."""

    comic_id: str | None = None
    page_index: int | None = None


class JobError(ComicDownloadsError):
    """A failed attempt of a job.

    Attributes:
        retryable: Another attempt may succeed.
        counts: The attempt is one of those that the job has.
    """

    code = "internal_error"
    retryable = True
    counts = True

    def __init__(self, detail: str = "", *, place: Place = Place()) -> None:
        super().__init__(detail)
        self.place = place


class InputError(JobError):
    """The comic itself prevents the file, so that another attempt would fail too."""

    retryable = False


class PageUnreadable(InputError):
    """A page is damaged."""

    code, title = "page_unreadable", "A page cannot be read"


class ComicUnreadable(InputError):
    """The comic is damaged as a whole."""

    code, title = "comic_unreadable", "The comic cannot be read"


class ComicOutOfReach(ComicUnreadable):
    """The comic may be intact, but cannot be read now.

    Reasons are the disk, permissions or a missing program. A job that meets this error is tried
    again.
    """


class PageOutOfReach(PageUnreadable):
    """The page may be intact, but cannot be read now.

    A job that meets this error is tried again.
    """


class ComicChanged(InputError):
    """The comic is not the one that was requested any more."""

    code, title = (
        "comic_changed",
        "The comic was changed or removed after the download was asked for",
    )


class RequestRefused(InputError):
    """What was asked for is not possible, as only showed when the comics had been read.

    It shares its code with InvalidRequest.
    """

    code, title = "invalid_request", "The request is not valid"


class TargetSizeImpossible(InputError):
    """The comic exceeds the target size even at the lowest quality."""

    code, title = "target_size_impossible", "The comic cannot be made that small"


class FileTooLarge(InputError):
    """The format has a limit on the size of a file, which the comic exceeds."""

    code, title = "file_too_large", "The file would be larger than its format allows"


class TransientError(JobError):
    """A problem outside of the comic, which may be gone at the next attempt."""

    retryable = True


class StorageUnavailable(TransientError):
    """A disk or the storage failed, or did not answer in time."""

    code, title = "storage_unavailable", "The storage does not answer"


class StorageRefused(StorageUnavailable):
    """The storage's user lacks a right. The detail names it and can be shown to anybody."""


class LibraryAway(StorageUnavailable):
    """The library folder, or a disk in it, is not mounted.

    A job waits for it: attempts that meet this error do not count.
    """

    code, title, counts = "library_away", "The library folder is away", False


class DiskFull(TransientError):
    """The disk of the worker or of the storage has no space left."""

    code, title = "disk_full", "The disk is full"


class LeaseLost(TransientError):
    """The worker's lease has lapsed, or its job was paused or cancelled."""

    code, title = "lease_lost", "Another worker has taken the job over"


class TimedOut(TransientError):
    """The attempt exceeded its time limit."""

    code, title = "timeout", "Preparing took too long"


class CrashLoop(JobError):
    """The worker died in every attempt.

    It is not retried, because preparing the job may be what kills the worker.
    """

    code, title, retryable = "crash_loop", "The worker stopped unexpectedly every time", False


class InternalError(TransientError):
    """An error that nobody foresaw; its cause is in the log."""

    code, title = "internal_error", "An unexpected error happened in the worker"


def is_disk_full(error: OSError) -> bool:
    """Return True if a disk, a quota or a limit on the file's size is exhausted."""
    return error.errno in _NO_ROOM
