#!/usr/bin/env bash
# img2pdf 0.6.3 with PDFium (pypdfium2 5.15.2, the engine of Chrome, Edge and Android), MuPDF 1.28.5
# (PyMuPDF 2.0.0) and pdf.js 5.6.205 (Firefox). Needs Node 20 or newer.
#
# Behaviour: one more pixel of height makes a webtoon strip ten times smaller in PDFium. A PDF page
#            is at most 14,400 units long; for a longer one img2pdf divides the page box by ten and
#            writes /UserUnit 10, which is what PDF 1.6 has it for. MuPDF and pdf.js multiply by it.
#            PDFium ignores it, in the size it reports and in what it draws: a postage stamp.
# Expected:  the key has been standard since 2004, and the same reader draws longer boxes without
#            complaint: a page of 720 x 20000 units without UserUnit has its full size everywhere.
# Seen:      height 14400: PDFium 720x14400, MuPDF 720x14400, pdf.js 720x14400
#            height 14401: PDFium 72x1441, MuPDF 720x14401, pdf.js 720x14401
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv venv
venv/bin/pip install -qq --disable-pip-version-check \
    img2pdf==0.6.3 pikepdf==10.17.0 pypdfium2==5.15.2 pymupdf==2.0.0 pillow==13.0.0
npm install --silent --no-audit --no-fund --prefix . pdfjs-dist@5.6.205

cat > size.mjs <<'JS'
import fs from "node:fs";
import { getDocument } from "pdfjs-dist/legacy/build/pdf.mjs";

for (const path of process.argv.slice(2)) {
  const data = new Uint8Array(fs.readFileSync(path));
  const page = await (await getDocument({ data, verbosity: 0 }).promise).getPage(1);
  const { width, height } = page.getViewport({ scale: 1 });
  console.log(`${width}x${height}`);
}
JS

cat > strips.py <<'PY'
import io
import subprocess

import img2pdf
import pikepdf
import pymupdf
import pypdfium2
from PIL import Image


def strip(height: int) -> bytes:
    """Return a PDF of one JPEG, 720 pixels wide at 72 dpi."""
    jpeg = io.BytesIO()
    Image.new("RGB", (720, height), "white").save(jpeg, "JPEG", dpi=(72, 72))
    return img2pdf.convert(jpeg.getvalue())


def long_box() -> bytes:
    """Return a PDF of one page that is longer than the limit, without UserUnit."""
    pdf = pikepdf.new()
    pdf.add_blank_page(page_size=(72, 72))
    pdf.pages[0].mediabox = [0, 0, 720, 20000]
    file = io.BytesIO()
    pdf.save(file)
    return file.getvalue()


def sizes(document: bytes) -> dict[str, str]:
    """Return the size of the first page as each engine draws it at scale 1."""
    drawn = pypdfium2.PdfDocument(document)[0].render(scale=1)
    box = pymupdf.open(stream=document)[0].rect
    with open("strip.pdf", "wb") as file:
        file.write(document)
    by_pdfjs = subprocess.run(
        ["node", "size.mjs", "strip.pdf"], check=True, capture_output=True, text=True
    )
    return {
        "PDFium": f"{drawn.width}x{drawn.height}",
        "MuPDF": f"{box.width:.0f}x{box.height:.0f}",
        "pdf.js": by_pdfjs.stdout.strip(),
    }


def user_unit(document: bytes) -> int:
    """Return the factor written on the first page."""
    with pikepdf.open(io.BytesIO(document)) as pdf:
        return int(pdf.pages[0].obj.get("/UserUnit", 1))


longest, longer, boxed = strip(14400), strip(14401), long_box()
for title, document in {"14400": longest, "14401": longer, "20000, no unit": boxed}.items():
    print(title, user_unit(document), sizes(document))
assert (user_unit(longest), user_unit(longer), user_unit(boxed)) == (1, 10, 1)
assert set(sizes(longest).values()) == {"720x14400"}
assert sizes(longer) == {"PDFium": "72x1441", "MuPDF": "720x14401", "pdf.js": "720x14401"}
assert set(sizes(boxed).values()) == {"720x20000"}
PY
venv/bin/python strips.py
