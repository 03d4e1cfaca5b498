"""A mail server that is reached by SMTP."""

from __future__ import annotations

import smtplib
import ssl
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from urllib.parse import parse_qs, unquote, urlsplit

from .mailer import MailAnswer, Outcome
from .message import Mail, mail_chunks, mail_size

STEP_TIMEOUT_SECONDS = 60.0
# A server may look through a mail before it answers (RFC 5321, section 4.5.3.2.6).
ANSWER_TIMEOUT_SECONDS = 600.0
MAX_WORDS = 500


@dataclass(frozen=True)
class SmtpServer:
    """What SMTP_URL says. ``implicit_tls`` is smtps://, and ``plain`` is ``?tls=none``."""

    host: str
    port: int
    user: str
    password: str
    implicit_tls: bool
    plain: bool


def parse_smtp_url(url: str) -> SmtpServer:
    """Return the parts of an SMTP_URL that the settings have accepted."""
    parts = urlsplit(url)
    implicit = parts.scheme == "smtps"
    return SmtpServer(
        host=parts.hostname or "",
        port=parts.port or (465 if implicit else 587),
        user=unquote(parts.username or ""),
        password=unquote(parts.password or ""),
        implicit_tls=implicit,
        plain=parse_qs(parts.query).get("tls") == ["none"],
    )


class _GivenUp(Exception):
    """The mail is not handed over; ``answer`` says why."""

    def __init__(self, answer: MailAnswer) -> None:
        super().__init__(answer.words)
        self.answer = answer


class SmtpMailer:
    """Sends each mail over a connection of its own.

    Args:
        server: The mail server.
        sender: The address that mails are sent from.
    """

    def __init__(self, server: SmtpServer, sender: str) -> None:
        self._server = server
        self._sender = sender

    @property
    def sender(self) -> str:
        """The address that mails are sent from."""
        return self._sender

    def send(self, mail: Mail, must_stop: Callable[[], bool]) -> MailAnswer:
        """Hand over the mail; see ``Mailer``."""
        try:
            with closing(self._connect()) as smtp:
                with _reaching():
                    self._greet(smtp)
                return self._hand_over(smtp, mail, must_stop)
        except _GivenUp as error:
            return error.answer
        except ssl.SSLCertVerificationError as error:
            return _misconfigured(f"Its certificate is not trusted: {error.verify_message}.")
        except smtplib.SMTPAuthenticationError as error:
            return _misconfigured(f"It refuses the user or password of SMTP_URL: {_words(error)}")
        except smtplib.SMTPResponseException as error:
            return _answer(error.smtp_code, error.smtp_error)
        except smtplib.SMTPServerDisconnected:
            return MailAnswer(Outcome.POSTPONED, "The mail server closed the connection.")
        except smtplib.SMTPException as error:
            return _misconfigured(_shortened(str(error)))

    def _connect(self) -> smtplib.SMTP:
        with _reaching():
            server = self._server
            if not server.implicit_tls:
                return smtplib.SMTP(server.host, server.port, timeout=STEP_TIMEOUT_SECONDS)
            return smtplib.SMTP_SSL(
                server.host,
                server.port,
                timeout=STEP_TIMEOUT_SECONDS,
                context=ssl.create_default_context(),
            )

    def _greet(self, smtp: smtplib.SMTP) -> None:
        """Begin TLS where that is offered, and sign in."""
        server = self._server
        smtp.ehlo_or_helo_if_needed()
        if not server.implicit_tls and not server.plain:
            if smtp.has_extn("starttls"):
                smtp.starttls(context=ssl.create_default_context())
                smtp.ehlo()
            elif server.user:
                raise _GivenUp(
                    _misconfigured(
                        "It offers no STARTTLS, so the password of SMTP_URL is not sent. Use "
                        "smtps://, or add ?tls=none to send it unencrypted."
                    )
                )
        if server.user:
            smtp.login(server.user, server.password)

    def _hand_over(
        self, smtp: smtplib.SMTP, mail: Mail, must_stop: Callable[[], bool]
    ) -> MailAnswer:
        size_bytes = mail_size(mail)
        most = smtp.esmtp_features.get("size", "")
        if most.isdecimal() and 0 < int(most) < size_bytes:
            words = f"The mail server takes {int(most):,} bytes at most; this has {size_bytes:,}."
            return MailAnswer(Outcome.REFUSED, words)
        size = f" SIZE={size_bytes}" if smtp.has_extn("size") else ""
        _expect(smtp.docmd(f"MAIL FROM:<{mail.sender}>{size}"), 250)
        _expect(smtp.docmd(f"RCPT TO:<{mail.recipient}>"), 250, 251)
        _expect(smtp.docmd("DATA"), 354)
        assert smtp.sock is not None
        for chunk in mail_chunks(mail):
            if must_stop():
                return MailAnswer(Outcome.STOPPED, "")
            _send(smtp, chunk)
        if must_stop():
            return MailAnswer(Outcome.STOPPED, "")
        smtp.sock.settimeout(ANSWER_TIMEOUT_SECONDS)
        _send(smtp, b".\r\n")
        # QUIT is left out: closing says the same, and no error after the answer can hide it.
        return _answer(*smtp.getreply())


@contextmanager
def _reaching() -> Iterator[None]:
    """Give up the mail for now if the server cannot be reached in the block."""
    try:
        yield
    except (smtplib.SMTPException, ssl.SSLCertVerificationError):  # Both are errors of the system.
        raise
    except OSError as error:
        raise _GivenUp(_unreachable(error)) from error


def _send(smtp: smtplib.SMTP, data: bytes) -> None:
    assert smtp.sock is not None
    try:
        smtp.sock.sendall(data)
    except OSError as error:
        raise smtplib.SMTPServerDisconnected(str(error)) from error


def _expect(reply: tuple[int, bytes], *codes: int) -> None:
    if reply[0] not in codes:
        raise _GivenUp(_answer(*reply))


def _answer(code: int, words: bytes | str) -> MailAnswer:
    text = words.decode(errors="replace") if isinstance(words, bytes) else words
    outcome = {2: Outcome.ACCEPTED, 5: Outcome.REFUSED}.get(code // 100, Outcome.POSTPONED)
    return MailAnswer(outcome, _shortened(f"{code} {text}"))


def _words(error: smtplib.SMTPResponseException) -> str:
    return _answer(error.smtp_code, error.smtp_error).words


def _misconfigured(words: str) -> MailAnswer:
    return MailAnswer(Outcome.MISCONFIGURED, f"The mail server cannot be used. {words}")


def _unreachable(error: OSError) -> MailAnswer:
    return MailAnswer(
        Outcome.POSTPONED,
        _shortened(f"The mail server cannot be reached: {error.strerror or error}"),
    )


def _shortened(text: str) -> str:
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())[:MAX_WORDS]
