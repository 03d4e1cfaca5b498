"""What is found out about a page when it comes into the library."""

from __future__ import annotations

import hashlib
import io
import itertools
import struct
import tracemalloc
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comic_downloads.domain.errors import PageUnreadable
from comic_downloads.packaging.images import check_decodes, plugins, probe
from comic_downloads.packaging.images.plugins import jxl_pixels
from comic_downloads.packaging.structure import JpegStructure, PngStructure, structure_of
from tests.packaging.zoo import HEIGHT, MAX_PIXELS, WIDTH, ZOO, drawing, encoded, facts_of

MEDIA_TYPES = {
    "jpeg": "image/jpeg",
    "png": "image/png",
    "webp": "image/webp",
    "gif": "image/gif",
    "bmp": "image/bmp",
    "tiff": "image/tiff",
    "avif": "image/avif",
    "jpeg 2000": "image/jp2",
    "jpeg xl": "image/jxl",
    "heic": "image/heic",
}


def expected_media_type(kind: str) -> str:
    return next(
        MEDIA_TYPES[name]
        for name in sorted(MEDIA_TYPES, key=len, reverse=True)
        if kind.startswith(name)
    )


@pytest.mark.parametrize("kind", ZOO)
def test_probe_tells_kind_size_and_digests_by_content(kind: str):
    data = ZOO[kind]()
    facts = facts_of(data)
    assert facts.media_type == expected_media_type(kind)
    assert (facts.size_bytes, facts.crc32, facts.sha256) == (
        len(data),
        zlib.crc32(data),
        hashlib.sha256(data).hexdigest(),
    )
    if kind != "png interlaced":
        sideways = kind.startswith("jpeg turned") and int(kind[-1]) >= 5
        assert (facts.width, facts.height) == ((HEIGHT, WIDTH) if sideways else (WIDTH, HEIGHT))


@pytest.mark.parametrize("kind", [kind for kind in ZOO if kind != "jpeg mpo"])
@pytest.mark.parametrize("kept", [0.5, 0.9])
def test_probe_refuses_a_page_that_is_cut_short(kind: str, kept: float):
    data = ZOO[kind]()
    with pytest.raises(PageUnreadable) as refused:
        # The last 16 bytes of a PNG hold no pixels.
        facts_of(data[: int((len(data) - 16) * kept)])
    assert refused.value.detail.startswith("It")


def test_probe_refuses_a_jpeg_that_is_filled_up_with_zeros():
    data = encoded(drawing(), "JPEG")
    half = len(data) // 2
    with pytest.raises(PageUnreadable):
        facts_of(data[:half] + bytes(len(data) - half))


def test_probe_refuses_a_png_whose_image_data_was_altered():
    data = bytearray(encoded(drawing(), "PNG"))
    data[data.index(b"IDAT") + 20] ^= 1
    with pytest.raises(PageUnreadable, match="damaged"):
        facts_of(bytes(data))


@pytest.mark.parametrize(
    "data",
    [
        b"hello",
        b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n",
        b"<svg/>",
        b"PK\x03\x04" + bytes(50),
    ],
)
def test_probe_refuses_what_is_no_image_of_a_known_kind(data: bytes):
    with pytest.raises(PageUnreadable, match="not an image of a kind"):
        facts_of(data)


