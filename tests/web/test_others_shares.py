"""The owner sees and ends the shares of all other accounts; nobody else does."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from comic_downloads.domain.errors import Forbidden, NotFound
from comic_downloads.settings import Settings
from comic_downloads.usecases.accounts.accounts import create_owner, create_user
from comic_downloads.usecases.accounts.sign_in import sign_in
from comic_downloads.usecases.context import Context
from comic_downloads.usecases.library.browse import list_comics
from comic_downloads.usecases.sharing.everybody import end_any_share, list_others_shares
from comic_downloads.usecases.sharing.shares import ShareRequest, create_share, list_shares
from comic_downloads.web.context import provide_context
from comic_downloads.web.states.others_shares import OthersSharesState
from comic_downloads.web.states.shares import SharesState
from comic_downloads.wiring import build_context
from tests.api.library import add_archive, scan
from tests.web.states import a_tab, run

PASSWORD = "a long password"


@pytest.fixture
def context(tmp_path: Path) -> Iterator[Context]:
    context = build_context(
        Settings(data_dir=tmp_path, library_dir=tmp_path / "shelf", min_free_bytes=1)
    )
    provide_context(context)
    add_archive(context, "Palace.cbz", 1)
    scan(context)
    yield context
    context.db.dispose()


def share_palace(context: Context, user_id: str) -> str:
    (palace,) = list_comics(context).items
    return create_share(context, user_id, ShareRequest((palace.id,), max_downloads=3)).id


def token_of(context: Context, username: str) -> str:
    return sign_in(context, username, PASSWORD, "127.0.0.1")[1]


def test_owner_sees_the_shares_of_others_and_ends_one(context: Context):
    ann, ben = create_owner(context, "ann", PASSWORD), create_user(context, "ben", PASSWORD)
    own, bens = share_palace(context, ann.id), share_palace(context, ben.id)
    token = token_of(context, "ann")

    async def test() -> None:
        tab = a_tab(token, address="/shared")
        await (await tab.get_state(SharesState)).load()
        others = await tab.get_state(OthersSharesState)
        (row,) = others.rows
        assert (row.id, row.name, row.until_label) == (bens, "Palace", "expires")
        assert row.facts.startswith("by ben · 0 of 3")
        others.ask_to_end(own)
        assert others.asked_id == ""
        others.ask_to_end(bens)
        await others.end_share()
        assert (others.rows, others.total) == ([], 0)

    run(test())
    assert list_shares(context, ben.id) == ([], 0)
    assert [share.id for share in list_shares(context, ann.id)[0]] == [own]


def test_member_neither_sees_nor_ends_the_shares_of_others(context: Context):
    ann, ben = create_owner(context, "ann", PASSWORD), create_user(context, "ben", PASSWORD)
    anns = share_palace(context, ann.id)
    token = token_of(context, "ben")

    async def test() -> None:
        tab = a_tab(token, address="/shared")
        await (await tab.get_state(SharesState)).load()
        others = await tab.get_state(OthersSharesState)
        assert (others.rows, others.total) == ([], 0)
        others.asked_id = anns
        with pytest.raises(Forbidden):
            await others.end_share()

    run(test())
    with pytest.raises(Forbidden):
        list_others_shares(context, ben, 10)
    with pytest.raises(NotFound):
        end_any_share(context, ann, "of nobody")
    assert len(list_shares(context, ann.id)[0]) == 1
