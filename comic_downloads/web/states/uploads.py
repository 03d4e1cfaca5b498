"""Upload comics from the browser, which sends the files to the HTTP interface."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import reflex as rx

from .. import routes, wording
from ..browser_events import call_page, toast
from ..session.auth import Next
from .library import LibraryState

FIELD_ID = "add-comics"
SHOWN_PROBLEMS = 3
# A problem stays until it is closed: a person who adds many files may not be looking.
PROBLEM_MILLISECONDS = 3_600_000


class UploadState(rx.State):
    """Whether an upload is running."""

    busy: bool = False

    @rx.event
    def start(self) -> Next:
        """Make the browser send the chosen files."""
        self.busy = True
        return call_page(
            "comicDownloads.uploadComics", FIELD_ID, routes.comics_api(), then=UploadState.finish
        )

    @rx.event
    async def finish(self, result: dict[str, Any]) -> AsyncIterator[Next]:
        """Show the numbers of files ``added`` and ``refused``, and ``problems`` as text."""
        self.busy = False
        added, problems = result.get("added"), result.get("problems")
        refused = result.get("refused")
        if isinstance(added, int) and added:
            yield toast(
                "success", f"{wording.count(added, 'comic')} added", "Updating the library…"
            )
        shown = problems[:SHOWN_PROBLEMS] if isinstance(problems, list) else []
        if isinstance(refused, int) and refused > len(shown):
            more = wording.count(refused - len(shown), "more file")
            shown.append(f"{more} could not be added.")
        for problem in shown:
            yield toast("error", str(problem), close_button=True, duration=PROBLEM_MILLISECONDS)
        yield LibraryState.load
