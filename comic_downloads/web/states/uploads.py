"""Adding comic files to the library from the browser, which sends them to the HTTP interface itself."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import reflex as rx

from .. import routes, wording
from ..session.auth import Next
from .library import LibraryState

FIELD_ID = "add-comics"
SHOWN_PROBLEMS = 3


class UploadState(rx.State):
    busy: bool = False

    @rx.event
    def start(self) -> Next:
        """Has the browser send the chosen files."""
        self.busy = True
        script = f"window.comicDownloads.addComics('{FIELD_ID}', '{routes.comics_api()}')"
        return rx.call_script(script, callback=UploadState.finish)

    @rx.event
    async def finish(self, result: dict[str, Any]) -> AsyncIterator[Next]:
        """``result`` has the number of files ``added`` and the ``problems`` of the others, in words."""
        self.busy = False
        if added := int(result.get("added", 0)):
            yield rx.toast.success(
                f"{wording.count(added, 'comic')} added", description="The library is being read."
            )
        for problem in list(result.get("problems", []))[:SHOWN_PROBLEMS]:
            yield rx.toast.error(str(problem), close_button=True)
        yield LibraryState.load
