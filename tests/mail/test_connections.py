"""Mails go to servers that want encryption and a password, and those are what SMTP_URL says."""

from __future__ import annotations

import io
import ssl
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import pytest
from aiosmtpd.smtp import AuthResult, LoginPassword

from comic_downloads.mail.mailer import MailAnswer, Outcome
from comic_downloads.mail.message import Attachment, Mail
from comic_downloads.mail.smtp import SmtpMailer, parse_smtp_url
from tests.mail.smtp_server import smtp_server

USER, PASSWORD = "ann", "p@ss/word"
CREDENTIALS = "ann:p%40ss%2Fword"
SENDER = "comics@example.com"
FILE = bytes(range(256)) * 400


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Return the key and the certificate of a server on this machine."""
    folder = tmp_path_factory.mktemp("certificate")
    key, certificate = folder / "key.pem", folder / "certificate.pem"
    subprocess.run(
        [
            *("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"),
            *("-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1"),
            *("-keyout", str(key), "-out", str(certificate)),
        ],
        check=True,
        capture_output=True,
    )
    return key, certificate


@pytest.fixture
def server_tls(certificate: tuple[Path, Path]) -> ssl.SSLContext:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate[1], certificate[0])
    return context


@pytest.fixture
def trusted(certificate: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch) -> None:
    """Let this process trust the server, as a machine does whose owner added its certificate."""
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate[1]))


def check(
    _server: object, _session: object, _envelope: object, _mechanism: str, data: object
) -> AuthResult:
    assert isinstance(data, LoginPassword)
    is_right = (data.login, data.password) == (USER.encode(), PASSWORD.encode())
    return AuthResult(success=is_right, handled=False)


def send(url: str) -> MailAnswer:
    attachment = Attachment("Éclair 1.epub", "application/epub+zip", len(FILE), io.BytesIO(FILE))
    mail = Mail(
        "17", SENDER, "ann@kindle.example", "Éclair 1", "Hello.", datetime.now(UTC), attachment
    )
    return SmtpMailer(parse_smtp_url(url), SENDER).send(mail, lambda: False)


@pytest.mark.usefixtures("trusted")
def test_starttls_and_password(server_tls: ssl.SSLContext):
    with smtp_server(
        tls_context=server_tls, authenticator=check, auth_required=True, require_starttls=True
    ) as inbox:
        answer = send(f"smtp://{CREDENTIALS}@127.0.0.1:{inbox.port}")
        wrong = send(f"smtp://{USER}:wrong@127.0.0.1:{inbox.port}")
        (mail,) = inbox.mails
    assert answer == MailAnswer(Outcome.ACCEPTED, "250 kept as 17")
    assert wrong.outcome is Outcome.MISCONFIGURED
    assert "user or password of SMTP_URL" in wrong.words
    (attachment,) = mail.iter_attachments()
    assert attachment.get_filename() == "Éclair 1.epub"
    assert attachment.get_payload(decode=True) == FILE


@pytest.mark.usefixtures("trusted")
def test_tls_from_the_start(server_tls: ssl.SSLContext):
    with smtp_server(
        ssl_context=server_tls, authenticator=check, auth_required=True, auth_require_tls=False
    ) as inbox:
        answer = send(f"smtps://{CREDENTIALS}@127.0.0.1:{inbox.port}")
        assert len(inbox.mails) == 1
    assert answer.outcome is Outcome.ACCEPTED


@pytest.mark.parametrize("scheme", ["smtp", "smtps"])
def test_server_that_is_not_trusted_gets_nothing(server_tls: ssl.SSLContext, scheme: str):
    option = "tls_context" if scheme == "smtp" else "ssl_context"
    with smtp_server(**{option: server_tls}) as inbox:
        answer = send(f"{scheme}://{CREDENTIALS}@127.0.0.1:{inbox.port}")
        assert inbox.mails == []
    assert answer.outcome is Outcome.MISCONFIGURED
    assert "certificate is not trusted" in answer.words


def test_server_that_takes_less_is_not_sent_the_file():
    with smtp_server(data_size_limit=10_000) as inbox:
        answer = send(inbox.url)
        assert inbox.mails == []
    assert answer.outcome is Outcome.REFUSED
    assert "10,000 bytes at most" in answer.words
