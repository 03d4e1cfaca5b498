"""The states of a tab outlive its websocket by minutes, and no longer."""

from __future__ import annotations

import asyncio
import functools
import gc
import weakref
from collections.abc import Iterator

import pytest
import reflex as rx
from redis.asyncio import Redis
from reflex.istate.manager import StateManager
from reflex.istate.manager.redis import StateManagerRedis

from comic_downloads.web.session import tab_states
from comic_downloads.web.session.tab_states import (
    KEPT_SECONDS,
    ClosedTabs,
    TabStates,
    forget_states,
    sweep_regularly,
)
from comic_downloads.web.states.selection import SelectionState
from tests.seconds_clock import SecondsClock
from tests.servers import RedisServer
from tests.web.states import run

TAB = rx.BaseStateToken(ident="tab", cls=SelectionState)
OTHER = rx.BaseStateToken(ident="other", cls=SelectionState)


@pytest.fixture
def clock() -> SecondsClock:
    return SecondsClock()


@pytest.fixture(params=["memory", "redis"])
def store(request: pytest.FixtureRequest) -> str:
    """Return the address of a Redis, or nothing for the memory of the process."""
    if request.param == "memory":
        return ""
    server: RedisServer = request.getfixturevalue("redis_server")
    return server.url


def manager_of(store: str) -> StateManager:
    return StateManagerRedis(redis=Redis.from_url(store)) if store else TabStates()


async def select(manager: StateManager, token: rx.BaseStateToken, selecting: bool) -> None:
    async with manager.modify_state(token) as state:
        (await state.get_state(SelectionState)).selecting = selecting


async def is_selecting(manager: StateManager, token: rx.BaseStateToken) -> bool:
    state = await manager.get_state(token)
    return (await state.get_state(SelectionState)).selecting


def test_states_of_a_closed_tab_are_kept_for_minutes_and_then_dropped(
    store: str, clock: SecondsClock
) -> None:
    async def test() -> None:
        manager, closed = manager_of(store), ClosedTabs(clock)
        forget = functools.partial(forget_states, manager)
        for token in (TAB, OTHER):
            await select(manager, token, True)
        closed.add(TAB.ident)

        clock.now += KEPT_SECONDS - 1
        assert await closed.sweep(forget) == 0
        assert await is_selecting(manager, TAB)

        clock.now += 1
        assert await closed.sweep(forget) == 1
        assert not await is_selecting(manager, TAB)
        assert await is_selecting(manager, OTHER)
        await manager.close()

    run(test())


def test_tab_that_comes_back_in_time_keeps_its_states(store: str, clock: SecondsClock) -> None:
    async def test() -> None:
        manager, closed = manager_of(store), ClosedTabs(clock)
        await select(manager, TAB, True)
        closed.add(TAB.ident)
        clock.now += KEPT_SECONDS - 1
        closed.remove(TAB.ident)

        clock.now += 10 * KEPT_SECONDS
        assert await closed.sweep(functools.partial(forget_states, manager)) == 0
        assert await is_selecting(manager, TAB)
        await manager.close()

    run(test())


def test_states_are_dropped_later_while_an_event_still_uses_them(clock: SecondsClock) -> None:
    async def test() -> None:
        manager, closed = TabStates(), ClosedTabs(clock)
        forget = functools.partial(forget_states, manager)
        async with manager.modify_state(TAB):
            closed.add(TAB.ident)
            clock.now += KEPT_SECONDS
            assert await closed.sweep(forget) == 0
        assert await closed.sweep(forget) == 1
        assert manager.states == {}
        await manager.close()

    run(test())


class Websocket:
    """Refers to itself, as the websocket of a closed tab does."""

    def __init__(self) -> None:
        self.itself = self


@pytest.fixture
def no_collection() -> Iterator[None]:
    """Keep Python from collecting reference cycles by itself."""
    gc.disable()
    yield
    gc.enable()


@pytest.mark.usefixtures("no_collection")
def test_memory_is_returned_when_tabs_are_forgotten_and_again_a_few_sweeps_later(
    clock: SecondsClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tab_states, "SWEEP_SECONDS", 0.001)
    still_used = [Websocket()]

    async def forget(_token: str) -> bool:
        return True

    async def test() -> None:
        gone, used_is_gone = asyncio.Event(), asyncio.Event()
        watched = (told(Websocket(), gone), told(still_used[0], used_is_gone))
        closed = ClosedTabs(clock)
        closed.add(TAB.ident)
        clock.now += KEPT_SECONDS
        sweeping = asyncio.create_task(sweep_regularly(closed, forget))
        await asyncio.wait_for(gone.wait(), 10)
        still_used.clear()
        await asyncio.wait_for(used_is_gone.wait(), 10)
        sweeping.cancel()
        assert [websocket() for websocket in watched] == [None, None]

    def told(websocket: Websocket, event: asyncio.Event) -> weakref.ref[Websocket]:
        """Set the event when the websocket is collected, in whichever thread."""
        loop = asyncio.get_running_loop()
        return weakref.ref(websocket, lambda _: loop.call_soon_threadsafe(event.set))

    run(test())
