"""PDF comics: a picture that fills its page is returned unchanged.

Everything else is returned as a PDF viewer would show it.
"""

from __future__ import annotations

import io
import zlib
from pathlib import Path
from typing import Any

import pikepdf
import pypdfium2
import pytest
from pikepdf import Array, Dictionary, Name
from PIL import Image, ImageChops, ImageOps, ImageStat

from comic_downloads.library.sources import open_comic
from tests.packaging.tools import needs, run

from .shelf import image

FILLED = "q 300 0 0 450 0 0 cm /I Do Q"
JPEG = {"Filter": Name.DCTDecode, "ColorSpace": Name.DeviceRGB}
# The size of all pictures here. Their page is 300 x 450 points.
SIZE = (60, 90)
WHITE, BLACK, CYAN = (255, 255, 255), (0, 0, 0), (0, 174, 239)


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
    """Return a cyan JPEG. Like Adobe, Pillow writes 0 for full ink."""
    picture = Image.new("CMYK", SIZE, (255, 0, 0, 0))
    output = io.BytesIO()
    (
        picture
        if inverted
        else Image.merge("CMYK", [ImageChops.invert(ink) for ink in picture.split()])
    ).save(output, "JPEG")
    return output.getvalue()


@pytest.mark.parametrize("inverted", [True, False])
def test_cmyk_jpeg_has_the_colours_that_pdf_viewers_show(tmp_path: Path, inverted: bool):
    entries = {"Filter": Name.DCTDecode, "ColorSpace": Name.DeviceCMYK} | (
        {"Decode": [1, 0] * 4} if inverted else {}
    )
    path = write_page(tmp_path / "a.pdf", cmyk_jpeg(inverted=inverted), entries)
    page = first_page(path)
    with Image.open(io.BytesIO(page)) as picture:
        assert (picture.mode, picture.size) == ("RGB", SIZE)
    # Printed cyan, not the (0, 255, 255) of screens.
    assert all(abs(one - other) < 12 for one, other in zip(colours(page)[0], CYAN, strict=True))


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


