"""The dialog that shares one comic, the selected comics or a series."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import reflex as rx

from ...domain.account import checked_password
from ...domain.errors import ComicDownloadsError, InvalidRequest
from ...domain.formats import Format
from ...domain.share import DEFAULT_LIFE_SECONDS, MAX_DOWNLOADS
from ...usecases.sharing.shares import ShareRequest, create_share
from .. import wording
from ..session.auth import Next, call, copy_link, page_address, signed_in
from ..session.callers import anyone, open_to, server_only
from .comic import ComicState
from .reading_list import ReadingListState
from .selection import SelectionState
from .series import SeriesState

PASSWORD_FIELD = "share-password"
LIMIT_FIELD = "share-limit"
LIFE_FIELD = "share-life"
READER_FIELD = "share-reader"
FORMAT_FIELD = "share-format-"  # The name of the format follows.


class ShareDialogState(rx.State):
    """The dialog. ``link`` is empty until created; ``copying`` is copied or refused."""

    is_open: bool = False
    name: str = ""
    password_problem: str = ""
    limit_problem: str = ""
    formats_problem: str = ""
    problem: str = ""
    busy: bool = False
    link: str = ""
    conditions: str = ""
    copying: str = ""
    _comic_ids: tuple[str, ...] = ()
    _series_id: str | None = None

    @rx.event
    async def share_comic(self) -> None:
        """Open the dialog for the comic on the page."""
        await signed_in(self)
        shown = await self.get_state(ComicState)
        self._ask(shown.comic.title, comic_ids=(shown.comic.id,))

    @rx.event
    async def share_selected(self) -> None:
        """Open the dialog for the selected comics."""
        await signed_in(self)
        picked = await (await self.get_state(SelectionState)).in_order()
        self._ask(wording.count(len(picked.comic_ids), "comic"), comic_ids=tuple(picked.comic_ids))

    @rx.event
    async def share_list(self) -> None:
        """Open the dialog for the comics of the list on the page."""
        account = await signed_in(self)
        shown = await self.get_state(ReadingListState)
        self._ask(shown.list_name, comic_ids=await shown.comics_in_order(account.id))

    @rx.event
    async def share_series(self) -> None:
        """Open the dialog for the series on the page."""
        await signed_in(self)
        shown = (await self.get_state(SeriesState)).series
        if shown.id:
            self._ask(shown.title, series_id=shown.id)

    def _ask(
        self, name: str, comic_ids: tuple[str, ...] = (), series_id: str | None = None
    ) -> None:
        self.reset()
        self.is_open, self.name, self._comic_ids, self._series_id = True, name, comic_ids, series_id

    @server_only
    def show_link(self, name: str, link: str) -> None:
        """Show a link that the browser refused to copy."""
        self.reset()
        self.is_open, self.name, self.link, self.copying = True, name, link, "refused"

    @rx.event
    @open_to(anyone)
    def close(self, is_open: bool) -> None:
        """Close the dialog and forget the link."""
        if not is_open:
            self.is_open, self.link = False, ""

    @rx.event
    async def make_link(self, form: dict[str, Any]) -> AsyncIterator[Next]:
        """Create the share from the form, or show the problems of its fields."""
        account = await signed_in(self)
        request = self._checked(form)
        if request is None:
            if wrong := self._wrong_field():
                yield rx.set_focus(wrong)
            return
        self.busy = True
        yield
        try:
            made = await call(create_share, account.id, request)
        except ComicDownloadsError as error:
            self.problem = error.detail
            return
        finally:
            self.busy = False
        limit = (
            wording.count(made.max_downloads, "download")
            if made.max_downloads
            else "no download limit"
        )
        life = f"Expires in {wording.duration(request.expires_in_seconds)}"
        self.conditions = wording.facts(
            life,
            limit,
            "password protected" if made.has_password else "no password",
            "can be read in the browser" if made.reader else "",
        )
        self.link = page_address(self, made.path)

    def _checked(self, form: dict[str, Any]) -> ShareRequest | None:
        """Return the request, or show the problems of the fields and return None."""
        password, limit = str(form.get(PASSWORD_FIELD, "")), str(form.get(LIMIT_FIELD, "")).strip()
        formats = tuple(str(name) for name in Format if form.get(FORMAT_FIELD + name))
        self.password_problem = _password_problem(password)
        self.limit_problem = _limit_problem(limit)
        self.formats_problem = "" if formats else "Choose at least one format."
        self.problem = ""
        if self.password_problem or self.limit_problem or self.formats_problem:
            return None
        life = str(form.get(LIFE_FIELD, ""))
        return ShareRequest(
            comic_ids=self._comic_ids,
            series_id=self._series_id,
            password=password,
            expires_in_seconds=int(life[:20]) if life.isdecimal() else DEFAULT_LIFE_SECONDS,
            max_downloads=int(limit) if limit else None,
            formats=formats,
            reader=bool(form.get(READER_FIELD)),
        )

    def _wrong_field(self) -> str:
        """Return the id of the first field with a problem."""
        if self.password_problem:
            return PASSWORD_FIELD
        return LIMIT_FIELD if self.limit_problem else ""

    @rx.event
    async def copy(self) -> Next:
        """Copy the link."""
        await signed_in(self)
        return copy_link(self.link, ShareDialogState.tell_copied)

    @rx.event
    def tell_copied(self, copied: bool) -> None:
        """Show whether the browser copied the link."""
        self.copying = "copied" if copied else "refused"


def _limit_problem(limit: str) -> str:
    if not limit or (limit.isdecimal() and 1 <= int(limit[:20]) <= MAX_DOWNLOADS):
        return ""
    return f"Enter a whole number from 1 to {MAX_DOWNLOADS:,}, or leave it empty for no limit."


def _password_problem(password: str) -> str:
    try:
        if password:
            checked_password(password)
    except InvalidRequest as refusal:
        return refusal.detail
    return ""
