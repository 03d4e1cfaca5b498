"""JPEG 2000 pictures of a PDF: taken out unchanged, or with the colours that the PDF shows."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pikepdf
import pytest
from pikepdf import Array, Dictionary, Name
from PIL import Image, ImageChops

from tests.packaging.tools import needs, run

from .test_pdf_pages import GRAY, SIZE, difference, first_page, write_page

LEFT_HALF = (0, 0, SIZE[0] // 2, SIZE[1])


def two_halves(mode: str, left: Any, right: Any) -> Image.Image:
    picture = Image.new(mode, SIZE, right)
    picture.paste(left, LEFT_HALF)
    return picture


def jpeg2000(picture: Image.Image, **options: Any) -> bytes:
    output = io.BytesIO()
    picture.save(output, "JPEG2000", **options)
    return output.getvalue()


def lossy(picture: Image.Image) -> bytes:
    return jpeg2000(picture, irreversible=True, quality_mode="rates", quality_layers=[10])


def write_jpx(path: Path, data: bytes, picture: dict[str, Any], mask: bytes = b"") -> Path:
    return write_page(path, data, {"Filter": Name.JPXDecode, **picture}, mask=mask)


COLOUR = two_halves("RGB", (200, 40, 90), (20, 220, 160))
SHADES = two_halves("L", 40, 220)
TABLE = bytes((200, 40, 90, 20, 220, 160, 0, 0, 255))
RED_INK = Array(
    [
        Name.Separation,
        Name.Red,
        Name.DeviceRGB,
        Dictionary(FunctionType=2, Domain=[0, 1], C0=[1, 1, 1], C1=[1, 0, 0], N=1),
    ]
)
LAB = Array([Name.Lab, Dictionary(WhitePoint=[0.95, 1, 1.09], Range=[-100, 100, -100, 100])])


@pytest.mark.parametrize(
    ("data", "entries"),
    [
        (jpeg2000(COLOUR), {"ColorSpace": Name.DeviceRGB}),
        (jpeg2000(COLOUR), {"ColorSpace": Name.DeviceRGB, "Decode": [0, 1, 0, 1, 0, 1]}),
        (jpeg2000(COLOUR), {}),
        (jpeg2000(COLOUR, no_jp2=True), {"ColorSpace": Name.DeviceRGB}),
        (lossy(COLOUR), {"ColorSpace": Name.DeviceRGB}),
        (jpeg2000(SHADES), {"ColorSpace": Name.DeviceGray}),
        (jpeg2000(SHADES), {"ColorSpace": Array([Name.CalGray, GRAY])}),
    ],
)
@pytest.mark.parametrize("locked", [False, True])
def test_jpeg_2000_that_is_shown_as_it_is_comes_out_untouched(
    tmp_path: Path, data: bytes, entries: dict[str, Any], locked: bool
):
    path = write_jpx(tmp_path / "a.pdf", data, entries)
    if locked:
        with pikepdf.open(path, allow_overwriting_input=True) as pdf:
            pdf.save(path, encryption=pikepdf.Encryption(owner="owner", user=""))
    assert first_page(path) == data


COLOURED: list[tuple[bytes, dict[str, Any], bytes, Image.Image]] = [
    (
        jpeg2000(two_halves("L", 0, 1)),
        {"ColorSpace": Array([Name.Indexed, Name.DeviceRGB, 2, pikepdf.String(TABLE)])},
        b"",
        COLOUR,
    ),
    (
        jpeg2000(COLOUR),
        {"ColorSpace": Name.DeviceRGB, "Decode": [1, 0] * 3},
        b"",
        ImageChops.invert(COLOUR),
    ),
    (jpeg2000(COLOUR), {"Decode": [1, 0] * 3}, b"", ImageChops.invert(COLOUR)),
    (
        jpeg2000(SHADES),
        {"ColorSpace": Name.DeviceGray, "Decode": [1, 0]},
        b"",
        ImageChops.invert(SHADES),
    ),
    (
        jpeg2000(SHADES),
        {"ColorSpace": RED_INK},
        b"",
        two_halves("RGB", (255, 215, 215), (255, 35, 35)),
    ),
    (
        jpeg2000(two_halves("RGB", (255, 128, 128), (0, 128, 128))),
        {"ColorSpace": LAB},
        b"",
        two_halves("RGB", "white", "black"),
    ),
    (
        jpeg2000(COLOUR),
        {"ColorSpace": Name.DeviceRGB},
        (b"\xff" * 30 + b"\0" * 30) * SIZE[1],
        two_halves("RGB", (200, 40, 90), "white"),
    ),
    (
        jpeg2000(two_halves("RGBA", (200, 40, 90, 255), (20, 220, 160, 0))),
        {"SMaskInData": 1},
        b"",
        two_halves("RGB", (200, 40, 90), "white"),
    ),
    (
        jpeg2000(two_halves("I;16", 0, 65535)),
        {"ColorSpace": Name.DeviceGray},
        b"",
        two_halves("RGB", "black", "white"),
    ),
]
KINDS = [
    *("table", "negative", "negative without a space", "negative gray", "ink"),
    *("lab", "mask", "alpha", "16 bits"),
]


def saved_as_it_is(path: Path) -> None:
    """Leave the file as pikepdf has written it."""


def saved_with_packed_objects(path: Path) -> None:
    with pikepdf.open(path, allow_overwriting_input=True) as pdf:
        pdf.save(path, object_stream_mode=pikepdf.ObjectStreamMode.generate)


def saved_with_an_owner(path: Path) -> None:
    with pikepdf.open(path, allow_overwriting_input=True) as pdf:
        pdf.save(path, encryption=pikepdf.Encryption(owner="owner", user=""))


@pytest.mark.parametrize("save", [saved_as_it_is, saved_with_packed_objects, saved_with_an_owner])
@pytest.mark.parametrize(("data", "entries", "mask", "seen"), COLOURED, ids=KINDS)
def test_jpeg_2000_has_the_colours_that_the_pdf_shows(
    tmp_path: Path,
    data: bytes,
    entries: dict[str, Any],
    mask: bytes,
    seen: Image.Image,
    save: Callable[[Path], None],
):
    path = write_jpx(tmp_path / "a.pdf", data, entries, mask)
    save(path)
    assert difference(first_page(path), seen.convert("RGB")) < 3


@needs("pdftoppm")
@pytest.mark.parametrize(
    ("data", "entries", "mask"), [case[:3] for case in COLOURED[:5]], ids=KINDS[:5]
)
def test_jpeg_2000_looks_as_in_another_viewer(
    tmp_path: Path, data: bytes, entries: dict[str, Any], mask: bytes
):
    path = write_jpx(tmp_path / "a.pdf", data, entries, mask)
    size = ["-scale-to-x", f"{SIZE[0]}", "-scale-to-y", f"{SIZE[1]}"]
    run("pdftoppm", *size, "-png", path, tmp_path / "s")
    shown = Image.open(next(tmp_path.glob("s*.png"))).convert("RGB")
    assert difference(first_page(path), shown) < 3


@pytest.mark.parametrize(
    ("data", "kind"), [(jpeg2000(COLOUR), "PNG"), (lossy(COLOUR), "JPEG")], ids=["exact", "lossy"]
)
def test_turned_jpeg_2000_is_drawn_with_the_care_it_was_stored_with(
    tmp_path: Path, data: bytes, kind: str
):
    path = write_jpx(tmp_path / "a.pdf", data, {"ColorSpace": Name.DeviceRGB})
    with pikepdf.open(path, allow_overwriting_input=True) as pdf:
        pdf.pages[0].Rotate = 180
        pdf.save(path)
    page = first_page(path)
    assert Image.open(io.BytesIO(page)).format == kind
    assert difference(page, COLOUR.rotate(180)) < 3
