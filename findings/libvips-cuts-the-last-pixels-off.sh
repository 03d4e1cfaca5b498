#!/usr/bin/env bash
# libvips 8.18 (pyvips 3.2.0, pyvips-binary 8.18.7) beside Pillow 13.0.0 and OpenCV 5.0.0 (all draw
# JPEGs with libjpeg-turbo): JPEGs made smaller while they are decoded.
#
# Behaviour: libjpeg rounds the reduced size up, libvips rounds it down by cutting the last column
#            and row off. At 1/8 up to seven pixels of the right and the lower edge of a page are in
#            no pixel of the result. `thumbnail` starts from such a result (here at 1/4), so a frame
#            around the page is there on the left and half gone on the right.
# Expected:  a smaller picture of the whole page. The size of the thumbnail is right, which hides
#            the cut; `thumbnail_image`, which decodes everything first, keeps the frame.
# Seen:      801x1201 at 1/8: Pillow and OpenCV 101x151, libvips 100x150
#            frame of seven pixels, brightness on the left and on the right: jpegload at 1/8 223, 0;
#            thumbnail 212, 127; thumbnail_image 211, 216; Pillow 221, 253
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv venv
venv/bin/pip install -qq --disable-pip-version-check pyvips==3.2.0 pyvips-binary==8.18.7 \
    pillow==13.0.0 numpy==2.4.6 opencv-python-headless==5.0.0.93

cat > shrink.py <<'PY'
import io

import cv2
import numpy
import pyvips
from PIL import Image


def jpeg(width: int, height: int) -> bytes:
    """Return a black page with a white frame of seven pixels."""
    picture = numpy.full((height, width, 3), 255, "uint8")
    picture[7:-7, 7:-7] = 0
    file = io.BytesIO()
    Image.fromarray(picture).save(file, "JPEG", quality=95)
    return file.getvalue()


def reduced_sizes(content: bytes) -> dict[str, tuple[int, int]]:
    """Return the width and height of the picture decoded at an eighth of its size."""
    by_pillow = Image.open(io.BytesIO(content))
    by_pillow.draft("RGB", (by_pillow.width // 8, by_pillow.height // 8))
    by_opencv = cv2.imdecode(numpy.frombuffer(content, "uint8"), cv2.IMREAD_REDUCED_COLOR_8)
    by_vips = pyvips.Image.jpegload_buffer(content, shrink=8)
    return {
        "Pillow": by_pillow.size,
        "OpenCV": by_opencv.shape[1::-1],
        "libvips": (by_vips.width, by_vips.height),
    }


def edges(picture: numpy.ndarray) -> dict[str, int]:
    """Return how bright the frame is at the middle of the left and the right edge."""
    row = picture[picture.shape[0] // 2, :, 0]
    return {"left": int(row[:2].max()), "right": int(row[-2:].max())}


sizes = reduced_sizes(jpeg(801, 1201))
print("801x1201 at 1/8:", sizes)
assert sizes == {"Pillow": (101, 151), "OpenCV": (101, 151), "libvips": (100, 150)}

page = jpeg(807, 1207)
whole = pyvips.Image.new_from_buffer(page, "")
by_pillow = Image.open(io.BytesIO(page))
by_pillow.draft("RGB", (100, 150))
by_pillow.thumbnail((100, 150))
frames = {
    "jpegload": edges(pyvips.Image.jpegload_buffer(page, shrink=8).numpy()),
    "thumbnail": edges(pyvips.Image.thumbnail_buffer(page, 100, height=1000).numpy()),
    "thumbnail_image": edges(whole.thumbnail_image(100, height=1000).numpy()),
    "Pillow": edges(numpy.asarray(by_pillow)),
}
print("807x1207 with a frame:", frames)
assert frames["jpegload"]["left"] > 150 and frames["jpegload"]["right"] < 20
assert frames["thumbnail"]["left"] > 200 and frames["thumbnail"]["right"] < 140
assert min(frames["thumbnail_image"].values()) > 200
assert min(frames["Pillow"].values()) > 200
PY
venv/bin/python shrink.py
