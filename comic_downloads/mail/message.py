"""A mail with at most one file, written piece by piece: its size is known before it is written."""

from __future__ import annotations

import binascii
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from email.header import Header
from email.utils import format_datetime
from typing import BinaryIO
from urllib.parse import quote

from ..domain.link import ascii_filename

_BYTES_PER_LINE = 57  # They become 76 characters, the most that RFC 2045 allows (section 6.8).
_LINES_PER_CHUNK = 1000


@dataclass(frozen=True)
class Attachment:
    """The file of a mail. ``read`` of the open file returns as much as was asked for."""

    filename: str
    media_type: str
    size_bytes: int
    file: BinaryIO


@dataclass(frozen=True)
class Mail:
    """A mail. ``id`` is the part of its Message-ID before the ``@``, the same in every attempt."""

    id: str
    sender: str
    recipient: str
    subject: str
    text: str
    date: datetime
    attachment: Attachment | None = None


def mail_size(mail: Mail) -> int:
    """Return the bytes of the whole mail."""
    size = len(_head(mail)) + len(_tail(mail))
    return size + encoded_size(mail.attachment.size_bytes) if mail.attachment else size


def encoded_size(size_bytes: int) -> int:
    """Return how many bytes a file takes in a mail."""
    lines = -(-size_bytes // _BYTES_PER_LINE)
    return -(-size_bytes // 3) * 4 + 2 * lines


def mail_chunks(mail: Mail) -> Iterator[bytes]:
    """Yield the bytes of the mail. No line begins with a dot, so that SMTP needs no stuffing.

    Raises:
        EOFError: The file has fewer bytes than it should.
    """
    yield _head(mail)
    if mail.attachment:
        left = mail.attachment.size_bytes
        while left:
            wanted = min(left, _BYTES_PER_LINE * _LINES_PER_CHUNK)
            data = mail.attachment.file.read(wanted)
            if len(data) != wanted:
                raise EOFError(f"{mail.attachment.filename} ends {left} bytes too early")
            left -= wanted
            yield _encoded(data)
    yield _tail(mail)


def _encoded(data: bytes) -> bytes:
    lines = (
        binascii.b2a_base64(data[start : start + _BYTES_PER_LINE], newline=False)
        for start in range(0, len(data), _BYTES_PER_LINE)
    )
    return b"".join(line + b"\r\n" for line in lines)


def _boundary(mail: Mail) -> str:
    return f"=_{mail.id}"  # Base64 has no underscore, and a text would have to know the id.


def _head(mail: Mail) -> bytes:
    host = mail.sender.rpartition("@")[2]
    lines = [
        f"From: {_one_line(mail.sender)}",
        f"To: {_one_line(mail.recipient)}",
        f"Subject: {_encoded_words(mail.subject)}",
        f"Date: {format_datetime(mail.date)}",
        f"Message-ID: <{mail.id}@{_one_line(host)}>",
        "MIME-Version: 1.0",
        f'Content-Type: multipart/mixed; boundary="{_boundary(mail)}"',
        "",
        f"--{_boundary(mail)}",
        "Content-Type: text/plain; charset=utf-8",
        "Content-Transfer-Encoding: base64",
        "",
        _encoded(mail.text.encode()).decode().rstrip(),
    ]
    if mail.attachment:
        lines += ["", f"--{_boundary(mail)}", *_attachment_headers(mail.attachment), ""]
    return "\r\n".join([*lines, ""]).encode("ascii")


def _attachment_headers(attachment: Attachment) -> list[str]:
    """Return the headers of the file.

    Its true name is as in RFC 2231. A plain ``filename`` beside it would be preferred by many
    readers of mail, so the plain form is only the ``name`` of the type.
    """
    name = _one_line(attachment.filename)
    return [
        f'Content-Type: {attachment.media_type};\r\n name="{ascii_filename(name)}"',
        f"Content-Disposition: attachment;\r\n filename*=UTF-8''{quote(name, safe='')}",
        "Content-Transfer-Encoding: base64",
    ]


def _tail(mail: Mail) -> bytes:
    return f"\r\n--{_boundary(mail)}--\r\n".encode("ascii")


def _encoded_words(text: str) -> str:
    return Header(_one_line(text), "utf-8", header_name="Subject").encode(linesep="\r\n")


def _one_line(text: str) -> str:
    """Return the text without characters that could end a header."""
    return "".join(c if c.isprintable() else " " for c in text)
