#!/usr/bin/env bash
# A JPEG kept losslessly in JPEG XL: imagecodecs 2026.3.6 and jxlpy 0.9.5 (two bindings of libjxl)
# beside pillow-jxl-plugin 1.3.8 and libjpeg-turbo (Pillow 13.0.0).
#
# Behaviour: the JPEG comes back byte for byte, and yet the picture is another one. libjxl draws it
#            in its own way: on a page of soft colours with two hard-edged boxes about half of the
#            values or more differ from libjpeg's, by up to 17 of 255 (4:2:0) or 61 (4:4:4), at
#            quality 75. pillow-jxl-plugin takes the JPEG out and lets libjpeg draw it: no
#            difference. So one file has two pictures, depending on the library.
# Expected:  "lossless" says that pixels can be compared, for example to check a conversion or to
#            find a page again by the hash of its pixels. Only the bytes of the JPEG can.
# Seen:      JPEG restored: yes. Largest difference 4:2:0 / 4:4:4: pillow-jxl 0 / 0,
#            imagecodecs 17 / 61, jxlpy the same pixels as imagecodecs
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv venv
venv/bin/pip install -qq --disable-pip-version-check imagecodecs==2026.3.6 jxlpy==0.9.5 \
    pillow-jxl-plugin==1.3.8 pillow==13.0.0 numpy==2.4.6

cat > compare.py <<'PY'
import io

import imagecodecs
import numpy
import pillow_jxl  # noqa: F401  (registers the format)
from jxlpy import JXLPyDecoder
from PIL import Image


def page(subsampling: str) -> bytes:
    """Return a JPEG of soft colours with two hard-edged boxes."""
    y, x = numpy.mgrid[0:256, 0:256]
    waves = [numpy.sin(x / 9), numpy.cos(y / 7), numpy.sin((x + y) / 11)]
    picture = (128 + 100 * numpy.dstack(waves)).astype("uint8")
    picture[60:120, 60:120] = (255, 0, 0)
    picture[130:200, 30:90] = (0, 0, 255)
    file = io.BytesIO()
    Image.fromarray(picture).save(file, "JPEG", quality=75, subsampling=subsampling)
    return file.getvalue()


def drawn(content: bytes) -> numpy.ndarray:
    """Return the pixels as Pillow and its plugin draw them."""
    return numpy.asarray(Image.open(io.BytesIO(content)).convert("RGB")).astype(int)


for subsampling, least in (("4:2:0", 8), ("4:4:4", 30)):
    jpeg = page(subsampling)
    kept = imagecodecs.jpegxl_encode_jpeg(jpeg)
    assert imagecodecs.jpegxl_decode_jpeg(kept) == jpeg
    by_imagecodecs = imagecodecs.jpegxl_decode(kept).astype(int)
    by_jxlpy = numpy.frombuffer(JXLPyDecoder(kept).get_frame(), "uint8").reshape(256, 256, 3)
    plugin_difference = abs(drawn(kept) - drawn(jpeg))
    difference = abs(by_imagecodecs - drawn(jpeg))
    share = (difference > 0).mean()
    print(f"{subsampling}: {len(jpeg)} bytes of JPEG, {len(kept)} of JPEG XL, restored")
    print(f"  pillow-jxl: largest difference {plugin_difference.max()}")
    print(f"  imagecodecs: largest difference {difference.max()}, {share:.0%} of values differ")
    assert plugin_difference.max() == 0
    assert difference.max() >= least and share > 0.3
    assert (by_jxlpy == by_imagecodecs).all()
PY
venv/bin/python compare.py
