#!/usr/bin/env bash
# imagesize 2.0.1 (PyPI) and probe-image-size 7.5.0 (npm) on turned AVIF pages, beside sharp 0.35.5
# (npm; libvips) and Pillow 13.0.0, which makes them. Needs Node 20 or newer.
#
# Behaviour: an AVIF has its turn in a box of its own, "irot". imagesize takes the box for a longer
#            one, finds it damaged, and returns (-1, -1) as for a file that is no picture.
#            probe-image-size mixes up left and right: for a page that has to be turned to the right
#            it reports orientation 8 instead of 6, and the reverse. Turning the page by that number
#            puts it on its head.
# Expected:  both libraries read the box on purpose. Pages that are upright, upside down or mirrored
#            are right in probe-image-size, so only a quarter turn shows it. sharp and Pillow agree
#            with each other, and with the EXIF orientation that the page was saved with.
# Seen:      EXIF 1, 3, 6, 8 -> probe-image-size none, 3, 8, 6;
#            imagesize (300, 200) and three times (-1, -1), but all four right for JPEGs
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv venv
venv/bin/pip install -qq --disable-pip-version-check imagesize==2.0.1 pillow==13.0.0
npm install --silent --no-audit --no-fund --ignore-scripts --prefix . \
  probe-image-size@7.5.0 sharp@0.35.5

cat > draw.py <<'PY'
from PIL import Image

# A white page with a red mark at the upper left, as it is stored.
page = Image.new("RGB", (300, 200), "white")
page.paste((255, 0, 0), (0, 0, 100, 66))
for orientation in (1, 3, 6, 8):
    for kind in ("avif", "jpg"):
        exif = Image.Exif()
        exif[0x0112] = orientation
        page.save(f"{orientation}.{kind}", exif=exif)
PY

cat > measure.py <<'PY'
import imagesize
from PIL import Image, ImageOps

CORNERS = {1: "upper left", 3: "lower right", 6: "upper right", 8: "lower left"}


def marked_corner(path: str) -> str:
    """Return the corner of the upright page that the red mark is in."""
    page = ImageOps.exif_transpose(Image.open(path)).convert("RGB")
    right, below = page.width - 9, page.height - 9
    places = {
        "upper left": (8, 8),
        "upper right": (right, 8),
        "lower left": (8, below),
        "lower right": (right, below),
    }
    return next(name for name, place in places.items() if page.getpixel(place)[1] < 99)


for orientation, corner in CORNERS.items():
    avif, jpeg = (imagesize.get(f"{orientation}.{kind}") for kind in ("avif", "jpg"))
    print(f"EXIF {orientation}: imagesize of the AVIF {avif}, of the JPEG {jpeg}")
    assert avif == ((300, 200) if orientation == 1 else (-1, -1))
    assert jpeg == ((300, 200) if orientation in {1, 3} else (200, 300))
    assert marked_corner(f"{orientation}.avif") == marked_corner(f"{orientation}.jpg") == corner
PY

cat > measure.mjs <<'JS'
import assert from "node:assert";
import fs from "node:fs";
import probe from "probe-image-size";
import sharp from "sharp";

async function markedCorner(path) {
  const { data, info } = await sharp(path).raw().toBuffer({ resolveWithObject: true });
  const green = (x, y) => data[(y * info.width + x) * info.channels + 1];
  const [right, below] = [info.width - 9, info.height - 9];
  const corner = Object.entries({
    "upper left": green(8, 8),
    "upper right": green(right, 8),
    "lower left": green(8, below),
    "lower right": green(right, below),
  }).find(([, value]) => value < 99)[0];
  return `${info.width}x${info.height}, mark ${corner}`;
}

const expected = {
  1: [1, 1, "300x200, mark upper left"],
  3: [3, 3, "300x200, mark lower right"],
  6: [8, 6, "200x300, mark upper right"],
  8: [6, 8, "200x300, mark lower left"],
};
for (const [orientation, outcome] of Object.entries(expected)) {
  const [avif, jpeg] = ["avif", "jpg"].map(
    (kind) => probe.sync(fs.readFileSync(`${orientation}.${kind}`)).orientation ?? 1,
  );
  const drawn = await markedCorner(`${orientation}.avif`);
  console.log(`EXIF ${orientation}: probe-image-size AVIF ${avif}, JPEG ${jpeg}; sharp ${drawn}`);
  assert.deepStrictEqual([avif, jpeg, drawn], outcome);
}
JS
venv/bin/python draw.py
venv/bin/python measure.py
node measure.mjs
