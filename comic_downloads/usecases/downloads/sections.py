"""The four lists of the downloads page: in progress, ready, failed, and history."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from ...db import listing
from ...domain.group import GroupOwner
from ...domain.job import UNFINISHED, JobStatus
from ..context import Context
from .group_snapshots import GroupSnapshot, ended_groups, unfinished_groups
from .snapshots import JobSnapshot, list_single_downloads, take_snapshots

SORTS = tuple(listing.SORTS)
# More groups than anybody looks through.
_MAX_GROUPS = 500
_MAX_WORDS = 10
# How long a file that has become ready keeps its place among those in progress, and how many do.
KEEPS_PLACE = timedelta(minutes=2)
_MAX_KEPT = 20


class Section(StrEnum):
    """A list of downloads. Each download and each group is in one of them."""

    PROGRESS = "progress"
    READY = "ready"
    FAILED = "failed"
    HISTORY = "history"


_STATUSES = {
    Section.PROGRESS: UNFINISHED,
    Section.READY: frozenset({JobStatus.READY}),
    Section.FAILED: frozenset({JobStatus.FAILED}),
    Section.HISTORY: frozenset({JobStatus.CANCELLED, JobStatus.EXPIRED}),
}


@dataclass(frozen=True)
class SectionCounts:
    """How many downloads and groups each section has; ``paused`` are those in progress that are."""

    progress: int = 0
    paused: int = 0
    ready: int = 0
    failed: int = 0
    history: int = 0


@dataclass(frozen=True)
class SectionRequest:
    """Which section is listed, searched for ``query``, in an order of SORTS."""

    section: Section
    query: str
    sort: str
    limit: int


@dataclass(frozen=True)
class SectionList:
    """One section. ``total`` is how many single downloads match; the groups are all there."""

    jobs: list[JobSnapshot]
    total: int
    groups: list[GroupSnapshot]
    counts: SectionCounts


def list_section(context: Context, user_id: str, wanted: SectionRequest) -> SectionList:
    """Return the downloads and the groups of a section, and the numbers of all sections."""
    words = wanted.query.split()[:_MAX_WORDS]
    statuses = _STATUSES[wanted.section]
    with context.db.read() as session:
        rows, total = listing.single_jobs_listed(
            session, user_id, listing.Wanted(statuses, words, wanted.sort, wanted.limit)
        )
        jobs = take_snapshots(context, session, rows)
        singles = listing.single_counts(session, user_id)
    if wanted.section is Section.PROGRESS and not words:
        jobs += _just_ready(context, user_id)
    groups = _groups(context, user_id)
    return SectionList(
        jobs,
        total,
        [group for group in groups if group.status in statuses and _matches(group, words)],
        _counts(singles, groups),
    )


def section_of(status: str) -> Section:
    """Return the section that a download with this status is in."""
    return next(section for section, statuses in _STATUSES.items() if status in statuses)


def _just_ready(context: Context, user_id: str) -> list[JobSnapshot]:
    """Return what has just become ready, so that no row goes away from under the pointer."""
    since = context.clock() - KEEPS_PLACE
    newest, _ = list_single_downloads(context, user_id, [JobStatus.READY], limit=_MAX_KEPT)
    return [
        job
        for job in reversed(newest)
        if job.finished_at and job.finished_at > since and job.attempt
    ]


def _groups(context: Context, user_id: str) -> list[GroupSnapshot]:
    """Return the groups of the account, the newest first."""
    owner = GroupOwner(user_id)
    ended, _ = ended_groups(context, owner, _MAX_GROUPS)
    # A group may have ended between the two reads.
    found = {group.id: group for group in [*unfinished_groups(context, owner), *ended]}
    return sorted(found.values(), key=lambda group: group.id, reverse=True)


def _matches(group: GroupSnapshot, words: Sequence[str]) -> bool:
    return all(word.casefold() in group.title.casefold() for word in words)


def _counts(singles: dict[str, int], groups: Sequence[GroupSnapshot]) -> SectionCounts:
    counts = dict.fromkeys(Section, 0)
    for status, number in singles.items():
        counts[section_of(status)] += number
    for group in groups:
        counts[section_of(group.status)] += 1
    paused = singles.get(JobStatus.PAUSED, 0)
    paused += sum(group.status == JobStatus.PAUSED for group in groups)
    return SectionCounts(
        **{str(section): number for section, number in counts.items()}, paused=paused
    )
