"""Server-Sent Events, read over a real connection from a real server."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from urllib.parse import urlsplit

import httpx
import pytest

from comic_downloads.db import jobs
from comic_downloads.domain.group import GroupOwner
from comic_downloads.domain.split import Split
from comic_downloads.usecases.accounts.accounts import (
    PasswordChange,
    change_password,
    create_owner,
    create_user,
)
from comic_downloads.usecases.accounts.removal import delete_user
from comic_downloads.usecases.accounts.sign_in import account_of_session, sign_in, sign_out
from comic_downloads.usecases.context import Context
from comic_downloads.usecases.delivery.links import make_link
from comic_downloads.usecases.downloads.changes import latest_revision
from comic_downloads.usecases.downloads.control import (
    cancel_download,
    pause_download,
    remove_download,
)
from comic_downloads.usecases.downloads.group_snapshots import get_group
from comic_downloads.usecases.downloads.groups import submit_group
from comic_downloads.usecases.downloads.submit import DownloadRequest, submit_download
from comic_downloads.web.api.routes import events
from tests.waiting import PATIENCE_SECONDS, wait_for

from .conftest import PASSWORD
from .library import add_archive, prepare_all, scan
from .serving import served


@dataclass(frozen=True)
class Person:
    id: str
    token: str


@dataclass(frozen=True)
class Event:
    id: int
    name: str
    data: dict


class Listener:
    """An open stream of events."""

    def __init__(self, lines: Iterator[str]) -> None:
        self._lines = lines

    def next(self) -> Event:
        fields = dict(
            line.split(": ", 1) for line in self._block() if not line.startswith((":", "retry"))
        )
        if not fields:
            return self.next()
        return Event(int(fields["id"]), fields["event"], json.loads(fields["data"]))

    def until(self, name: str) -> list[Event]:
        heard = [self.next()]
        while heard[-1].name != name:
            heard.append(self.next())
        return heard

    def until_data(self, **wanted: object) -> Event:
        """Return the first event whose data has all these values."""
        heard = self.next()
        while not wanted.items() <= heard.data.items():
            heard = self.next()
        return heard

    def next_comment(self) -> str:
        while not (comments := [line for line in self._block() if line.startswith(":")]):
            pass
        return comments[0]

    def _block(self) -> list[str]:
        block = []
        for line in self._lines:
            if not line:
                return block
            block.append(line)
        raise EOFError("the stream has ended")


@pytest.fixture
def address(context: Context) -> Iterator[str]:
    with served(context) as address:
        yield address


@pytest.fixture
def olga(context: Context) -> Person:
    account = create_owner(context, "olga", PASSWORD)
    return Person(account.id, sign_in(context, "olga", PASSWORD, "127.0.0.1")[1])


@pytest.fixture
def request_of_three_pages(context: Context) -> DownloadRequest:
    add_archive(context, "Alone.cbz", 3)
    return DownloadRequest(comic_ids=tuple(scan(context).values()))


@contextmanager
def listening(address: str, person: Person, last_event_id: int | None = None) -> Iterator[Listener]:
    headers = {"Cookie": f"session={person.token}"}
    if last_event_id is not None:
        headers["Last-Event-ID"] = str(last_event_id)
    with httpx.stream(
        "GET", f"{address}/api/v1/events", headers=headers, timeout=PATIENCE_SECONDS
    ) as answer:
        assert answer.headers["content-type"].startswith("text/event-stream")
        lines = answer.iter_lines()
        assert next(lines).startswith("retry:")
        yield Listener(lines)


def test_stream_tells_a_download_from_queued_to_completed(
    address: str, context: Context, olga: Person, request_of_three_pages: DownloadRequest
):
    with listening(address, olga) as stream:
        job = submit_download(context, olga.id, request_of_three_pages).job
        first = stream.next()
        prepare_all(context)
        heard = [first, *stream.until("download:completed")]
    assert (first.name, first.data["id"], first.data["status"]) == (
        "download:state",
        job.id,
        "queued",
    )
    assert [event.id for event in heard] == sorted(event.id for event in heard)
    completed = heard[-1].data
    assert completed.keys() == {"id", "download_url", "expires_at", "file_count", "file_size_bytes"}
    assert completed["download_url"].startswith(context.settings.base_url)
    file = httpx.get(address + urlsplit(completed["download_url"]).path)
    assert (completed["file_count"], len(file.content)) == (1, completed["file_size_bytes"])


def test_stream_tells_how_far_a_finished_file_is_on_its_way(
    address: str, context: Context, olga: Person, request_of_three_pages: DownloadRequest
):
    job = submit_download(context, olga.id, request_of_three_pages).job
    prepare_all(context)
    with listening(address, olga) as listener:
        link = make_link(context, olga.id, job.id).url
        assert httpx.get(address + link, headers={"Range": "bytes=0-99"}).status_code == 206
        part = listener.until_data(downloaded_bytes=100)
        assert httpx.get(address + link).status_code == 200
        whole = listener.until_data(transfer="done")
    assert part.data["status"] == "ready"
    assert whole.data["downloaded_bytes"] > 100


def test_stream_tells_why_a_download_failed(
    address: str, context: Context, olga: Person, request_of_three_pages: DownloadRequest
):
    with listening(address, olga) as stream:
        job = submit_download(context, olga.id, request_of_three_pages).job
        (context.settings.library / "Alone.cbz").rename(context.settings.library / "Moved.cbz")
        prepare_all(context)
        failed = stream.until("download:failed")[-1].data
    assert failed["id"] == job.id
    assert failed["error"]["message"] and not failed["error"]["retryable"]


def test_stream_never_tells_of_another_account(
    address: str, context: Context, olga: Person, request_of_three_pages: DownloadRequest
):
    mika = create_user(context, "mika", PASSWORD)
    with listening(address, olga) as stream:
        submit_download(context, mika.id, request_of_three_pages)
        own = submit_download(context, olga.id, request_of_three_pages).job
        assert stream.next().data["id"] == own.id


def test_last_event_id_replays_what_was_missed(
    address: str, context: Context, olga: Person, request_of_three_pages: DownloadRequest
):
    job = submit_download(context, olga.id, request_of_three_pages).job
    pause_download(context, olga.id, job.id)
    with listening(address, olga, last_event_id=job.revision) as stream:
        missed = stream.next()
        cancel_download(context, olga.id, job.id)
        then = stream.next()
    assert (missed.name, missed.data["status"]) == ("download:state", "paused")
    assert (then.data["status"], then.id) == ("cancelled", latest_revision(context))


def test_replay_is_not_cut_short_by_what_others_did(
    address: str,
    context: Context,
    olga: Person,
    request_of_three_pages: DownloadRequest,
    monkeypatch: pytest.MonkeyPatch,
):
    monkeypatch.setattr(jobs, "MAX_CHANGED", 1)
    job = submit_download(context, olga.id, request_of_three_pages).job
    submit_download(context, create_user(context, "mika", PASSWORD).id, request_of_three_pages)
    with listening(address, olga, last_event_id=0) as stream:
        assert stream.next().data["id"] == job.id


def test_stream_tells_that_a_download_was_removed(
    address: str, context: Context, olga: Person, request_of_three_pages: DownloadRequest
):
    job = submit_download(context, olga.id, request_of_three_pages).job
    with listening(address, olga) as stream:
        remove_download(context, olga.id, job.id)
        event = stream.next()
        while not event.data[
            "deleted"
        ]:  # the watcher may still have been about to tell that it was queued
            event = stream.next()
    assert (event.name, event.data["id"]) == ("download:state", job.id)


def test_quiet_stream_says_that_it_is_still_there(
    address: str, olga: Person, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(events, "KEEP_ALIVE_SECONDS", 0.2)
    with listening(address, olga) as stream:
        assert stream.next_comment().startswith(":")


def test_stream_ends_with_the_session(
    address: str, context: Context, olga: Person, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(events, "KEEP_ALIVE_SECONDS", 0.2)
    with listening(address, olga) as stream:
        stream.next_comment()
        sign_out(context, olga.token)
        with pytest.raises(EOFError):
            stream.next()


@pytest.mark.parametrize("last_event_id", ["yesterday", "-1", "9" * 30])
def test_stream_with_a_senseless_last_event_id_is_refused(
    address: str, olga: Person, last_event_id: str
):
    headers = {"Cookie": f"session={olga.token}", "Last-Event-ID": last_event_id}
    answer = httpx.get(f"{address}/api/v1/events", headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_request")


def test_stream_too_many_is_refused_until_another_ends(
    address: str, context: Context, olga: Person
):
    create_user(context, "mara", PASSWORD)
    mara = Person("", sign_in(context, "mara", PASSWORD, "127.0.0.1")[1])

    def ask(person: Person) -> httpx.Response:
        headers = {"Cookie": f"session={person.token}"}
        with httpx.stream("GET", f"{address}/api/v1/events", headers=headers) as answer:
            if answer.status_code != 200:
                answer.read()
            return answer

    with ExitStack() as others:
        with ExitStack() as one, listening(address, mara):
            one.enter_context(listening(address, olga))
            for _ in range(events.MAX_STREAMS - 1):
                others.enter_context(listening(address, olga))
            refused = ask(olga)
            assert (refused.status_code, refused.json()["code"]) == (429, "too_many_connections")
            assert int(refused.headers["Retry-After"]) > 0
            assert ask(mara).status_code == 200
        wait_for("the place of the closed stream", lambda: ask(olga).status_code == 200)


def end_session(context: Context, olga: Person) -> None:
    sign_out(context, olga.token)


def end_by_new_password(context: Context, olga: Person) -> None:
    account = account_of_session(context, olga.token)
    assert account is not None
    change_password(context, account, PasswordChange(PASSWORD, "another long password"))


@pytest.mark.parametrize("end", [end_session, end_by_new_password])
def test_no_link_is_sent_after_the_session_has_ended(
    address: str,
    context: Context,
    olga: Person,
    request_of_three_pages: DownloadRequest,
    end: Callable[[Context, Person], None],
):
    with listening(address, olga) as stream:
        job = submit_download(context, olga.id, request_of_three_pages).job
        assert stream.next().data["id"] == job.id
        end(context, olga)
        prepare_all(context)
        names = []
        with pytest.raises(EOFError):
            while True:
                names.append(stream.next().name)
    assert "download:completed" not in names


def test_no_link_is_sent_to_an_account_that_was_removed(
    address: str,
    context: Context,
    olga: Person,
    request_of_three_pages: DownloadRequest,
    monkeypatch: pytest.MonkeyPatch,
):
    monkeypatch.setattr(events, "KEEP_ALIVE_SECONDS", 0.2)
    mika = create_user(context, "mika", PASSWORD)
    person = Person(mika.id, sign_in(context, "mika", PASSWORD, "127.0.0.1")[1])
    with listening(address, person) as stream:
        submit_download(context, mika.id, request_of_three_pages)
        stream.next()
        owner = account_of_session(context, olga.token)
        assert owner is not None
        delete_user(context, owner, mika.id)
        with pytest.raises(EOFError):
            stream.until("download:completed")


@pytest.fixture
def request_of_two_files(context: Context) -> DownloadRequest:
    for number in (1, 2):
        add_archive(context, f"Pair {number:03}.cbz", 1 + number)
    return DownloadRequest(comic_ids=tuple(scan(context).values()), grayscale=True)


def test_stream_tells_of_a_group_until_it_is_completed(
    address: str, context: Context, olga: Person, request_of_two_files: DownloadRequest
):
    with listening(address, olga) as stream:
        made = submit_group(context, olga.id, request_of_two_files, Split()).found
        first = stream.until("group:progress")[-1].data
        prepare_all(context)
        heard = stream.until("group:completed")
    assert (first["id"], first["total"], first["percent"]) == (made.group.id, 2, 0)
    assert (first["current"], first["file_count"], first["file_size_bytes"]) == (1, 0, 0)
    assert [event.id for event in heard] == sorted(event.id for event in heard)
    completed = heard[-1].data
    assert (completed["id"], completed["percent"]) == (made.group.id, 100)
    assert (completed["current"], completed["total"], completed["file_count"]) == (2, 2, 2)
    jobs_now = get_group(context, GroupOwner(olga.id), made.group.id).jobs
    assert completed["file_size_bytes"] == sum(job.file_size_bytes or 0 for job in jobs_now)
    with listening(address, olga, last_event_id=0) as stream:
        assert stream.until("group:completed")[-1].data == completed


def test_stream_tells_that_a_group_has_ended_with_a_failure(
    address: str, context: Context, olga: Person, request_of_two_files: DownloadRequest
):
    (context.settings.library / "Pair 002.cbz").write_bytes(b"damaged")
    with listening(address, olga) as stream:
        submit_group(context, olga.id, request_of_two_files, Split())
        prepare_all(context)
        failed = stream.until("group:failed")[-1].data
    assert (failed["status"], failed["failed_count"], failed["file_count"]) == ("failed", 1, 1)
