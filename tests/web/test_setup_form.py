"""The form for the owner asks for the set-up code where the server would ask for it."""

from __future__ import annotations

from pathlib import Path

import pytest
import reflex as rx
from reflex.istate.data import RouterData

from comic_downloads.settings import Settings
from comic_downloads.usecases.accounts.accounts import list_users
from comic_downloads.usecases.accounts.setup import setup_code
from comic_downloads.usecases.context import Context
from comic_downloads.web.context import provide_context
from comic_downloads.web.states.sign_in import SignInState
from comic_downloads.wiring import build_context
from tests.web.states import a_tab, run

HERE, ELSEWHERE = "127.0.0.1", "203.0.113.7"
FORM = {"username": "olga", "password": "a long password", "password_again": "a long password"}


@pytest.fixture
def context(tmp_path: Path) -> Context:
    context = build_context(Settings(data_dir=tmp_path, min_free_bytes=1))
    provide_context(context)
    return context


def tab_from(address: str) -> rx.State:
    """Return a tab that shows the form in a browser at this address."""
    tab = a_tab()
    headers = {"host": "localhost:3000", "origin": "http://localhost:3000"}
    tab.router = RouterData.from_router_data(
        {"headers": headers, "token": "tab", "ip": address, "asPath": "/setup"}
    )
    return tab


@pytest.mark.parametrize(
    ("origin", "problem"),
    [
        ("http://nas.test", "Signing in works over HTTPS only. Open https://nas.test instead."),
        ("https://nas.test", ""),
        ("http://192.168.1.5:3000", ""),
        ("http://localhost:3000", ""),
    ],
)
def test_form_names_the_address_where_it_works(tmp_path: Path, origin: str, problem: str):
    settings = Settings(data_dir=tmp_path, min_free_bytes=1, base_url="https://nas.test")
    provide_context(build_context(settings))

    async def test() -> None:
        tab = tab_from(ELSEWHERE)
        headers = {"host": origin.partition("//")[2], "origin": origin}
        tab.router = RouterData.from_router_data(
            {"headers": headers, "token": "tab", "ip": ELSEWHERE, "asPath": "/setup"}
        )
        form = await tab.get_state(SignInState)
        await form.arrive()
        assert form.problem == problem

    run(test())


@pytest.mark.parametrize(("address", "needed"), [(HERE, False), (ELSEWHERE, True)])
def test_form_has_a_field_for_the_code_on_other_machines_only(
    context: Context, address: str, needed: bool
):
    async def test() -> None:
        form = await tab_from(address).get_state(SignInState)
        assert await form.arrive() is None
        assert form.needs_code is needed

    run(test())


def test_owner_is_created_from_elsewhere_with_the_code_only(context: Context):
    async def submit(code: str) -> str:
        form = await tab_from(ELSEWHERE).get_state(SignInState)
        sent = [event async for event in form.create_owner({**FORM, "setup_code": code})]
        return form.problem + str(sent)

    assert "set-up code is wrong" in run(submit("0000-0000-0000-0000"))
    assert "Enter the set-up code" in run(submit(""))
    assert list_users(context) == []
    assert "/auth/ticket/" in run(submit(setup_code(context)))
    assert [user.username for user in list_users(context)] == ["olga"]
