"""Show each of several jobs for itself, so that one that cannot be shown hides no other."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from operator import attrgetter
from typing import TypeVar

Item = TypeVar("Item")
View = TypeVar("View")

REMEMBERED_FAILURES = 1000

log = logging.getLogger(__name__)
_reported: dict[tuple[str, str], None] = {}


def each_shown(
    what: str,
    items: Iterable[Item],
    show: Callable[[Item], View],
    id_of: Callable[[Item], str] = attrgetter("id"),
) -> list[View]:
    """Return what ``show`` makes of each item. One that raises an error is logged and left out.

    The same failure is logged once, although pages are shown again and again.

    Args:
        what: What is made, for the log, such as ``row``.
        items: Jobs, in the order to keep.
        show: Makes the view of one item.
        id_of: Returns an item's job id; by default its attribute ``id``.
    """
    views: list[View] = []
    for item in items:
        try:
            views.append(show(item))
        # Titles and options come from files and users, and may be nothing that was thought of.
        except Exception:
            if _is_new(id_of(item), what):
                details = {"job": id_of(item), "action": "show", "what": what}
                log.exception("A job could not be shown", extra=details)
    return views


def _is_new(job_id: str, what: str) -> bool:
    """Return True if this was not logged before, and remember it."""
    if (job_id, what) in _reported:
        return False
    _reported[job_id, what] = None
    for oldest in list(_reported)[: max(len(_reported) - REMEMBERED_FAILURES, 0)]:
        del _reported[oldest]
    return True
