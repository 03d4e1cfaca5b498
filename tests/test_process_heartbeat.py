"""Silence is measured while its watcher is awake, and a process has time to start."""

from __future__ import annotations

import os
import subprocess
import sys

from comic_downloads.process_heartbeat import START_SECONDS, Heartbeat, Silence, shared_memory
from tests.seconds_clock import SecondsClock

LIMIT = 9.0


def look_every_second(silence: Silence, clock: SecondsClock, seconds: float) -> list[bool]:
    answers = []
    for _ in range(int(seconds)):
        clock.now += 1
        answers.append(silence.lasts_longer_than(LIMIT))
    return answers


def test_silence_is_noticed_after_the_limit():
    clock, heartbeat = SecondsClock(), Heartbeat()
    heartbeat.beat()
    silence = Silence(heartbeat, clock)

    assert look_every_second(silence, clock, 10) == [False] * 9 + [True]


def test_beat_ends_the_silence():
    clock, heartbeat = SecondsClock(), Heartbeat()
    heartbeat.beat()
    silence = Silence(heartbeat, clock)

    look_every_second(silence, clock, 9)
    heartbeat.beat()

    assert look_every_second(silence, clock, 9) == [False] * 9


def test_time_in_which_the_watcher_was_stopped_does_not_count():
    clock, heartbeat = SecondsClock(), Heartbeat()
    heartbeat.beat()
    silence = Silence(heartbeat, clock)

    clock.now += 3600

    assert look_every_second(silence, clock, 5) == [False] * 5


def test_process_that_starts_has_time_for_its_first_beat():
    clock, heartbeat = SecondsClock(), Heartbeat()
    silence = Silence(heartbeat, clock)

    answers = look_every_second(silence, clock, START_SECONDS + 1)

    assert answers == [False] * int(START_SECONDS) + [True]


def test_started_process_beats_in_shared_memory():
    program = (
        "import sys; from comic_downloads.process_heartbeat import Heartbeat; "
        "Heartbeat(int(sys.argv[1])).beat()"
    )
    with shared_memory() as number:
        heartbeat = Heartbeat(number)
        subprocess.run([sys.executable, "-c", program, str(number)], pass_fds=[number], check=True)

    assert heartbeat.count == 1


def test_forked_process_beats_for_its_parent():
    heartbeat = Heartbeat()
    child = os.fork()
    if child == 0:
        heartbeat.beat()
        os._exit(0)
    os.waitpid(child, 0)

    assert heartbeat.count == 1
