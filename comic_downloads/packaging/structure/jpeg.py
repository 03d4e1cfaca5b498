"""The structure of a JPEG (ITU-T T.81, annex B)."""

from __future__ import annotations

import re

from ...domain.library import ImageTrait

# Markers without a length: TEM and RST0 to RST7 (ITU-T T.81, B.1.1.3).
_STANDALONE = frozenset({0x01, *range(0xD0, 0xD8)})
_EOI, _SOS = 0xD9, 0xDA
# A marker that is not a stuffed zero, a restart or a fill byte.
_MARKER_IN_SCAN = re.compile(rb"\xff[\x01-\xcf\xd8-\xfe]")
_SOS_MARKER = b"\xff\xda"
# Baseline, extended, progressive and lossless frames, with Huffman or arithmetic coding.
_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
# Those with Huffman coding that every program knows: baseline, extended and progressive.
_COMMON_FRAMES = frozenset({0xC0, 0xC1, 0xC2})
# Where a frame's header has the number of its components.
_COMPONENTS_AT = 5
# No scan ends in this many zeros.
_FILLED_UP = bytes(12)
# Progressive JPEGs have about ten scans. Each takes a pass over the whole picture, and fits into a
# hundred bytes.
MAX_SCANS = 100


class JpegStructure:
    """Walk the marker segments and scans of a JPEG up to the end of its first image."""

    def __init__(self) -> None:
        self.fault = ""
        # The first two bytes are the SOI marker.
        self._skip = 2
        self._rest = b""
        self._in_scan = False
        self._whole = False
        self._lost = False
        self._scans = 0
        self._tail = b""
        self._is_uncommon = False
        self._coefficients = _Coefficients()

    @property
    def whole(self) -> bool:
        """Return True once the marker of the end was reached."""
        return self._whole

    @property
    def may_be_complete(self) -> bool:
        """Return True if every scan has begun, and the rest of the last one may be there.

        A file that was filled up with zeros was cut short before.
        """
        return not self._tail.endswith(_FILLED_UP) and (
            self._lost or self._coefficients.are_complete
        )

    @property
    def traits(self) -> frozenset[ImageTrait]:
        """Return LOOSE if the end is missing, and UNCOMMON for inks and rare codes."""
        found = set() if self._whole else {ImageTrait.LOOSE}
        return frozenset(found | {ImageTrait.UNCOMMON} if self._is_uncommon else found)

    def feed(self, chunk: bytes) -> None:
        """Take the next bytes of the file."""
        self._tail = (self._tail + chunk)[-len(_FILLED_UP) :]
        if self._lost:
            self._count(chunk.count(_SOS_MARKER))
        if self._whole or self._lost:
            return
        if self._skip >= len(chunk) and not self._rest:
            self._skip -= len(chunk)
            return
        data = self._rest + chunk
        position: int | None = self._skip
        self._rest, self._skip = b"", 0
        while position is not None:
            position = (
                self._scan(data, position) if self._in_scan else self._segment(data, position)
            )

    def _count(self, scans: int) -> None:
        self._scans += scans
        if self._scans > MAX_SCANS:
            self.fault = (
                f"It is drawn in more than {MAX_SCANS} passes, as only images made to do harm are."
            )

    def _scan(self, data: bytes, position: int) -> int | None:
        match = _MARKER_IN_SCAN.search(data, position)
        if match is None:
            self._rest = b"\xff" if data.endswith(b"\xff") else b""
            return None
        self._in_scan = False
        return match.start()

    def _segment(self, data: bytes, position: int) -> int | None:
        if position > len(data):
            self._skip = position - len(data)
            return None
        head = data[position : position + 4]
        if len(head) < 2 or (len(head) < 4 and head[1] != _EOI and head[1] not in _STANDALONE):
            self._rest = head
            return None
        marker = head[1]
        # A decoder would look for the next marker, wherever it is.
        if head[0] != 0xFF or marker == 0:
            self._lost = True
            self._count(data.count(_SOS_MARKER, position))
            return None
        if marker == _EOI:
            self._whole = True
            return None
        # A fill byte before the marker.
        if marker == 0xFF:
            return position + 1
        if marker in _STANDALONE:
            return position + 2
        self._in_scan = marker == _SOS
        end = position + 2 + int.from_bytes(head[2:4])
        if end > len(data) and (self._in_scan or marker in _FRAMES):
            # Look again once the header of the scan or frame is here.
            self._in_scan, self._rest = False, data[position:]
            return None
        self._note(marker, data[position + 4 : end])
        return end

    def _note(self, marker: int, header: bytes) -> None:
        """Note what the header of a scan or frame says."""
        if marker == _SOS:
            self._count(1)
            self._coefficients.begin_scan(header)
        elif marker in _FRAMES:
            has_inks = header[_COMPONENTS_AT : _COMPONENTS_AT + 1] == b"\4"
            self._is_uncommon = has_inks or marker not in _COMMON_FRAMES
            self._coefficients.begin_frame(header)


class _Coefficients:
    """Which coefficients of which components the scans have delivered, to their last bit."""

    def __init__(self) -> None:
        self._missing: dict[int, set[int]] = {}

    @property
    def are_complete(self) -> bool:
        """Return True if a scan has begun for all that the frame announced."""
        return bool(self._missing) and not any(self._missing.values())

    def begin_frame(self, header: bytes) -> None:
        """Note the components (ITU-T T.81, B.2.2)."""
        self._missing = {component: set(range(64)) for component in header[6::3]}

    def begin_scan(self, header: bytes) -> None:
        """Note what the scan delivers (ITU-T T.81, B.2.3)."""
        count = header[0] if header else 0
        if len(header) < 2 * count + 4:
            return
        first, last, bits = header[2 * count + 1 : 2 * count + 4]
        # The low half is the number of bits that a later scan adds. A lossless JPEG has no
        # coefficients: its first number is a predictor.
        delivered = set(range(first, last + 1)) if last >= first else set(range(64))
        if bits & 0x0F == 0:
            for component in header[1 : 2 * count + 1 : 2]:
                self._missing.get(component, set()).difference_update(delivered)
