#!/usr/bin/env bash
# pillow-jxl-plugin 1.3.8 with Pillow 13.0.0: saving a page that came from a JPEG as JPEG XL.
#
# Behaviour: a JPEG that was opened by its path and changed in place (thumbnail, paste, draw, draft)
#            is saved as JPEG XL with its old size and its old content. By default the plugin opens
#            the path a second time and recompresses the file it finds there; the picture in memory
#            is not looked at.
# Expected:  `save` writes the picture it is called on, as it does for every other format. The same
#            lines do so for WebP, and for JPEG XL too when the JPEG was opened from memory or
#            `lossless_jpeg=False` is given. The only sign is a Python warning that speaks of
#            reconstruction.
# Seen:      thumbnail: picture 67x100, WebP 67x100, JPEG XL 400x600
#            paste: picture (200, 0, 0), JPEG XL (255, 255, 255)
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv venv
venv/bin/pip install -qq --disable-pip-version-check pillow-jxl-plugin==1.3.8 pillow==13.0.0

cat > save.py <<'PY'
import io

import pillow_jxl  # noqa: F401  (registers the format)
from PIL import Image


def saved(picture: Image.Image, format_name: str, **options: bool) -> Image.Image:
    """Save a picture and open what was written."""
    file = io.BytesIO()
    picture.save(file, format_name, **options)
    return Image.open(io.BytesIO(file.getvalue()))


def thumbnail(source: str | io.BytesIO) -> Image.Image:
    """Open a page and make it small in place."""
    picture = Image.open(source)
    picture.thumbnail((100, 100))
    return picture


def painted() -> Image.Image:
    """Open a page and fill it with red in place."""
    picture = Image.open("page.jpg")
    picture.paste((200, 0, 0), (0, 0, *picture.size))
    return picture


Image.new("RGB", (400, 600), "white").save("page.jpg")
content = io.BytesIO(open("page.jpg", "rb").read())
small, whole = (67, 100), (400, 600)

sizes = {
    "WebP": saved(thumbnail("page.jpg"), "WEBP").size,
    "JPEG XL": saved(thumbnail("page.jpg"), "JXL").size,
    "JPEG XL, lossless_jpeg=False": saved(
        thumbnail("page.jpg"), "JXL", lossless_jpeg=False
    ).size,
    "JPEG XL, opened from memory": saved(thumbnail(content), "JXL").size,
}
print("thumbnail:", thumbnail("page.jpg").size, sizes)
assert thumbnail("page.jpg").size == small
assert list(sizes.values()) == [small, whole, small, small]

colour = saved(painted(), "JXL").convert("RGB").getpixel((9, 9))
print("paste:", painted().getpixel((9, 9)), "JPEG XL:", colour)
assert painted().getpixel((9, 9)) == (200, 0, 0)
assert colour == (255, 255, 255)
PY
venv/bin/python -W ignore save.py
