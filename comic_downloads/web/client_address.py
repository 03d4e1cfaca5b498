"""Find the IP address of a client behind trusted proxies, and whether it is this machine."""

from __future__ import annotations

from collections.abc import Collection
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from urllib.parse import urlsplit

from ..settings import is_this_machine


def client_address(
    peer: str, forwarded_for: str, trusted_proxies: Collection[IPv4Network | IPv6Network]
) -> str:
    """Return the IP address of the client.

    ``peer`` is the other end of the connection, ``forwarded_for`` the X-Forwarded-For header.
    Each proxy appends the address that it was called from. The header is read from its end for
    as long as the writer is trusted, because a client can put anything in front.
    """
    asking = _parsed(peer)
    for text in reversed(forwarded_for.split(",")):
        claimed = _parsed(text.strip())
        if (
            asking is None
            or claimed is None
            or not any(asking in network for network in trusted_proxies)
        ):
            break
        asking = claimed
    return str(asking or peer)


def is_from_this_machine(address: str, host: str) -> bool:
    """Return True if the request was sent on this machine.

    Args:
        address: The client's IP address, as ``client_address`` returns it.
        host: The Host header.

    Behind a proxy that passes no X-Forwarded-For, every client has the proxy's address; its Host
    header tells such requests apart. The header also keeps out other sites whose name leads to this
    machine (DNS rebinding). A proxy on this machine that passes neither looks like this machine.
    """
    parsed = _parsed(address)
    try:
        named = urlsplit(f"//{host}").hostname or ""
    except ValueError:
        return False
    is_loopback = parsed is not None and parsed.is_loopback
    return is_loopback and is_this_machine(named)


def _parsed(text: str) -> IPv4Address | IPv6Address | None:
    try:
        address = ip_address(text)
    except ValueError:
        return None  # A Unix socket, for example, or “unknown”.
    # A socket that listens on IPv6 sees IPv4 peers as mapped (RFC 4291, section 2.5.5.2).
    return (address.ipv4_mapped if isinstance(address, IPv6Address) else None) or address
