"""The file being written, when its digest cannot be made."""

from __future__ import annotations

import hashlib
import threading
from pathlib import Path

import pytest

from comic_downloads.files.output import OutputFile

PIECE = b"x" * 1024
# More pieces than may be written ahead of the digest, with the sizes below.
MANY = 200


class _BrokenAtOnce:
    def update(self, _data: object) -> None:
        raise MemoryError


class _BrokenAtTheEnd:
    def update(self, _data: object) -> None: ...

    def hexdigest(self) -> str:
        raise MemoryError


@pytest.fixture(autouse=True)
def small_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("comic_downloads.files.output._BUFFER_BYTES", len(PIECE))


def test_digest_is_that_of_the_file(tmp_path: Path):
    with OutputFile(tmp_path / "out") as output:
        for _ in range(3):
            output.write(PIECE)
    assert output.sha256 == hashlib.sha256((tmp_path / "out").read_bytes()).hexdigest()


@pytest.mark.parametrize("broken", [_BrokenAtOnce, _BrokenAtTheEnd])
def test_an_error_of_the_digest_ends_the_writing_and_never_holds_it_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, broken: type
):
    monkeypatch.setattr("comic_downloads.files.output.hashlib.sha256", broken)
    raised: list[BaseException] = []

    def write() -> None:
        try:
            with OutputFile(tmp_path / "out") as output:
                for _ in range(MANY):
                    output.write(PIECE)
        except MemoryError as error:
            raised.append(error)

    writing = threading.Thread(target=write, daemon=True)
    writing.start()
    writing.join(30)
    assert len(raised) == 1
    assert not (tmp_path / "out").exists()


def test_nothing_is_left_where_no_thread_is_to_be_had(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    def refuse(_thread: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    output = OutputFile(tmp_path / "out")
    monkeypatch.setattr(threading.Thread, "start", refuse)
    with pytest.raises(RuntimeError, match="thread"), output:
        pass
    assert not (tmp_path / "out").exists()
