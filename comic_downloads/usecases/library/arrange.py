"""Put the comics that a scan has read into their series."""

from __future__ import annotations

from collections.abc import Callable

from ...db import series_arrangement
from ..context import Context


def arrange_series(context: Context, on_title: Callable[[], None] = lambda: None) -> None:
    """Arrange the series of all comics that are new, changed, gone or back.

    Each title is a transaction of its own, so that a stopped scan keeps what is done and the next
    one continues. ``on_title`` is called before each title and may raise to stop.
    """
    with context.db.read() as session:
        titles = series_arrangement.titles_to_arrange(session)
    for title in titles:
        on_title()
        with context.db.write() as session:
            series_arrangement.arrange_title(session, title, context.clock())
