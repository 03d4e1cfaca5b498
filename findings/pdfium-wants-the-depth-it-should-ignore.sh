#!/usr/bin/env bash
# PDFium (pypdfium2 5.15.2) on JPEG 2000 pictures inside a PDF, beside MuPDF 1.28.5 (PyMuPDF 2.0.0).
# pikepdf 10.17.0 and Pillow 13.0.0 make the pages.
#
# Behaviour: without /BitsPerComponent a picture with a palette (Indexed) is drawn black all over,
#            and so is a grey one with an inverting /Decode. Of a spot colour (Separation) the paper
#            turns black, and each lighter tone becomes full ink. With "/BitsPerComponent 8" all
#            three are right. A /Decode of an RGB picture is ignored with and without that entry.
# Expected:  ISO 32000 makes the entry optional for JPEG 2000, and has readers ignore it: the depth
#            is in the picture. Plain grey and RGB pictures are indeed right without it, so a writer
#            that leaves it out passes its tests until a page has a palette. MuPDF draws every page
#            like the same samples stored raw.
# Seen:      palette red, green, blue, yellow, no depth -> four times (0, 0, 0);
#            red ink 0, 80, 160, 255 -> (0, 0, 0) and three times (255, 0, 0); inverted grey
#            0, 80, 160, 255 -> four times (0, 0, 0); inverted red, green, blue, yellow -> red,
#            green, blue, yellow, with the depth too
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv venv
venv/bin/pip install -qq --disable-pip-version-check \
  pikepdf==10.17.0 pillow==13.0.0 pymupdf==2.0.0 pypdfium2==5.15.2

cat > draw.py <<'PY'
import io

import pikepdf
import pymupdf
import pypdfium2
from pikepdf import Array, Dictionary, Name, Stream, String
from PIL import Image

SIZE, HALF = 64, 32
CENTRES = ((16, 16), (48, 16), (16, 48), (48, 48))
BLACK = (0, 0, 0)
COLOURS = [(255, 0, 0), (0, 160, 0), (0, 0, 255), (255, 220, 0)]
TONES = [0, 80, 160, 255]


def quarters(mode: str, values: list) -> Image.Image:
    """Return a picture of four plain quarters."""
    picture = Image.new(mode, (SIZE, SIZE))
    for (x, y), value in zip(CENTRES, values, strict=True):
        picture.paste(value, (x - HALF // 2, y - HALF // 2, x + HALF // 2, y + HALF // 2))
    return picture


def page_with(picture: Image.Image, entries: dict, way: str) -> bytes:
    """Return a PDF whose only page shows the picture: raw, as JPEG 2000, or that with its depth."""
    pdf = pikepdf.new()
    page = pdf.add_blank_page(page_size=picture.size)
    if way == "raw":
        image = Stream(pdf, picture.tobytes())
    else:
        jpeg2000 = io.BytesIO()
        picture.save(jpeg2000, "JPEG2000")  # Lossless, as is Pillow's default.
        image = Stream(pdf, jpeg2000.getvalue(), Filter=Name.JPXDecode)
    image.Type, image.Subtype = Name.XObject, Name.Image
    image.Width, image.Height = picture.size
    for key, value in entries.items():
        image[f"/{key}"] = value
    if way != "no depth":
        image.BitsPerComponent = 8
    page.Resources = Dictionary(XObject=Dictionary(Im=pdf.make_indirect(image)))
    page.Contents = Stream(pdf, f"{SIZE} 0 0 {SIZE} 0 0 cm /Im Do".encode())
    out = io.BytesIO()
    pdf.save(out)
    return out.getvalue()


def drawn_by_pdfium(pdf: bytes) -> list[tuple[int, ...]]:
    """Return the colours of the four quarters."""
    page = pypdfium2.PdfDocument(pdf)[0].render().to_pil().convert("RGB")
    return [page.getpixel(centre) for centre in CENTRES]


def drawn_by_mupdf(pdf: bytes) -> list[tuple[int, ...]]:
    """Return the colours of the four quarters."""
    page = pymupdf.open(stream=pdf)[0].get_pixmap()
    return [page.pixel(*centre) for centre in CENTRES]


def agree(one: list[tuple[int, ...]], other: list[tuple[int, ...]]) -> bool:
    """Tell whether two drawings are the same, but for a step of rounding."""
    pairs = zip(sum(one, ()), sum(other, ()), strict=True)
    return all(abs(left - right) <= 1 for left, right in pairs)


palette = String(bytes(sum(COLOURS, ())))
red_ink = Dictionary(FunctionType=2, Domain=[0, 1], C0=[1, 1, 1], C1=[1, 0, 0], N=1)
grey, rgb = quarters("L", TONES), quarters("RGB", COLOURS)
inverted_rgb = [(0, 255, 255), (255, 95, 255), (255, 255, 0), (0, 35, 255)]
pages = {
    # Kind of page: picture, entries of its dictionary, what is right, what PDFium shows without
    # the depth and with it.
    "grey": (grey, {"ColorSpace": Name.DeviceGray}, [(v, v, v) for v in TONES], None, None),
    "RGB": (rgb, {"ColorSpace": Name.DeviceRGB}, COLOURS, None, None),
    "palette": (
        quarters("L", [0, 1, 2, 3]),
        {"ColorSpace": Array([Name.Indexed, Name.DeviceRGB, 3, palette])},
        COLOURS,
        [BLACK] * 4,
        None,
    ),
    "spot colour": (
        grey,
        {"ColorSpace": Array([Name.Separation, Name("/Red ink"), Name.DeviceRGB, red_ink])},
        [(255, 255 - v, 255 - v) for v in TONES],
        [BLACK, (255, 0, 0), (255, 0, 0), (255, 0, 0)],
        None,
    ),
    "inverted grey": (
        grey,
        {"ColorSpace": Name.DeviceGray, "Decode": Array([1, 0])},
        [(255 - v, 255 - v, 255 - v) for v in TONES],
        [BLACK] * 4,
        None,
    ),
    "inverted RGB": (
        rgb,
        {"ColorSpace": Name.DeviceRGB, "Decode": Array([1, 0, 1, 0, 1, 0])},
        inverted_rgb,
        COLOURS,
        COLOURS,
    ),
}
for name, (picture, entries, right, no_depth, depth) in pages.items():
    expected = {"raw": right, "no depth": no_depth or right, "with depth": depth or right}
    for way, colours in expected.items():
        pdf = page_with(picture, entries, way)
        shown = drawn_by_pdfium(pdf)
        verdict = "right" if agree(shown, right) else "WRONG"
        print(f"{name}, {way}: PDFium {verdict} {shown}")
        assert agree(shown, colours), colours
        assert agree(drawn_by_mupdf(pdf), right), right
PY
venv/bin/python draw.py
