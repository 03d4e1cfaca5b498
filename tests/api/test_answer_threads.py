"""Requests that are asked often are answered by a few threads, in turn."""

from __future__ import annotations

import asyncio
import threading

import pytest

from comic_downloads.web.api.answer_threads import THREADS, AnswerThreads


def test_requests_take_turns():
    async def test() -> None:
        threads = AnswerThreads()
        answered = await asyncio.gather(*(threads.run(threading.get_ident) for _ in range(20)))
        assert len(set(answered)) <= THREADS

    asyncio.run(test())


def test_others_are_answered_while_the_threads_are_stuck():
    async def test() -> None:
        threads, release = AnswerThreads(stuck_seconds=0), threading.Event()
        try:
            stuck = [asyncio.create_task(threads.run(release.wait)) for _ in range(THREADS)]
            await asyncio.sleep(0)  # The tasks begin.
            assert await threads.run(lambda: "answered") == "answered"
            assert not any(task.done() for task in stuck)
        finally:
            release.set()
        assert all(await asyncio.gather(*stuck))

    asyncio.run(test())


def test_error_reaches_the_caller_and_the_threads_go_on():
    def fail() -> None:
        raise ValueError("wrong")

    async def test() -> None:
        threads = AnswerThreads()
        for _ in range(2 * THREADS):
            with pytest.raises(ValueError, match="wrong"):
                await threads.run(fail)
        assert await threads.run(lambda: 1) == 1

    asyncio.run(test())