def photo(size: tuple[int, int] = (128, 192)) -> Image.Image:
    """Return a picture without symmetry: smooth colours, and a red field at its upper left."""
    across = Image.linear_gradient("L").resize(size)
    down = across.transpose(Image.Transpose.ROTATE_90).resize(size)
    picture = Image.merge("RGB", (down, across, ImageChops.invert(down)))
    picture.paste((255, 0, 0), (0, 0, size[0] // 3, size[1] // 4))
    return picture


def jpeg_of(picture: Image.Image, **options: Any) -> bytes:
    output = io.BytesIO()
    picture.save(output, "JPEG", quality=85, **options)
    return output.getvalue()


def write_pages(
    path: Path,
    pictures: list[bytes],
    content: str,
    page_size: tuple[float, float] = (128, 192),
    **page: Any,
) -> Path:
    """Write a page with JPEG pictures called /I0, /I1 …, of which ``content`` draws some."""
    pdf = pikepdf.new()
    added = pdf.add_blank_page(page_size=page_size)
    images = Dictionary()
    for number, data in enumerate(pictures):
        width, height = Image.open(io.BytesIO(data)).size
        entries = JPEG | {"Width": width, "Height": height, "BitsPerComponent": 8}
        stream = pdf.make_stream(data, {f"/{name}": value for name, value in entries.items()})
        stream.Type, stream.Subtype = Name.XObject, Name.Image
        images[f"/I{number}"] = stream
    font = Dictionary(Type=Name.Font, Subtype=Name.Type1, BaseFont=Name.Helvetica)
    added.obj.Resources = Dictionary(XObject=images, Font=Dictionary(H=font))
    added.obj.Contents = pdf.make_stream(content.encode())
    for name, value in page.items():
        added.obj[f"/{name}"] = value
    pdf.save(path)
    return path


def as_pdfium_shows(path: Path, size: tuple[int, int]) -> Image.Image:
    with pypdfium2.PdfDocument(path) as pdf:
        page = pdf[0]
        scale = size[0] / page.get_width()
        shown = page.render(scale=scale)  # pyright: ignore[reportArgumentType]
        return shown.to_pil().convert("RGB").resize(size)


def difference(page: bytes, other: Image.Image) -> float:
    """Return how much a page differs on average, from 0 to 255, in the worst channel."""
    opened = Image.open(io.BytesIO(page))
    return max(ImageStat.Stat(ImageChops.difference(opened.convert("RGB"), other)).mean)


TURNS = {
    "mirrored": "-128 0 0 192 128 0",
    "upside down": "128 0 0 -192 0 192",
    "half": "-128 0 0 -192 128 192",
    "right": "0 -128 192 0 0 128",
    "left": "0 128 -192 0 192 0",
    "transposed": "0 -128 -192 0 192 128",
    "transverse": "0 128 192 0 0 0",
}


@pytest.mark.parametrize("rotate", [0, 90, 180, 270])
@pytest.mark.parametrize("turn", [None, *TURNS])
def test_turned_jpeg_stays_a_jpeg_and_is_shown_as_in_the_pdf(
    tmp_path: Path, turn: str | None, rotate: int
):
    data = jpeg_of(photo())
    matrix = TURNS[turn] if turn else "128 0 0 192 0 0"
    size = (128, 192) if matrix.startswith(("1", "-")) else (192, 128)
    path = write_pages(tmp_path / "a.pdf", [data], f"q {matrix} cm /I0 Do Q", size, Rotate=rotate)
    page = first_page(path)
    opened = Image.open(io.BytesIO(page))
    assert (opened.format, opened.size) == ("JPEG", size if rotate % 180 == 0 else size[::-1])
    assert opened.getexif().get(0x0112, 1) == 1
    assert difference(page, as_pdfium_shows(path, opened.size)) < 4
    assert len(page) < 1.3 * len(data)


@pytest.mark.parametrize(("rotate", "untouched"), [(0, False), (90, True)])
def test_orientation_in_exif_counts_only_where_the_page_is_turned_likewise(
    tmp_path: Path, rotate: int, untouched: bool
):
    exif = Image.Exif()
    exif[0x0112] = 6
    data = jpeg_of(photo(), exif=exif)
    path = write_pages(tmp_path / "a.pdf", [data], "q 128 0 0 192 0 0 cm /I0 Do Q", Rotate=rotate)
    page = first_page(path)
    upright = ImageOps.exif_transpose(Image.open(io.BytesIO(page)))
    assert ImageChops.difference(upright, as_pdfium_shows(path, upright.size)).getbbox() is None
    assert (page == data) is untouched


@pytest.mark.parametrize(
    ("page_size", "content", "page"),
    [
        ((131, 197), "q 128 0 0 192 2 3 cm /I0 Do Q", {}),
        ((128, 192), "q 128 0 0 192 0 0 cm /I0 Do Q", {"CropBox": [1, 2, 127, 190]}),
        ((148, 212), "q 128 0 0 192 10 10 cm /I0 Do Q", {"CropBox": [10, 10, 138, 202]}),
    ],
    ids=["page a little larger", "page a little smaller", "only the picture is seen"],
)
def test_jpeg_that_is_nearly_all_of_a_page_comes_out_untouched(
    tmp_path: Path, page_size: tuple[int, int], content: str, page: dict[str, Any]
):
    data = jpeg_of(photo())
    assert first_page(write_pages(tmp_path / "a.pdf", [data], content, page_size, **page)) == data


@pytest.mark.parametrize(
    ("content", "page"),
    [
        ("q 128 0 0 192 0 0 cm /I0 Do Q 0 0 1 rg 5 5 6 6 re f", {}),
        ("q 128 0 0 192 0 0 cm /I0 Do Q BT /H 8 Tf 5 5 Td (page 12) Tj ET", {"Rotate": 90}),
        ("q 116 0 0 174 6 9 cm /I0 Do Q", {}),
        ("q 128 0 0 192 0 0 cm /I0 Do Q", {"CropBox": [20, 20, 120, 180]}),
    ],
    ids=["mark", "text", "border", "cropped"],
)
def test_page_that_is_mostly_a_jpeg_is_drawn_as_one_with_its_pixels(
    tmp_path: Path, content: str, page: dict[str, Any]
):
    grain = Image.effect_noise((1280, 1920), 60).convert("RGB")
    data = jpeg_of(ImageChops.blend(photo((1280, 1920)), grain, 0.4))
    path = write_pages(tmp_path / "a.pdf", [data], content, **page)
    drawn = first_page(path)
    opened = Image.open(io.BytesIO(drawn))
    assert opened.format == "JPEG"
    assert max(opened.size) >= 1600
    assert len(drawn) < 1.7 * len(data)
    assert difference(drawn, as_pdfium_shows(path, opened.size)) < 7


@pytest.mark.parametrize(
    ("page_size", "sliced"),
    [((72, 1440), (720, 14400)), ((36, 900), (720, 18000)), ((595.28, 841.89), (1488, 2104))],
)
@pytest.mark.parametrize("extra", ["", "BT /H 9 Tf 5 5 Td (12) Tj ET"])
def test_page_of_slices_has_the_pixels_of_the_slices(
    tmp_path: Path, page_size: tuple[float, float], sliced: tuple[int, int], extra: str
):
    whole, count = photo(sliced), 8
    width, height = sliced[0], sliced[1] // count
    slices = [
        whole.crop((0, place * height, width, (place + 1) * height)) for place in range(count)
    ]
    part = page_size[1] / count
    content = " ".join(
        f"q {page_size[0]} 0 0 {part} 0 {part * (count - 1 - place)} cm /I{place} Do Q"
        for place in range(count)
    )
    path = write_pages(
        tmp_path / "a.pdf", list(map(jpeg_of, slices)), f"{content} {extra}", page_size
    )
    page = first_page(path)
    assert Image.open(io.BytesIO(page)).size == sliced
    assert difference(page, whole) < 4


@pytest.mark.parametrize("placed", ["128 0 0 192 0 0", "100 0 0 192 0 0"], ids=["whole", "most"])
def test_picture_in_a_form_is_placed_by_the_form_too(tmp_path: Path, placed: str):
    data = jpeg_of(photo())
    path = write_pages(tmp_path / "a.pdf", [data], "q -1 0 0 1 128 0 cm /F Do Q")
    with pikepdf.open(path, allow_overwriting_input=True) as pdf:
        resources = pdf.pages[0].obj.Resources
        form = pdf.make_stream(f"q {placed} cm /I0 Do Q".encode())
        form.Type, form.Subtype = Name.XObject, Name.Form
        form.BBox, form.Resources = Array([0, 0, 128, 192]), Dictionary(XObject=resources.XObject)
        resources.XObject = Dictionary(F=form)
        pdf.save(path)
    page = first_page(path)
    opened = Image.open(io.BytesIO(page))
    assert opened.format == "JPEG"
    assert difference(page, as_pdfium_shows(path, opened.size)) < 4


@needs("pdftoppm")
@pytest.mark.parametrize("rotate", [90, 180, 270])
def test_turned_page_looks_as_in_another_viewer(tmp_path: Path, rotate: int):
    path = write_pages(
        tmp_path / "a.pdf",
        [jpeg_of(photo())],
        "q 128 0 0 192 0 0 cm /I0 Do Q",
        Rotate=rotate,
    )
    run("pdftoppm", "-r", "72", "-png", path, tmp_path / "shown")
    shown = Image.open(next(tmp_path.glob("shown*.png"))).convert("RGB")
    assert difference(first_page(path), shown) < 4


def test_picture_that_the_page_stretches_has_the_proportions_of_the_page(tmp_path: Path):
    """Faxes have half as many rows as columns for the same length."""
    fax = jpeg_of(photo((128, 96)))
    path = write_pages(tmp_path / "a.pdf", [fax], "q 128 0 0 192 0 0 cm /I0 Do Q")
    page = first_page(path)
    with Image.open(io.BytesIO(page)) as picture:
        assert picture.size == (128, 192)
    assert difference(page, photo()) < 12


def test_picture_that_is_stretched_unnoticeably_comes_out_untouched(tmp_path: Path):
    scan = jpeg_of(photo())
    path = write_pages(
        tmp_path / "a.pdf", [scan], "q 130 0 0 192 0 0 cm /I0 Do Q", page_size=(130, 192)
    )
    assert first_page(path) == scan


def test_fields_of_forms_are_drawn(tmp_path: Path):
    pdf = pikepdf.new()
    page = pdf.add_blank_page(page_size=(300, 450))
    look = pdf.make_stream(b"1 0 0 rg 0 0 100 300 re f", {"/BBox": Array([0, 0, 100, 300])})
    look.Type, look.Subtype = Name.XObject, Name.Form
    field = pdf.make_indirect(
        Dictionary(
            Type=Name.Annot,
            Subtype=Name.Widget,
            FT=Name.Tx,
            T="name",
            F=4,
            Rect=[20, 50, 120, 350],
            AP=Dictionary(N=look),
        )
    )
    page.obj.Annots = Array([field])
    pdf.Root.AcroForm = Dictionary(Fields=Array([field]))
    pdf.save(tmp_path / "a.pdf")
    left, right = colours(first_page(tmp_path / "a.pdf"))
    assert near(left, (255, 0, 0)) and near(right, WHITE)
