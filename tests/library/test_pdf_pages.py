"""PDF comics: a picture that fills its page is returned unchanged.

Everything else is returned as a PDF viewer would show it.
"""

from __future__ import annotations

import io
import zlib
from pathlib import Path
from typing import Any

import pikepdf
import pytest
from pikepdf import Array, Dictionary, Name
from PIL import Image, ImageChops

from comic_downloads.library.sources import open_comic

from .shelf import image

FILLED = "q 300 0 0 450 0 0 cm /I Do Q"
JPEG = {"Filter": Name.DCTDecode, "ColorSpace": Name.DeviceRGB}
# The size of all pictures here. Their page is 300 x 450 points.
SIZE = (60, 90)
WHITE, BLACK = (255, 255, 255), (0, 0, 0)


def write_page(
    path: Path,
    data: bytes,
    picture: dict[str, Any],
    content: str = FILLED,
    mask: bytes = b"",
    note: Name | None = None,
) -> Path:
    """Write a PDF of one page with one picture; ``picture`` adds to the usual entries."""
    pdf = pikepdf.new()
    page = pdf.add_blank_page(page_size=(300, 450))
    usual = {
        "Type": Name.XObject,
        "Subtype": Name.Image,
        "Width": SIZE[0],
        "Height": SIZE[1],
        "BitsPerComponent": 8,
    }
    stream = pdf.make_stream(data, {f"/{name}": value for name, value in (usual | picture).items()})
    if mask:
        stream.SMask = pdf.make_stream(
            mask,
            {
                f"/{name}": value
                for name, value in (usual | {"ColorSpace": Name.DeviceGray}).items()
            },
        )
    page.obj.Resources = Dictionary(
        XObject=Dictionary(I=stream), ExtGState=Dictionary(Half=Dictionary(ca=0.5))
    )
    page.obj.Contents = pdf.make_stream(content.encode())
    if note is not None:
        red = Dictionary(
            Type=Name.Annot, Subtype=note, Rect=[50, 50, 250, 400], C=[1, 0, 0], IC=[1, 0, 0], F=4
        )
        page.obj.Annots = Array([pdf.make_indirect(red)])
    pdf.save(path)
    return path


def first_page(path: Path) -> bytes:
    with open_comic(path) as comic:
        return comic.open_page("page 001").read()


