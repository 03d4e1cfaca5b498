"""The owner's dialog for what a member may do and use."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from comic_downloads.domain.account import Account
from comic_downloads.domain.errors import Forbidden, InvalidRequest
from comic_downloads.domain.permission import Permission
from comic_downloads.settings import Settings
from comic_downloads.usecases.accounts.accounts import create_owner, create_user
from comic_downloads.usecases.accounts.members import Member, list_members
from comic_downloads.usecases.accounts.sign_in import sign_in
from comic_downloads.usecases.context import Context
from comic_downloads.web.context import provide_context
from comic_downloads.web.states.accounts import AccountsState
from comic_downloads.web.states.member_limits import (
    PERMISSION_FIELD,
    QUOTA_FIELD,
    MemberLimitsState,
    quota_of,
)
from comic_downloads.wiring import build_context
from tests.web.states import a_tab, run

PASSWORD = "a long password"


@pytest.fixture
def context(tmp_path: Path) -> Iterator[Context]:
    context = build_context(
        Settings(data_dir=tmp_path, library_dir=tmp_path / "shelf", min_free_bytes=1)
    )
    provide_context(context)
    yield context
    context.db.dispose()


@pytest.fixture
def people(context: Context) -> tuple[Account, Account]:
    """Return the owner and a member."""
    return create_owner(context, "ann", PASSWORD), create_user(context, "ben", PASSWORD)


def member(context: Context) -> Member:
    return list_members(context)[1]


async def tab_of(context: Context, username: str) -> MemberLimitsState:
    token = sign_in(context, username, PASSWORD, "127.0.0.1")[1]
    tab = a_tab(token, address="/people")
    await (await tab.get_state(AccountsState)).load()
    return await tab.get_state(MemberLimitsState)


async def save(dialog: MemberLimitsState, form: dict[str, Any]) -> None:
    async for _ in dialog.save(form):
        pass


def test_owner_decides_what_a_member_may_do(context: Context, people: tuple[Account, Account]):
    _, ben = people

    async def test() -> None:
        dialog = await tab_of(context, "ann")
        await dialog.ask(ben.id)
        shown = dialog.member
        assert (shown.name, shown.may_download, shown.may_upload) == ("ben", True, False)
        assert (shown.quota, shown.usual_quota) == ("", "No limit")
        await save(dialog, {PERMISSION_FIELD + "upload": True, QUOTA_FIELD: " 2,5 "})
        assert dialog.member.id == ""
        row = (await dialog.get_state(AccountsState)).rows[1]
        assert row.limits == "may not download or share · may add comics · 2.5\xa0GB of storage"
        await dialog.ask(ben.id)
        assert (dialog.member.may_upload, dialog.member.quota) == (True, "2.5")

    run(test())
    assert member(context).account.permissions == {Permission.UPLOAD}
    assert member(context).own_quota_bytes == 2_500_000_000


def test_wrong_quota_is_told_and_nothing_is_stored(
    context: Context, people: tuple[Account, Account]
):
    async def test() -> None:
        dialog = await tab_of(context, "ann")
        await dialog.ask(people[1].id)
        await save(dialog, {QUOTA_FIELD: "a lot"})
        assert "GB as a number" in dialog.problem
        assert dialog.member.name == "ben"

    run(test())
    assert member(context).account.permissions == {Permission.DOWNLOAD, Permission.SHARE}


def test_members_neither_open_the_dialog_nor_save(
    context: Context, people: tuple[Account, Account]
):
    async def test() -> None:
        dialog = await tab_of(context, "ben")
        with pytest.raises(Forbidden):
            await dialog.ask(people[1].id)
        with pytest.raises(Forbidden):
            await save(dialog, {PERMISSION_FIELD + "upload": True})

    run(test())


def test_owner_has_no_dialog(context: Context, people: tuple[Account, Account]):
    async def test() -> None:
        dialog = await tab_of(context, "ann")
        await dialog.ask(people[0].id)
        assert dialog.member.id == ""

    run(test())


@pytest.mark.parametrize(
    ("gigabytes", "quota_bytes"),
    [("", None), ("  ", None), ("0", 0), ("20", 20 * 10**9), (".5", 500_000_000), ("1.", 10**9)],
)
def test_quota_is_read_in_gigabytes(gigabytes: str, quota_bytes: int | None):
    assert quota_of(gigabytes) == quota_bytes


@pytest.mark.parametrize("text", ["-1", "1e9", "1.2.3", "inf", ".", "٣", "9" * 30])
def test_what_is_no_number_is_refused(text: str):
    with pytest.raises(InvalidRequest, match="number"):
        quota_of(text)
