"""The CRC-32 of bytes of which only the checksums of the parts are known.

A checksum is a polynomial over two numbers, 0 and 1, whose highest power is in the lowest bit. To
append bytes is to multiply by a power of x, as zlib's ``crc32_combine`` does; Python has none.
"""

from __future__ import annotations

_POLYNOMIAL = 0xEDB88320
_ONE, _X = 1 << 31, 1 << 30


def crc32_of_both(first: int, second: int, second_bytes: int) -> int:
    """Return the CRC-32 of bytes with the checksum ``first``, followed by others with ``second``.

    Args:
        first: The checksum of the first bytes, of any number.
        second: The checksum of the bytes after them.
        second_bytes: How many those are.
    """
    shift, left, power = _ONE, second_bytes * 8, 0
    while left:
        if left & 1:
            shift = _product(_POWERS[power % 32], shift)
        left, power = left >> 1, power + 1
    return _product(shift, first) ^ second


def _product(a: int, b: int) -> int:
    """Return the product of two polynomials, reduced by the polynomial of CRC-32."""
    product, bit = 0, _ONE
    while a:
        if a & bit:
            product ^= b
            a ^= bit
        bit >>= 1
        b = (b >> 1) ^ (_POLYNOMIAL if b & 1 else 0)
    return product


def _powers() -> tuple[int, ...]:
    """Return x to the powers 1, 2, 4 and so on; the one after 31 doublings is x again."""
    powers = [_X]
    while len(powers) < 32:
        powers.append(_product(powers[-1], powers[-1]))
    return tuple(powers)


_POWERS = _powers()
