"""Which IP address asks, seen through the proxies that are trusted."""

from __future__ import annotations

from collections.abc import Collection
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address


def client_address(
    peer: str, forwarded_for: str, trusted_proxies: Collection[IPv4Network | IPv6Network]
) -> str:
    """``peer`` is at the other end of the connection, ``forwarded_for`` the X-Forwarded-For header.

    Each proxy adds the address it was asked from at the header's end. So it is read from there, for as long as those who wrote
    are trusted: whatever a visitor put in front of that is nobody's word.
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
        return None  # a Unix socket, say, or “unknown”
    # what listens on IPv6 sees IPv4 peers so (RFC 4291, section 2.5.5.2)
    return (address.ipv4_mapped if isinstance(address, IPv6Address) else None) or address