def colours(page: bytes) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Return the colours in the middle of the left and of the right half."""
    picture = Image.open(io.BytesIO(page)).convert("RGB")
    left, right = (
        picture.getpixel((picture.width * quarter // 4, picture.height // 2)) for quarter in (1, 3)
    )
    assert isinstance(left, tuple) and isinstance(right, tuple)
    return left, right


def near(found: tuple[int, ...], wanted: tuple[int, ...]) -> bool:
    return all(abs(one - other) <= 40 for one, other in zip(found, wanted, strict=True))


@pytest.mark.parametrize("before", ["", "0 0 300 450 re W n "])
@pytest.mark.parametrize("note", [None, Name.Link])
def test_picture_that_is_all_of_a_page_comes_out_untouched(
    tmp_path: Path, before: str, note: Name | None
):
    assert first_page(
        write_page(tmp_path / "a.pdf", image(size=SIZE), JPEG, before + FILLED, note=note)
    ) == image(size=SIZE)


@pytest.mark.parametrize(
    ("content", "note", "left", "right"),
    [
        (f"0 0 150 450 re W n {FILLED}", None, BLACK, WHITE),
        (f"/Half gs {FILLED}", None, (128, 128, 128), (128, 128, 128)),
        (FILLED, Name.Square, (255, 0, 0), (255, 0, 0)),
    ],
    ids=["cut", "pale", "painted over"],
)
def test_picture_that_is_shown_in_another_way_is_drawn(
    tmp_path: Path, content: str, note: Name | None, left: tuple[int, ...], right: tuple[int, ...]
):
    page = first_page(
        write_page(tmp_path / "a.pdf", image("black", SIZE), JPEG, content, note=note)
    )
    found = colours(page)
    assert near(found[0], left) and near(found[1], right)


def cmyk_jpeg(*, inverted: bool) -> bytes:
    """Return a cyan JPEG. Like Adobe, Pillow writes and reads 0 as full ink."""
    picture = Image.new("CMYK", SIZE, (255, 0, 0, 0))
    output = io.BytesIO()
    (
        picture
        if inverted
        else Image.merge("CMYK", [ImageChops.invert(ink) for ink in picture.split()])
    ).save(output, "JPEG")
    return output.getvalue()


@pytest.mark.parametrize("inverted", [True, False])
def test_ink_of_a_cmyk_jpeg_is_never_taken_for_its_opposite(tmp_path: Path, inverted: bool):
    entries = {"Filter": Name.DCTDecode, "ColorSpace": Name.DeviceCMYK} | (
        {"Decode": [1, 0] * 4} if inverted else {}
    )
    page = first_page(write_page(tmp_path / "a.pdf", cmyk_jpeg(inverted=inverted), entries))
    assert (page == cmyk_jpeg(inverted=True)) is inverted
    red, green, blue = colours(page)[0]
    assert red < 60 and green > 120 and blue > 200


GRAY = Dictionary(WhitePoint=[0.95, 1, 1.09], Gamma=2.2)


def flat_jpeg(mode: str, colour: int | tuple[int, ...]) -> bytes:
    output = io.BytesIO()
    Image.new(mode, SIZE, colour).save(output, "JPEG")
    return output.getvalue()


@pytest.mark.parametrize(
    ("colour", "space", "seen"),
    [
        (40, Name.DeviceGray, (215, 215, 215)),
        (40, Array([Name.CalGray, GRAY]), (215, 215, 215)),
        ((40, 200, 90), Name.DeviceRGB, (215, 55, 165)),
    ],
    ids=["gray", "calibrated gray", "colour"],
)
def test_jpeg_that_is_shown_as_its_negative_comes_out_as_it_is_seen(
    tmp_path: Path, colour: Any, space: Any, seen: Any
):
    mode, channels = ("L", 1) if isinstance(colour, int) else ("RGB", 3)
    entries = {"Filter": Name.DCTDecode, "ColorSpace": space, "Decode": [1, 0] * channels}
    assert near(
        colours(first_page(write_page(tmp_path / "a.pdf", flat_jpeg(mode, colour), entries)))[0],
        seen,
    )


@pytest.mark.parametrize(
    "space", [Name.DeviceGray, Array([Name.CalGray, GRAY])], ids=["gray", "calibrated gray"]
)
@pytest.mark.parametrize("other", [None, [1, 0]], ids=["alone", "beside a negative"])
@pytest.mark.parametrize("decode", [[0, 1], None], ids=["says so", "says nothing"])
def test_gray_jpeg_that_is_shown_as_it_is_comes_out_untouched(
    tmp_path: Path, space: Any, other: Any, decode: Any
):
    entries = {"Filter": Name.DCTDecode, "ColorSpace": space} | (
        {"Decode": decode} if decode else {}
    )
    path, data = write_page(tmp_path / "a.pdf", flat_jpeg("L", 40), entries), flat_jpeg("L", 40)
    if other:
        with pikepdf.open(path, allow_overwriting_input=True) as pdf:
            pdf.Root.Spare = pdf.make_stream(b"", {"/Decode": Array(other)})
            pdf.save(path)
    assert first_page(path) == data


def test_stencil_is_painted_in_its_colour(tmp_path: Path):
    # A stencil is painted where its bits are 0.
    row = b"\x00" * 4 + b"\xff" * 4
    page = write_page(
        tmp_path / "a.pdf",
        row * SIZE[1],
        {"ImageMask": True, "BitsPerComponent": 1},
        f"1 0 0 rg {FILLED}",
    )
    assert colours(first_page(page)) == ((255, 0, 0), WHITE)


@pytest.mark.parametrize("hidden", [True, False])
def test_what_a_mask_hides_is_not_seen(tmp_path: Path, hidden: bool):
    pixels = zlib.compress(bytes(3 * SIZE[0] * SIZE[1]))
    mask = ((b"\xff" * 30) + (b"\0" if hidden else b"\xff") * 30) * SIZE[1]
    page = write_page(
        tmp_path / "a.pdf",
        pixels,
        {"Filter": Name.FlateDecode, "ColorSpace": Name.DeviceRGB},
        mask=mask,
    )
    assert colours(first_page(page)) == (BLACK, WHITE if hidden else BLACK)
    assert Image.open(io.BytesIO(first_page(page))).size == SIZE


def test_drawn_page_has_the_pixels_of_its_pictures(tmp_path: Path):
    halves = "q 300 0 0 225 0 225 cm /I Do Q q 300 0 0 225 0 0 cm /I Do Q"
    page = first_page(write_page(tmp_path / "a.pdf", image("teal", SIZE), JPEG, halves))
    assert Image.open(io.BytesIO(page)).size == (120, 180)
