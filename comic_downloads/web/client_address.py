"""Which IP address asks, seen through a proxy on this machine."""

from __future__ import annotations

from ipaddress import ip_address


def client_address(peer: str, forwarded_for: str | None) -> str:
    """``peer`` is at the other end of the connection, ``forwarded_for`` the X-Forwarded-For header.

    From a proxy on this machine it is the last address of the header, which that proxy added itself; nobody else's word
    for it is taken.
    """
    if forwarded_for and _is_loopback(peer):
        return forwarded_for.rpartition(",")[2].strip()
    return peer


def _is_loopback(address: str) -> bool:
    try:
        return ip_address(address).is_loopback
    except ValueError:
        return False
