#!/usr/bin/env bash
# jsPDF 4.2.1 (npm): `addImage` with the bytes of a JPEG. PDFium (pypdfium2 5.15.2) draws the pages.
# Needs Node 20 or newer.
#
# Behaviour: pages that differ only in their lower part can be taken for one picture, and the first
#            of them is shown in place of the others. jsPDF stores equal pictures once and knows
#            them by a hash, but of a Uint8Array it hashes the first half of the bytes only. A JPEG
#            stores a page from top to bottom, so two pages with the same upper half and the same
#            length, give or take a byte, are "equal": a repeated panel with another line of text.
# Expected:  every page shows its own picture. The same JPEGs given as data URLs, as in the examples
#            of jsPDF, do: a string is hashed as a whole. There is no error and no warning, and two
#            pages that look quite different pass every test.
# Seen:      30 pages of one texture with their number at the bottom: data URLs 30 pictures,
#            Uint8Array 22; page 5 shows "4", page 29 shows "23"
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv venv
venv/bin/pip install -qq --disable-pip-version-check pillow==13.0.0 pypdfium2==5.15.2
npm install --silent --no-audit --no-fund --ignore-scripts --prefix . jspdf@4.2.1

cat > draw.py <<'PY'
import random

from PIL import Image, ImageDraw, ImageFont

random.seed(1)
texture = Image.frombytes("L", (400, 600), random.randbytes(400 * 600))
paper = texture.point(lambda value: 160 + value // 4).convert("RGB")
font = ImageFont.load_default(20)
for number in range(1, 31):
    page = paper.copy()
    ImageDraw.Draw(page).text((190, 560), str(number), fill="black", font=font)
    page.save(f"{number:02}.jpg", quality=85)
PY

cat > bind.cjs <<'JS'
const fs = require("node:fs");
const { jsPDF } = require("jspdf");

function bind(path, picture) {
  const pdf = new jsPDF({ unit: "px", format: [400, 600] });
  for (let number = 1; number <= 30; number += 1) {
    if (number > 1) pdf.addPage();
    const jpeg = fs.readFileSync(`${String(number).padStart(2, "0")}.jpg`);
    pdf.addImage(picture(jpeg), "JPEG", 0, 0, 400, 600);
  }
  fs.writeFileSync(path, Buffer.from(pdf.output("arraybuffer")));
}

bind("bytes.pdf", (jpeg) => new Uint8Array(jpeg));
bind("urls.pdf", (jpeg) => `data:image/jpeg;base64,${jpeg.toString("base64")}`);
JS

cat > compare.py <<'PY'
import hashlib

import pypdfium2


def shown(path: str) -> list[str]:
    """Return a hash of what PDFium draws for each page."""
    pdf = pypdfium2.PdfDocument(path)
    return [hashlib.sha256(page.render().to_pil().tobytes()).hexdigest() for page in pdf]


by_url, by_bytes = shown("urls.pdf"), shown("bytes.pdf")
print("data URLs: ", len(set(by_url)), "pictures on", len(by_url), "pages")
print("Uint8Array:", len(set(by_bytes)), "pictures on", len(by_bytes), "pages")
wrong = {
    number: by_url.index(picture) + 1
    for number, picture in enumerate(by_bytes, start=1)
    if picture != by_url[number - 1]
}
print(*(f"page {number} shows {other}" for number, other in wrong.items()), sep=", ")
assert len(set(by_url)) == 30
assert len(set(by_bytes)) == 22
assert wrong[5] == 4 and wrong[29] == 23
PY
venv/bin/python draw.py
node bind.cjs
venv/bin/python compare.py
