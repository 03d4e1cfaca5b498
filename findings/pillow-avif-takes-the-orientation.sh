#!/usr/bin/env bash
# Pillow 13.0.0: saving a turned page as AVIF with `exif=page.getexif()`.
#
# Behaviour: the page in memory loses its orientation. The AVIF is right, but whatever comes after
#            it is not: `ImageOps.exif_transpose` no longer turns the page, and a JPEG, WebP or even
#            a second AVIF of the same page, saved by the same line, lies on its side.
# Expected:  `save` leaves the picture and its arguments as they are, as it does for JPEG, PNG, TIFF
#            and WebP, and for AVIF when the EXIF block is given as bytes.
# Cause:     an AVIF has its turn in a box of its own. Pillow moves it there by `pop`, out of the
#            very object that `getexif` hands out and the page keeps.
# Seen:      a page of 300x200, EXIF orientation 6: upright after saving as JPEG, PNG, TIFF, WebP
#            200x300; after saving as AVIF 300x200; the second AVIF has no orientation
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv venv
venv/bin/pip install -qq --disable-pip-version-check pillow==13.0.0

cat > save.py <<'PY'
from PIL import Image, ImageOps

ORIENTATION = 0x0112
exif = Image.Exif()
exif[ORIENTATION] = 6
Image.new("RGB", (300, 200)).save("page.jpg", exif=exif)


def upright_size_after(kind: str, as_bytes: bool = False) -> tuple[int, int]:
    """Save the page as a kind of file, and return the size of the upright page after that."""
    page = Image.open("page.jpg")
    page.save(f"saved.{kind}", exif=page.info["exif"] if as_bytes else page.getexif())
    # The saved file itself is right, so nobody looks for a fault here.
    saved = Image.open(f"saved.{kind}")
    saved.load()
    assert ImageOps.exif_transpose(saved).size == (200, 300)
    return ImageOps.exif_transpose(page).size


sizes = {kind: upright_size_after(kind) for kind in ("jpg", "png", "tif", "webp", "avif")}
print("upright after saving:", sizes)
assert sizes.pop("avif") == (300, 200)
assert set(sizes.values()) == {(200, 300)}
assert upright_size_after("avif", as_bytes=True) == (200, 300)

page = Image.open("page.jpg")
orientations = {}
for name in ("first.avif", "second.avif", "then.jpg"):
    page.save(name, exif=page.getexif())
    orientations[name] = Image.open(name).getexif().get(ORIENTATION)
print("orientation of the files:", orientations)
assert orientations == {"first.avif": 6, "second.avif": None, "then.jpg": None}
PY
venv/bin/python save.py
