#!/usr/bin/env bash
# MuPDF 1.28.5 (pymupdf 2.0): a TIFF with associated alpha is multiplied by its alpha twice.
#
# Behaviour: colours that the file declares as multiplied already (ExtraSamples 1) are multiplied
#            by alpha once more, with 8 and with 16 bits a sample. Half transparent pixels get half
#            of their light, as a soft grey edge around balloons. With ExtraSamples 2, where they
#            have to be multiplied, they are right.
# Expected:  one tag decides between the two, and both kinds of file show the same picture.
# Cause:     not known. The pixmap is multiplied in the end whichever of the two the file was.
# Seen:      colour 204, 102, 51 at alpha 128: 102, 51, 26 from unassociated alpha, which is right;
#            51, 26, 13 from associated alpha; libvips and Pillow read 204, 102, 51 from both
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv venv
venv/bin/pip install -qq --disable-pip-version-check pymupdf==2.0 tifffile==2026.3.3 \
  numpy==2.4.6 pillow==13.0.0 pyvips==3.2.0 pyvips-binary==8.18.7 2> pip.txt || { cat pip.txt; exit 1; }

cat > alpha.py <<'PY'
import numpy
import pymupdf
import pyvips
import tifffile
from PIL import Image

COLOUR, ALPHA = numpy.array([0.8, 0.4, 0.2]), 0.5


def close(seen, wanted) -> bool:
    return all(abs(a - b) <= 4 for a, b in zip(seen, wanted, strict=True))


for bits in (8, 16):
    full = 2**bits - 1
    for kind, factor in (("assocalpha", ALPHA), ("unassalpha", 1.0)):
        pixel = numpy.append(COLOUR * factor, ALPHA) * full
        picture = numpy.broadcast_to(pixel.round().astype(f"u{bits // 8}"), (32, 32, 4))
        name = f"{kind}{bits}.tif"
        tifffile.imwrite(name, picture.copy(), photometric="rgb", extrasamples=[kind])

        samples = pyvips.Image.new_from_file(name).getpoint(9, 9)
        vips = [sample * 255 / full for sample in samples]
        assert close(vips, (204, 102, 51, 128)), vips
        pillow = Image.open(name).convert("RGBA").getpixel((9, 9))
        assert close(pillow, (204, 102, 51, 128)), pillow

        mupdf = pymupdf.Pixmap(name).pixel(9, 9)
        print(f"{bits} bits, {kind}: MuPDF's pixmap, multiplied by alpha, holds {mupdf}")
        light = 1 if kind == "unassalpha" else ALPHA
        assert close(mupdf, (*(COLOUR * ALPHA * light * 255), 128)), mupdf
PY
venv/bin/python alpha.py
