"""What a job is: its statuses, phases and the transitions between them."""

from __future__ import annotations

from enum import StrEnum

from .errors import InvalidTransition


class JobStatus(StrEnum):
    QUEUED = "queued"  # waits for a worker (or for its next attempt)
    PREPARING = "preparing"  # a worker holds a lease on it
    PAUSED = "paused"  # waits for its user
    READY = "ready"  # the file can be fetched
    FAILED = "failed"  # ended without a file; the error says why
    CANCELLED = "cancelled"  # its user called it off
    EXPIRED = "expired"  # was ready; the file is no longer kept


class Phase(StrEnum):
    WAITING = "waiting"
    CONVERTING = "converting"
    PACKAGING = "packaging"
    VERIFYING = "verifying"
    STORING = "storing"
    DONE = "done"


class Action(StrEnum):
    """What moves a job from one status to another."""

    SUBMIT = "submit"  # A new job waits for a worker.
    REUSE = "reuse"  # A new job is ready at once, since its file is there already.
    CLAIM = "claim"  # a worker takes it
    FINISH = "finish"  # its file is stored
    FAIL = "fail"  # no attempt can help, or none is left
    BACK_OFF = "back_off"  # failed, to be tried again later
    RELEASE = "release"  # the worker stops; costs no attempt
    RECOVER = "recover"  # the lease lapsed; the attempt is spent
    PAUSE = "pause"
    RESUME = "resume"
    CANCEL = "cancel"
    RETRY = "retry"  # also "prepare again"
    EXPIRE = "expire"  # its file was purged


_S = JobStatus

TRANSITIONS: dict[Action, tuple[frozenset[JobStatus], JobStatus]] = {
    Action.SUBMIT: (frozenset(), _S.QUEUED),
    Action.REUSE: (frozenset(), _S.READY),
    Action.CLAIM: (frozenset({_S.QUEUED}), _S.PREPARING),
    Action.FINISH: (frozenset({_S.PREPARING}), _S.READY),
    Action.FAIL: (frozenset({_S.PREPARING}), _S.FAILED),
    Action.BACK_OFF: (frozenset({_S.PREPARING}), _S.QUEUED),
    Action.RELEASE: (frozenset({_S.PREPARING}), _S.QUEUED),
    Action.RECOVER: (frozenset({_S.PREPARING}), _S.QUEUED),
    Action.PAUSE: (frozenset({_S.QUEUED, _S.PREPARING}), _S.PAUSED),
    Action.RESUME: (frozenset({_S.PAUSED}), _S.QUEUED),
    Action.CANCEL: (frozenset({_S.QUEUED, _S.PREPARING, _S.PAUSED}), _S.CANCELLED),
    Action.RETRY: (frozenset({_S.FAILED, _S.CANCELLED, _S.EXPIRED}), _S.QUEUED),
    Action.EXPIRE: (frozenset({_S.READY}), _S.EXPIRED),
}

UNFINISHED = frozenset({_S.QUEUED, _S.PREPARING, _S.PAUSED})
FINISHED = frozenset(_S) - UNFINISHED


def allowed_from(action: Action) -> frozenset[JobStatus]:
    """Return the statuses the action may start from; none where it makes a new job."""
    return TRANSITIONS[action][0]


def leads_to(action: Action) -> JobStatus:
    """Return the status the action leads to."""
    return TRANSITIONS[action][1]


def allows(action: Action, status: JobStatus) -> bool:
    return status in allowed_from(action)


def already_done(action: Action, status: JobStatus) -> bool:
    """True if repeating the action changes nothing: a second click is no error."""
    return status is leads_to(action) or (
        action in {Action.RESUME, Action.RETRY} and status is JobStatus.PREPARING
    )


def transition_error(action: Action, status: JobStatus) -> InvalidTransition:
    """Return the error for an action that the status does not allow."""
    return InvalidTransition(
        f"A download that is {status} cannot be {_PARTICIPLES.get(action, action)}."
    )


_PARTICIPLES = {
    Action.PAUSE: "paused",
    Action.RESUME: "resumed",
    Action.CANCEL: "cancelled",
    Action.RETRY: "tried again",
}
