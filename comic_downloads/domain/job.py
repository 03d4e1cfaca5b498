"""The rules of jobs: their statuses and phases, and the transitions between statuses."""

from __future__ import annotations

from enum import StrEnum

from .errors import InvalidTransition


class JobStatus(StrEnum):
    """The state of a job."""

    # Waits for a worker, or for the delay before the next attempt.
    QUEUED = "queued"
    # A worker holds a lease on it.
    PREPARING = "preparing"
    # Waits until its user resumes it.
    PAUSED = "paused"
    # The file can be downloaded.
    READY = "ready"
    # Ended without a file; the job's error says why.
    FAILED = "failed"
    # Its user cancelled it.
    CANCELLED = "cancelled"
    # The job was ready, but its file is no longer stored.
    EXPIRED = "expired"


class Phase(StrEnum):
    """What the worker does with a job that is being prepared."""

    WAITING = "waiting"
    # It reads comics that are only listed, so that their pages are known.
    READING = "reading"
    CONVERTING = "converting"
    PACKAGING = "packaging"
    VERIFYING = "verifying"
    STORING = "storing"
    DONE = "done"


class Action(StrEnum):
    """What moves a job from one status to another."""

    # A new job waits for a worker.
    SUBMIT = "submit"
    # A new job is ready at once, because its file already exists.
    REUSE = "reuse"
    # A worker takes the job.
    CLAIM = "claim"
    # The job's file has been stored.
    FINISH = "finish"
    # No attempt is left, or another one could not help.
    FAIL = "fail"
    # The attempt failed, and another one follows after a delay.
    BACK_OFF = "back_off"
    # The worker stops. This does not count as an attempt.
    RELEASE = "release"
    # The lease has lapsed. This counts as an attempt.
    RECOVER = "recover"
    PAUSE = "pause"
    RESUME = "resume"
    CANCEL = "cancel"
    # The user wants to try again, or to prepare an expired file again.
    RETRY = "retry"
    # The job's file is no longer stored.
    EXPIRE = "expire"
    # A page that the job's file is made of has changed in the library.
    BREAK = "break"


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
    Action.BREAK: (frozenset({_S.READY}), _S.FAILED),
}

UNFINISHED = frozenset({_S.QUEUED, _S.PREPARING, _S.PAUSED})
FINISHED = frozenset(_S) - UNFINISHED


def allowed_from(action: Action) -> frozenset[JobStatus]:
    """Return the statuses from which the action is allowed; none if it creates the job."""
    return TRANSITIONS[action][0]


def leads_to(action: Action) -> JobStatus:
    """Return the status to which the action leads."""
    return TRANSITIONS[action][1]


def allows(action: Action, status: JobStatus) -> bool:
    """Return True if the action is allowed in this status."""
    return status in allowed_from(action)


def already_done(action: Action, status: JobStatus) -> bool:
    """Return True if the action would change nothing.

    Clicking a button twice is then not an error.
    """
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