def bomb(width: int, height: int) -> bytes:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return (
            struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        )

    head = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    row = bytes(1 + (width + 7) // 8)
    packer = zlib.compressobj()
    data = b"".join(packer.compress(row) for _ in range(height)) + packer.flush()
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", data) + chunk(b"IEND", b"")


@pytest.mark.parametrize("side", [5_000, 20_000])
def test_probe_refuses_too_many_pixels_without_decoding_them(side: int):
    data = bomb(side, side)
    tracemalloc.start()
    try:
        with pytest.raises(PageUnreadable, match="MAX_PAGE_PIXELS"):
            facts_of(data)
        assert tracemalloc.get_traced_memory()[1] < 10_000_000
    finally:
        tracemalloc.stop()


def jxl_head(width: int, height: int) -> bytes:
    """Return the start of a JPEG XL that states this size, and nothing after it.

    Each dimension is stored in 30 bits.
    """
    bits = 0 | 3 << 1 | (height - 1) << 3 | 0 << 33 | 3 << 36 | (width - 1) << 38
    return b"\xff\x0a" + bits.to_bytes(12, "little")


def test_probe_refuses_a_jpeg_xl_by_its_header_alone():
    pytest.importorskip("pillow_jxl")
    with pytest.raises(PageUnreadable, match=r"900 million pixels.*MAX_PAGE_PIXELS"):
        facts_of(jxl_head(30_000, 30_000))


@pytest.mark.parametrize(
    ("head", "package"),
    [
        (b"\0\0\0\x1cftypheic\0\0\0\0", "pillow-heif"),
        (b"\xff\x0a" + bytes(20), "pillow-jxl-plugin"),
    ],
)
def test_probe_names_the_package_that_is_missing(
    head: bytes, package: str, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(plugins, "find_spec", lambda module: None)
    with pytest.raises(PageUnreadable, match=f"Install the Python package {package}"):
        facts_of(head)


@pytest.mark.parametrize("size", [(8, 16), (120, 200), (999, 40), (40, 999), (70_000, 2)])
def test_jpeg_xl_states_its_size_up_front(size: tuple[int, int]):
    pytest.importorskip("pillow_jxl")
    assert jxl_pixels(io.BytesIO(encoded(drawing(*size), "JXL"))) == size[0] * size[1]


class OneWay(io.RawIOBase):
    """A stream that cannot seek, as some archive readers return."""

    def __init__(self, data: bytes) -> None:
        self._source = io.BytesIO(data)

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return False

    def read(self, size: int = -1) -> bytes:
        return self._source.read(min(size, 7) if size >= 0 else 7)

    def seek(self, *_: int) -> int:
        raise io.UnsupportedOperation


@pytest.mark.parametrize("kind", ["jpeg", "png", "webp", "tiff"])
def test_probe_reads_streams_that_cannot_seek(kind: str):
    data = ZOO[kind]()
    assert probe(OneWay(data), MAX_PIXELS) == facts_of(data)  # pyright: ignore[reportArgumentType]


def test_probe_lets_disk_errors_pass():
    class Broken(io.BytesIO):
        def read(self, *_: object) -> bytes:
            raise OSError(5, "Input/output error")

    with pytest.raises(OSError, match="Input/output"):
        probe(Broken(), MAX_PIXELS)


def test_check_decodes_accepts_whole_pages_and_refuses_half_ones():
    data = ZOO["jpeg progressive"]()
    check_decodes(io.BytesIO(data), MAX_PIXELS)
    with pytest.raises(PageUnreadable):
        check_decodes(io.BytesIO(data[: len(data) // 2]), MAX_PIXELS)


@pytest.mark.parametrize(
    "before",
    [b"", b"stray bytes", b"\xff\x00\xff\xff"],
    ids=["plain", "behind stray bytes", "behind a zero"],
)
@pytest.mark.parametrize("kind", ["jpeg", "jpeg progressive"])
def test_jpeg_that_would_be_drawn_thousands_of_times_is_refused(kind: str, before: bytes):
    data = ZOO[kind]()
    last_scan = data[data.rindex(b"\xff\xda") : -2]
    hostile = data[:-2] + before + last_scan * 5000 + data[-2:]
    with pytest.raises(PageUnreadable, match="more than 100 passes"):
        facts_of(hostile)


@given(
    st.sampled_from(["jpeg", "jpeg progressive", "jpeg with restarts", "png", "webp", "gif"]),
    st.sampled_from([1.0, 0.99, 0.5]),
    st.lists(st.integers(1, 300), min_size=1, max_size=20),
)
def test_structure_does_not_depend_on_how_the_bytes_arrive(
    kind: str, kept: float, steps: list[int]
):
    content = ZOO[kind]()
    content = content[: int(len(content) * kept)]
    whole = structure_of(expected_media_type(kind))
    pieces = structure_of(expected_media_type(kind))
    assert whole is not None and pieces is not None
    whole.feed(content)
    position = 0
    for step in itertools.cycle(steps):
        if position >= len(content):
            break
        pieces.feed(content[position : position + step])
        position += step
    assert (pieces.whole, pieces.fault) == (whole.whole, whole.fault)


@given(
    st.binary(max_size=300), st.sampled_from(["image/jpeg", "image/png", "image/webp", "image/gif"])
)
def test_structure_survives_any_bytes(noise: bytes, media_type: str):
    structure = structure_of(media_type)
    assert structure is not None
    structure.feed(noise)
    assert structure.whole in {True, False}


@given(st.sampled_from(sorted(ZOO)), st.data())
def test_probe_of_damaged_pages_gives_facts_or_a_reason(kind: str, data: st.DataObject):
    content = bytearray(ZOO[kind]())
    for _ in range(data.draw(st.integers(1, 5))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    try:
        facts = facts_of(bytes(content))
    except PageUnreadable as error:
        assert error.detail
    else:
        assert facts.size_bytes == len(content)


def test_walkers_stop_at_the_end_of_the_first_image():
    jpeg, png = JpegStructure(), PngStructure()
    jpeg.feed(ZOO["jpeg"]() + b"PK\x03\x04 something appended")
    png.feed(ZOO["png"]() + b"trailing")
    assert jpeg.whole and png.whole and not png.fault


def test_probe_says_that_a_page_is_empty():
    with pytest.raises(PageUnreadable, match="It is empty"):
        probe(io.BytesIO(), MAX_PIXELS)
