"""Put the comics that a scan has read into their series."""

from __future__ import annotations

from collections.abc import Callable

from ...db import series_arrangement
from ..context import Context

# Other changes wait for a transaction, and a commit takes as long as a small title.
SECONDS_PER_TRANSACTION = 0.5


def arrange_series(context: Context, on_titles: Callable[[], None] = lambda: None) -> None:
    """Arrange the series of all comics that are new, changed, gone or back.

    A transaction holds whole titles, so that a stopped scan keeps what is done and the next one
    continues. ``on_titles`` is called before each transaction and may raise to stop.
    """
    with context.db.read() as session:
        titles = series_arrangement.titles_to_arrange(session)
    titles.reverse()
    while titles:
        on_titles()
        end = context.monotonic() + SECONDS_PER_TRANSACTION
        with context.db.write() as session:
            series_arrangement.arrange_title(session, titles.pop(), context.clock())
            while titles and context.monotonic() < end:
                series_arrangement.arrange_title(session, titles.pop(), context.clock())
