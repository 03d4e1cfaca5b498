"""Create the owner, and keep strangers from doing it first.

A browser on this machine may create the owner without further ado. Any other one also needs the
set-up code, which the server prints at its start while there is no owner.
"""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass, field

from ...domain.account import Account
from ...domain.errors import OwnerExists, SetupCodeRequired
from ..context import Context
from .accounts import create_owner, owner_exists
from .rate_limit import begin_attempt

_PURPOSE = b"comic-downloads.setup-code"
# Crockford's base 32: no letter looks like a digit.
_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_LOOKALIKES = str.maketrans("OIL", "011")
_LENGTH = 16  # 80 bits, which nobody guesses.
_GROUP = 4
_WHERE = "The server printed it when it started: look in its log for “Set-up code”."


@dataclass(frozen=True)
class SetupRequest:
    """A request to become the owner.

    ``network`` is the client's IP address. ``is_local`` is True if the client is this machine,
    which needs no ``code``.
    """

    username: str
    password: str = field(repr=False)
    network: str
    is_local: bool
    code: str = field(default="", repr=False)


def setup_code(context: Context) -> str:
    """Return the set-up code, such as ``7K2M-…``.

    It follows from SECRET_KEY, so all web processes and machines have the same one.
    """
    key = context.settings.secret_keys[0].encode()
    number = int.from_bytes(hmac.digest(key, _PURPOSE, hashlib.sha256))
    digits = [_ALPHABET[(number >> 5 * place) & 31] for place in range(_LENGTH)]
    groups = (digits[start : start + _GROUP] for start in range(0, _LENGTH, _GROUP))
    return "-".join("".join(group) for group in groups)


def set_up(context: Context, request: SetupRequest) -> Account:
    """Create the owner's account.

    Raises:
        OwnerExists: the server has its owner.
        SetupCodeRequired: the client is not this machine, and the code is missing or wrong.
        RateLimited: too many codes from this network were wrong.
        InvalidRequest: the name or the password breaks the rules.
    """
    if owner_exists(context):
        raise OwnerExists("This server already has an owner. Sign in instead.")
    if not request.is_local:
        _check_code(context, request)
    return create_owner(context, request.username, request.password)


def _check_code(context: Context, request: SetupRequest) -> None:
    if not request.code.strip():
        raise SetupCodeRequired(f"Enter the set-up code of this server. {_WHERE}")
    # Attempts are counted for each network alone, so that strangers cannot lock out the owner. A
    # limit over all networks is not needed, because nobody guesses the code.
    subject = f"set-up code {request.network}"
    with context.db.write() as session:
        attempt = begin_attempt(session, context.clock(), subject, request.network)
    if not hmac.compare_digest(_plain(request.code), _plain(setup_code(context))):
        raise SetupCodeRequired(f"The set-up code is wrong. {_WHERE}")
    with context.db.write() as session:
        attempt.succeeded(session)


def _plain(code: str) -> bytes:
    """Return the code without spaces, hyphens and differences of case."""
    letters = "".join(letter for letter in code.upper() if letter.isalnum())
    return letters.translate(_LOOKALIKES).encode()
