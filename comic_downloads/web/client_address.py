"""Find the IP address of a client behind trusted proxies."""

from __future__ import annotations

from collections.abc import Collection
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address


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


def _parsed(text: str) -> IPv4Address | IPv6Address | None:
    try:
        address = ip_address(text)
    except ValueError:
        return None  # A Unix socket, for example, or “unknown”.
    # A socket that listens on IPv6 sees IPv4 peers as mapped (RFC 4291, section 2.5.5.2).
    return (address.ipv4_mapped if isinstance(address, IPv6Address) else None) or address
