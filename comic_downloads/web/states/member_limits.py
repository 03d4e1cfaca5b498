"""The dialog in which the owner decides what a member may do, and how much storage they have."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import reflex as rx

from ...domain.account import Account
from ...domain.errors import ComicDownloadsError, Forbidden, InvalidRequest
from ...domain.permission import Permission
from ...usecases.accounts.members import Member, list_members, set_limits
from .. import wording
from ..browser_events import toast
from ..context import current_context
from ..session.auth import Next, call, signed_in
from ..session.callers import anyone, open_to
from .accounts import AccountsState

PERMISSION_FIELD = "member-may-"  # The permission follows.
QUOTA_FIELD = "member-quota"
_GIGABYTE = 10**9
# More digits than any quota has.
_MAX_LENGTH = 20


@dataclass(frozen=True)
class MemberView:
    """A member as the dialog shows them.

    ``quota`` is the member's own quota in gigabytes; empty if ``usual_quota`` counts.
    """

    id: str = ""
    name: str = ""
    may_download: bool = False
    may_share: bool = False
    may_upload: bool = False
    quota: str = ""
    usual_quota: str = ""


def member_view(member: Member, usual_quota_bytes: int) -> MemberView:
    """Return how the dialog shows the member."""
    account, own = member.account, member.own_quota_bytes
    return MemberView(
        id=account.id,
        name=account.username,
        may_download=Permission.DOWNLOAD in account.permissions,
        may_share=Permission.SHARE in account.permissions,
        may_upload=Permission.UPLOAD in account.permissions,
        quota="" if own is None else f"{own / _GIGABYTE:.9g}",
        usual_quota=wording.size(usual_quota_bytes) if usual_quota_bytes else "No limit",
    )


class MemberLimitsState(rx.State):
    """The dialog, which is open while it shows a member."""

    member: MemberView = MemberView()
    problem: str = ""

    @rx.event
    async def ask(self, user_id: str) -> None:
        """Open the dialog for a member of the list."""
        await self._owner()
        self.reset()
        usual = current_context().settings.storage_quota_bytes
        for member in await call(list_members):
            if member.account.id == user_id and not member.account.is_owner:
                self.member = member_view(member, usual)

    @rx.event
    @open_to(anyone)
    def close(self, is_open: bool) -> None:
        """Close the dialog and change nothing."""
        if not is_open:
            self.reset()

    @rx.event
    async def save(self, form: dict[str, Any]) -> AsyncIterator[Next]:
        """Store what the form says, or show what is wrong with it."""
        await self._owner()
        member = self.member
        chosen = [one for one in Permission if form.get(PERMISSION_FIELD + one)]
        try:
            quota_bytes = quota_of(str(form.get(QUOTA_FIELD, "")))
            await call(set_limits, member.id, chosen, quota_bytes)
        except ComicDownloadsError as error:
            self.problem = error.detail
            yield rx.set_focus(QUOTA_FIELD)
            return
        self.reset()
        await (await self.get_state(AccountsState)).read()
        yield toast("success", f"Saved what {member.name} may do.")

    async def _owner(self) -> Account:
        account = await signed_in(self)
        if not account.is_owner:
            raise Forbidden("Only the owner can manage accounts.")
        return account


def quota_of(gigabytes: str) -> int | None:
    """Return the bytes of a quota; None for an empty text. Raises InvalidRequest."""
    text = gigabytes.strip().replace(",", ".")
    if not text:
        return None
    digits = text.replace(".", "", 1)
    if not (digits.isascii() and digits.isdecimal()) or len(text) > _MAX_LENGTH:
        raise InvalidRequest("Write the storage in GB as a number, such as 20 or 0.5.")
    return round(float(text) * _GIGABYTE)
