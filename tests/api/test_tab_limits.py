"""An account, or a network of strangers, has only so many tabs open, and opens few at a time."""

from __future__ import annotations

import pytest

from comic_downloads.web.api.middleware.tab_limits import (
    BURST,
    KNOWN_SECONDS,
    Holder,
    TabLimits,
    holder_of_account,
    holder_of_address,
)
from tests.seconds_clock import SecondsClock

HOME, OFFICE = holder_of_address("192.0.2.1"), holder_of_address("192.0.2.2")
MEMBER = holder_of_account("mallory")


@pytest.fixture
def clock() -> SecondsClock:
    return SecondsClock()


@pytest.fixture
def limits(clock: SecondsClock) -> TabLimits:
    return TabLimits(clock)


def opened(limits: TabLimits, tokens: range, holder: Holder = HOME) -> int:
    """Return how many of these tabs could be opened."""
    return sum(limits.open(holder, f"tab-{number}") for number in tokens)


def test_network_opens_a_burst_of_tabs_and_then_one_a_second(
    limits: TabLimits, clock: SecondsClock
):
    assert opened(limits, range(BURST + 20)) == BURST

    clock.now += 5
    assert opened(limits, range(100, 120)) == 5


def test_other_networks_are_not_held_up(limits: TabLimits):
    opened(limits, range(BURST + 1))

    assert opened(limits, range(200, 210), OFFICE) == 10


def test_tab_that_comes_back_is_not_a_new_one(limits: TabLimits, clock: SecondsClock) -> None:
    opened(limits, range(BURST))
    limits.close(HOME, "tab-7")
    clock.now += 0.5

    assert limits.open(HOME, "tab-7")
    assert not limits.open(HOME, "another")


def test_second_socket_of_an_open_tab_counts_as_new(limits: TabLimits):
    opened(limits, range(BURST))

    assert not limits.open(HOME, "tab-7")


def test_tab_is_new_again_when_its_states_are_gone(limits: TabLimits, clock: SecondsClock) -> None:
    limits.open(HOME, "tab-0")
    limits.close(HOME, "tab-0")
    clock.now += KNOWN_SECONDS
    opened(limits, range(1, BURST + 1))

    assert not limits.open(HOME, "tab-0")


@pytest.mark.parametrize("holder", [HOME, MEMBER])
def test_holder_has_a_limited_number_of_open_tabs(
    limits: TabLimits, clock: SecondsClock, holder: Holder
):
    for number in range(holder.max_open):
        clock.now += 1
        assert limits.open(holder, f"tab-{number}")
    clock.now += 60

    assert not limits.open(holder, "another")
    limits.close(holder, "tab-0")
    assert limits.open(holder, "another")


def test_household_with_one_address_has_as_many_tabs_as_it_has_accounts_for(
    limits: TabLimits,
):
    """Accounts are counted by themselves, wherever they are, and strangers beside them."""
    assert opened(limits, range(BURST + 1)) == BURST

    for member in range(10):
        tabs = range(1000 * (member + 1), 1000 * (member + 1) + 20)
        assert opened(limits, tabs, holder_of_account(f"member {member}")) == 20


def test_refusals_of_a_network_are_logged_once_a_minute(
    limits: TabLimits, clock: SecondsClock
) -> None:
    logged = [limits.should_log(HOME) for _ in range(3)]
    clock.now += 61

    assert [*logged, limits.should_log(HOME)] == [True, False, False, True]
