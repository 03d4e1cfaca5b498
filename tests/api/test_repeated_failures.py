"""What fails again and again is logged in full once, and then counted."""

from __future__ import annotations

import logging

import pytest

from comic_downloads.logs.repeated import REMIND_AFTER_SECONDS, RepeatedFailure

LOGGER = logging.getLogger("comic_downloads.test")


class Rounds:
    """A loop whose rounds fail or not, one a second."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self.failure = RepeatedFailure(LOGGER, "The loop", lambda: self.seconds, {"action": "x"})

    def fail(self, error: type[Exception] = OSError) -> None:
        self.seconds += 1
        try:
            raise error
        except error as raised:
            self.failure.note(raised)

    def succeed(self) -> None:
        self.seconds += 1
        self.failure.end()


@pytest.fixture
def rounds() -> Rounds:
    return Rounds()


def test_first_failure_has_its_trace_and_the_next_are_counted(
    rounds: Rounds, caplog: pytest.LogCaptureFixture
):
    for _ in range(int(REMIND_AFTER_SECONDS) * 2 + 1):
        rounds.fail()
    first, *reminders = caplog.records
    assert first.exc_info is not None
    assert [record.exc_info for record in reminders] == [None, None]
    assert "still fails: 61 times so far, now with OSError" in reminders[0].getMessage()


def test_error_of_another_kind_has_its_trace_too(rounds: Rounds, caplog: pytest.LogCaptureFixture):
    for error in (OSError, ValueError, OSError, ValueError):
        rounds.fail(error)
    assert [record.exc_info is not None for record in caplog.records] == [True, True]


def test_end_is_logged_with_the_number_and_the_next_failure_in_full(
    rounds: Rounds, caplog: pytest.LogCaptureFixture
):
    rounds.succeed()
    assert caplog.records == []
    rounds.fail()
    rounds.fail()
    rounds.succeed()
    assert caplog.records[-1].getMessage() == "The loop works again after 2 failures"
    rounds.succeed()
    rounds.fail()
    assert len(caplog.records) == 3
    assert caplog.records[-1].exc_info is not None
