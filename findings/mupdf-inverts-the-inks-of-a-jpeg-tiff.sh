#!/usr/bin/env bash
# MuPDF 1.28.5 (pymupdf 2.0): a CMYK TIFF whose strips are JPEG comes out as its negative.
#
# Behaviour: the same four inks are read right without compression, with LZW, with Deflate and from
#            a JPEG file. Only JPEG inside a TIFF gives 255 minus each ink, so that a light page of
#            a scan becomes nearly black.
# Expected:  the inks as stored. A TIFF says what its numbers mean (PhotometricInterpretation 5,
#            InkSet 1: 0 is no ink), and JPEG data in a TIFF needs no marker of its own for that.
#            A test with any other compression, or with JPEG and RGB, passes.
# Cause:     not known. CMYK in a JPEG *file* is often stored inverted, and a reader that makes up
#            for that must not do so for the JPEG strips of a TIFF.
# Seen:      inks 20, 200, 40, 10; Pillow and libvips read that from all four TIFF files; MuPDF
#            reads it from three of them and 235, 55, 215, 245 from the fourth
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv venv
venv/bin/pip install -qq --disable-pip-version-check \
  pymupdf==2.0 pillow==13.0.0 pyvips==3.2.0 pyvips-binary==8.18.7 2> pip.txt || { cat pip.txt; exit 1; }

cat > inks.py <<'PY'
import pymupdf
import pyvips
from PIL import Image

INKS = (20, 200, 40, 10)
page = Image.new("CMYK", (64, 64), INKS)
page.save("page.jpg", quality=95)
by_mupdf = {"a JPEG file": pymupdf.Pixmap("page.jpg").pixel(9, 9)}
for compression in ("raw", "tiff_lzw", "tiff_adobe_deflate", "jpeg"):
    name = f"{compression}.tif"
    page.save(name, compression=compression)
    assert Image.open(name).getpixel((9, 9)) == INKS
    assert tuple(pyvips.Image.new_from_file(name).getpoint(9, 9)) == INKS
    by_mupdf[name] = pymupdf.Pixmap(name).pixel(9, 9)

for name, inks in by_mupdf.items():
    print(f"MuPDF reads {inks} from {name}")
inverted = tuple(255 - ink for ink in INKS)
assert by_mupdf.pop("jpeg.tif") == inverted
assert set(by_mupdf.values()) == {INKS}
PY
venv/bin/python inks.py
