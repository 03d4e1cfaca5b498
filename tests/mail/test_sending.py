"""Files reach a real mail server once, whatever the server and the workers do."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from sqlmodel import col, update

from comic_downloads.db.tables import Sending
from comic_downloads.domain.errors import MailLimitReached, MailNotSetUp, NotForRecipient
from comic_downloads.domain.sending import TRIED_FOR, RecipientKind, SendingState
from comic_downloads.usecases.downloads.snapshots import JobSnapshot
from comic_downloads.usecases.sending.outgoing import send_due
from comic_downloads.usecases.sending.recipients import (
    create_recipient,
    delete_recipient,
    try_recipient,
)
from comic_downloads.usecases.sending.send import SendingView, send_file, sendings_of
from tests.mail.smtp_server import Inbox, smtp_server
from tests.queue.world import World
from tests.waiting import free_port, wait_for

SENDER = "comics@example.com"


@pytest.fixture
def inbox() -> Iterator[Inbox]:
    with smtp_server() as inbox:
        yield inbox


@pytest.fixture
def world(new_world: Callable[..., World], inbox: Inbox) -> World:
    return new_world(LEASE_SECONDS="3", SMTP_URL=inbox.url, MAIL_FROM=SENDER)


def ready_file(world: World, format: str = "epub", name: str = "Éclair 1") -> JobSnapshot:
    job = world.submit(world.add_user("ann"), world.add_comic(name), format=format)
    assert world.prepare_here()
    return world.job(job)


def press_send(
    world: World, job: JobSnapshot, kind: RecipientKind = RecipientKind.KINDLE
) -> SendingView:
    to = create_recipient(world.context, job.user_id, "My reader", "ann_1@kindle.example", kind)
    return send_file(world.context, job.user_id, job.id, to.id)


def send_now(world: World) -> None:
    send_due(world.context, lambda: False)


def state_of(world: World, job: JobSnapshot) -> SendingView:
    (sending,) = sendings_of(world.context, job.user_id, job.id)
    return sending


def make_due(world: World, **columns: object) -> None:
    with world.context.db.write() as session:
        early = update(Sending).values(not_before=col(Sending.created_at), **columns)
        session.connection().execute(early)


def test_file_arrives_whole_under_its_name(world: World, inbox: Inbox):
    job = ready_file(world)
    sending = press_send(world, job)
    assert send_file(world.context, job.user_id, job.id, sending.recipient_id or "") == sending
    send_now(world)
    send_now(world)
    sent = state_of(world, job)
    assert (sent.state, sent.answer) == (SendingState.SENT, "250 kept as 17")
    (mail,) = inbox.mails
    (file,) = mail.iter_attachments()
    assert file.get_filename() == job.filename
    assert file.get_content_type() == "application/epub+zip"
    blob = next(iter(world.context.blobs.list("artifacts/")))
    with world.context.blobs.open(blob.key) as stored:
        assert file.get_content() == stored.read()
    assert (mail["To"], mail["From"]) == ("ann_1@kindle.example", SENDER)
    assert mail["Message-ID"] == f"<{sending.id}@example.com>"
    assert mail["Subject"] == job.filename.removesuffix(".epub")


def test_refusal_is_shown_and_not_tried_again(world: World, inbox: Inbox):
    job = ready_file(world)
    press_send(world, job)
    inbox.greetings.append("550 5.1.1 nobody of that name")
    send_now(world)
    refused = state_of(world, job)
    assert (refused.state, refused.answer) == (
        SendingState.REFUSED,
        "550 5.1.1 nobody of that name",
    )
    make_due(world)
    send_now(world)
    assert (state_of(world, job).attempt, inbox.mails) == (1, [])


def test_greylisting_drops_and_full_servers_are_tried_again(world: World, inbox: Inbox):
    job = ready_file(world)
    press_send(world, job)
    inbox.greetings.append("450 4.2.0 greylisted")
    send_now(world)
    waiting = state_of(world, job)
    assert (waiting.state, waiting.answer) == (SendingState.WAITING, "450 4.2.0 greylisted")
    assert waiting.next_attempt_at is not None
    assert waiting.next_attempt_at >= waiting.created_at + timedelta(minutes=1)
    send_now(world)
    assert state_of(world, job).attempt == 1

    inbox.drops = 1
    make_due(world)
    send_now(world)
    assert state_of(world, job).answer == "The mail server closed the connection."
    inbox.answers.append("452 4.3.1 disk full")
    make_due(world)
    send_now(world)
    assert state_of(world, job).answer == "452 4.3.1 disk full"
    make_due(world)
    send_now(world)
    assert (state_of(world, job).state, len(inbox.mails)) == (SendingState.SENT, 1)


def test_sending_ends_after_a_day(world: World, inbox: Inbox):
    job = ready_file(world)
    sending = press_send(world, job)
    inbox.greetings.append("450 4.2.0 later")
    make_due(world, created_at=sending.created_at - TRIED_FOR)
    send_now(world)
    failed = state_of(world, job)
    assert failed.state is SendingState.FAILED
    assert failed.answer == "It was tried for a day. 450 4.2.0 later"


def test_killed_worker_leaves_the_sending_to_the_next(world: World, inbox: Inbox):
    job = ready_file(world)
    press_send(world, job)
    inbox.hold = threading.Event()
    worker = world.start_worker()
    wait_for("the sender", inbox.arrived.is_set)
    assert state_of(world, job).state is SendingState.SENDING
    worker.kill()
    inbox.hold.set()
    world.start_worker()
    wait_for("the second attempt", lambda: state_of(world, job).state is SendingState.SENT)
    assert (state_of(world, job).attempt, len(inbox.mails)) == (2, 1)


def test_deleted_recipient_ends_what_is_under_way(world: World, inbox: Inbox):
    job = ready_file(world)
    sending = press_send(world, job)
    delete_recipient(world.context, job.user_id, sending.recipient_id or "")
    send_now(world)
    assert (state_of(world, job).state, inbox.mails) == (SendingState.CANCELLED, [])


def test_what_a_recipient_does_not_take_is_refused_before(world: World):
    job = ready_file(world, format="cbz")
    with pytest.raises(NotForRecipient, match="EPUB or PDF"):
        press_send(world, job)


def test_limit_of_a_day_and_missing_settings_are_said(world: World):
    job = ready_file(world)
    limited = world.with_settings(mails_per_day=1)
    sending = press_send(limited, job)
    send_now(limited)
    with pytest.raises(MailLimitReached, match="1, is reached"):
        send_file(limited.context, job.user_id, job.id, sending.recipient_id or "")


def test_test_mail_says_what_the_server_answered(world: World, inbox: Inbox):
    user = world.add_user("ann")
    to = create_recipient(world.context, user, "Reader", "a@b.example", RecipientKind.OTHER)
    inbox.greetings.append("550 no such mailbox")
    assert try_recipient(world.context, user, to.id).words == "550 no such mailbox"
    assert (
        try_recipient(world.after(timedelta(minutes=2)).context, user, to.id).outcome == "accepted"
    )
    assert len(inbox.mails) == 1


def test_without_a_server_nothing_is_sent(new_world: Callable[..., World]):
    world = new_world()
    job = ready_file(world)
    with pytest.raises(MailNotSetUp, match="SMTP_URL"):
        press_send(world, job)


def test_server_that_is_away_is_tried_again(new_world: Callable[..., World]):
    world = new_world(SMTP_URL=f"smtp://127.0.0.1:{free_port()}", MAIL_FROM=SENDER)
    job = ready_file(world)
    press_send(world, job)
    send_now(world)
    waiting = state_of(world, job)
    assert waiting.state is SendingState.WAITING
    assert waiting.answer == "The mail server cannot be reached: Connection refused"


def test_password_is_not_sent_without_encryption(new_world: Callable[..., World], inbox: Inbox):
    url = inbox.url.replace("smtp://", "smtp://ann:secret@")
    world = new_world(SMTP_URL=url, MAIL_FROM=SENDER)
    job = ready_file(world)
    press_send(world, job)
    send_now(world)
    failed = state_of(world, job)
    assert failed.state is SendingState.FAILED
    assert "STARTTLS" in failed.answer
    assert inbox.mails == []


def test_file_that_was_removed_meanwhile_ends_the_sending(world: World, inbox: Inbox):
    job = ready_file(world)
    press_send(world, job)
    blob = next(iter(world.context.blobs.list("artifacts/")))
    world.context.blobs.delete(blob.key)
    send_now(world)
    failed = state_of(world, job)
    assert (failed.state, inbox.mails) == (SendingState.FAILED, [])
    assert "no longer stored" in failed.answer
