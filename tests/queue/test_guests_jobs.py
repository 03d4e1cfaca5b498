"""Jobs of a share's guests: they run after those of the share's owner and end with the share."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from sqlmodel import select

from comic_downloads.db import delivery
from comic_downloads.db.tables import Artifact, Job, Share, Transfer
from comic_downloads.domain.account import Account, Role
from comic_downloads.domain.errors import (
    ConstraintViolated,
    LinkInvalid,
    NotFound,
    QueueFull,
    QuotaExceeded,
)
from comic_downloads.usecases.accounts.accounts import account_summary
from comic_downloads.usecases.operations.maintenance import purge
from comic_downloads.usecases.sharing import limits
from comic_downloads.usecases.sharing.access import GuestCredentials, admit_guest
from comic_downloads.usecases.sharing.downloads import (
    get_guest_download,
    guest_downloads,
    submit_guest_download,
)
from comic_downloads.usecases.sharing.guest_request import GuestRequest
from comic_downloads.usecases.sharing.shares import (
    ShareRequest,
    create_share,
    list_shares,
    revoke_share,
)
from tests.queue.world import World


class Guest:
    """A guest with the link of a share and a browser that keeps its cookie."""

    def __init__(self, world: World, path: str) -> None:
        self.world, token = world, path.rpartition("/")[2]
        cookie = admit_guest(world.context, GuestCredentials(token, {})).new_cookie
        assert cookie is not None
        self.credentials = GuestCredentials(token, {cookie.name: cookie.value})

    def prepare(self, quality: str = "original") -> str:
        return submit_guest_download(
            self.world.context, self.credentials, GuestRequest("cbz", quality)
        ).download.job_id

    def status(self, job_id: str) -> str:
        return get_guest_download(self.world.context, self.credentials, job_id).status


def test_guests_wait_behind_the_sharer(world: World):
    ann = world.add_user("ann")
    share = create_share(world.context, ann, ShareRequest((world.add_comic("Shared"),)))
    guest = Guest(world, share.path)
    guests_job = guest.prepare()
    own = world.submit(ann, world.add_comic("Own"))
    assert world.job(own).queue_position == 1
    assert world.prepare_here()
    assert (world.job(own).status, guest.status(guests_job)) == ("ready", "queued")
    assert world.prepare_here()
    assert guest.status(guests_job) == "ready"


def test_the_same_request_of_two_guests_makes_two_jobs_of_one_file(world: World):
    share = create_share(
        world.context, world.add_user("ann"), ShareRequest((world.add_comic("Shared"),))
    )
    guests = [Guest(world, share.path) for _ in range(2)]
    jobs = [guest.prepare() for guest in guests]
    while world.prepare_here():
        pass
    with world.context.db.read() as session:
        rows = session.exec(select(Job)).all()
    assert {row.id for row in rows} == set(jobs)
    assert len({row.artifact_id for row in rows}) == 1
    assert [
        [one.job_id for one in guest_downloads(world.context, guest.credentials)]
        for guest in guests
    ] == [[job_id] for job_id in jobs]


def test_a_guest_who_asks_twice_at_once_gets_one_job(world: World):
    share = create_share(
        world.context, world.add_user("ann"), ShareRequest((world.add_comic("Shared"),))
    )
    guest, jobs = Guest(world, share.path), []
    threads = [threading.Thread(target=lambda: jobs.append(guest.prepare())) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(jobs), len(set(jobs))) == (6, 1)


def test_new_guests_come_in_the_place_of_those_who_fetched_nothing(
    world: World, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(limits, "MAX_JOBS_OF_SHARE", 2)
    share = create_share(
        world.context, world.add_user("ann"), ShareRequest((world.add_comic("Shared"),))
    )
    guests = [Guest(world, share.path) for _ in range(5)]
    jobs = [guest.prepare() for guest in guests[:2]]
    with pytest.raises(QueueFull, match="Try again after"):
        guests[2].prepare()
    while world.prepare_here():
        pass
    fetch_begins(world, jobs[0])
    assert guests[2].status(guests[2].prepare()) == "ready"
    assert guests[0].status(jobs[0]) == "ready"
    with pytest.raises(NotFound):
        guests[1].status(jobs[1])
    if not world.settings.uses_sqlite:  # On SQLite a writer has the whole database to itself.
        with (
            world.context.db.write() as session
        ):  # As while the first bytes of a transfer are counted.
            session.exec(select(Job).where(Job.share_id == share.id).with_for_update())
            with pytest.raises(QueueFull):
                guests[3].prepare()
    assert guests[4].status(guests[4].prepare()) == "ready"


def fetch_begins(world: World, job_id: str) -> None:
    with world.context.db.write() as session:
        job = session.get_one(Job, job_id)
        delivery.heartbeat(
            session,
            [Transfer(id="t", artifact_id=str(job.artifact_id), job_id=job_id)],
            world.context.clock(),
        )


def test_sharer_is_told_when_guests_have_filled_their_quota(world: World):
    ann = world.add_user("ann")
    share = create_share(world.context, ann, ShareRequest((world.add_comic("Shared"),)))
    Guest(world, share.path).prepare()
    assert world.prepare_here()
    own, full = (
        world.add_comic("Own"),
        world.with_settings(storage_quota_bytes=artifact_bytes(world) + 1),
    )
    with pytest.raises(QuotaExceeded, match="guests of your shares"):
        full.submit(ann, own)
    with pytest.raises(QuotaExceeded, match="The storage of the person who shares this is full"):
        Guest(full, share.path).prepare("480p")
    revoke_share(full.context, ann, share.id)
    assert full.with_settings(storage_quota_bytes=10**9).submit(ann, own).status == "queued"
    with pytest.raises(QuotaExceeded, match=r"no longer need\.$"):
        full.submit(ann, own, format="zip")


def test_guests_who_ask_for_one_file_take_its_storage_once(world: World):
    ann, other = world.add_user("ann"), world.add_comic("Other")
    share = create_share(world.context, ann, ShareRequest((world.add_comic("Shared"),)))
    guests = [Guest(world, share.path) for _ in range(3)]
    guests[0].prepare()
    one = used(world, ann)
    full = world.with_settings(storage_quota_bytes=int(one * 1.5))
    for guest in guests[1:]:
        guest.world = full
        guest.prepare()
    assert used(world, ann) == one
    with pytest.raises(QuotaExceeded):
        full.submit(ann, other)
    assert (
        world.prepare_here()
    )  # Now one of them has the file, and the others wait for the same one.
    assert used(world, ann) == artifact_bytes(world)
    assert full.submit(ann, world.comic_id("Shared") or "").status == "ready"
    while world.prepare_here():
        pass
    assert used(world, ann) == artifact_bytes(world)


def used(world: World, user_id: str) -> int:
    account = Account(user_id, "ann", Role.MEMBER)
    return account_summary(world.context, account).storage_used_bytes


def artifact_bytes(world: World) -> int:
    with world.context.db.read() as session:
        return sum(session.exec(select(Artifact.size_bytes)).all())


def test_no_job_outlives_a_share_that_is_revoked_while_guests_ask(world: World):
    ann = world.add_user("ann")
    share = create_share(world.context, ann, ShareRequest((world.add_comic("Shared"),)))
    guests = [Guest(world, share.path) for _ in range(6)]
    began = threading.Barrier(len(guests) + 1)

    def ask(guest: Guest) -> None:
        began.wait()
        for quality in ("original", "720p", "480p"):
            try:
                guest.prepare(quality)
            except LinkInvalid:
                return

    threads = [threading.Thread(target=ask, args=(guest,)) for guest in guests]
    for thread in threads:
        thread.start()
    began.wait()
    revoke_share(world.context, ann, share.id)
    for thread in threads:
        thread.join()
    with world.context.db.read() as session:
        assert {job.deleted_at is None for job in session.exec(select(Job)).all()} <= {False}
    assert not world.prepare_here()


def test_shares_and_their_jobs_go_when_they_are_over(world: World):
    ann = world.add_user("ann")
    comic = world.add_comic("Shared")
    shares = [
        create_share(world.context, ann, ShareRequest((comic,), expires_in_seconds=3600))
        for _ in range(2)
    ]
    for share in shares:
        Guest(world, share.path).prepare()
    while world.prepare_here():
        pass
    revoke_share(world.context, ann, shares[0].id)
    assert [share.id for share in list_shares(world.context, ann)[0]] == [shares[1].id]
    purge(world.after(timedelta(days=2)).context)
    with world.context.db.read() as session:
        assert [share.id for share in session.exec(select(Share)).all()] == [shares[1].id]
        assert [job.status for job in session.exec(select(Job)).all()] == ["expired"]
    purge(world.after(timedelta(days=31)).context)
    with world.context.db.read() as session:
        assert (session.exec(select(Share)).all(), session.exec(select(Job)).all()) == ([], [])


@pytest.mark.parametrize(
    "changes",
    [{"downloads_done": -1}, {"max_downloads": 0}, {"expires_at": None}],
    ids=lambda changes: next(iter(changes)),
)
def test_a_share_that_makes_no_sense_cannot_be_stored(world: World, changes: dict[str, object]):
    share = create_share(
        world.context, world.add_user("ann"), ShareRequest((world.add_comic("Shared"),))
    )
    with pytest.raises(ConstraintViolated), world.context.db.write() as session:
        row = session.get_one(Share, share.id)
        for name, value in changes.items():
            setattr(row, name, value)


def test_a_job_has_a_guest_if_and_only_if_it_has_a_share(world: World):
    view = world.submit(world.add_user("ann"), world.add_comic("Own"))
    with pytest.raises(ConstraintViolated), world.context.db.write() as session:
        session.get_one(Job, view.id).guest_id = "somebody"
