#!/usr/bin/env bash
# img2pdf 0.6.3 and PDFKit 0.20.2 (npm), beside fpdf2 2.8.9 and pdf-lib 1.17.1 (npm): a PNG page of
# at most sixteen colours, one of them transparent. PDFium (pypdfium2 5.15.2) and MuPDF 1.28.5
# (PyMuPDF 2.0.0) draw the PDFs. Needs Node 20 or newer.
#
# Behaviour: the page is blank. Up to 16 colours, a PNG packs two or more pixels into a byte; in a
#            PDF a transparent colour becomes a picture of its own, the mask. img2pdf makes a mask
#            of one byte a pixel, but declares the depth of the page for it. PDFKit takes each
#            packed byte for a pixel. What comes out is a mask that hides the page.
# Expected:  the same picture as with more than 16 colours, where a pixel is a byte. Without the
#            transparent colour all depths work, so tests of the depths and tests of transparency
#            pass, each alone. Programs that optimise PNGs make such pages of line art.
# Seen:      the part of the ink that is left, for 2, 4, 16 and 256 colours: img2pdf 0, 0, 0, 100 %;
#            PDFKit 1, 0, 0, 100 %; fpdf2 and pdf-lib always 100 %
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv venv
venv/bin/pip install -qq --disable-pip-version-check \
  img2pdf==0.6.3 fpdf2==2.8.9 pillow==13.0.0 pypdfium2==5.15.2 PyMuPDF==2.0.0
npm install --silent --no-audit --no-fund --ignore-scripts --prefix . pdfkit@0.20.2 pdf-lib@1.17.1

cat > draw.py <<'PY'
import img2pdf
from fpdf import FPDF
from PIL import Image, ImageDraw

# Entry 0 is the transparent paper, which is a frame here; every other entry is a black ink.
for depth, colours in {1: 2, 2: 4, 4: 16, 8: 256}.items():
    page = Image.new("P", (240, 360), 0)
    page.putpalette([255, 255, 255, *(0, 0, 0) * (colours - 1)])
    for band in range(8):
        ink = 1 + band % (colours - 1)
        ImageDraw.Draw(page).rectangle((20, 20 + band * 40, 219, 59 + band * 40), fill=ink)
    page.save(f"{colours}.png", bits=depth, transparency=0)
    with open(f"img2pdf-{colours}.pdf", "wb") as file:
        file.write(img2pdf.convert(f"{colours}.png"))
    pdf = FPDF(unit="pt", format=(240, 360))
    pdf.add_page()
    pdf.image(f"{colours}.png", 0, 0, 240, 360)
    pdf.output(f"fpdf2-{colours}.pdf")
PY

cat > draw.cjs <<'JS'
const fs = require("node:fs");
const { PDFDocument } = require("pdf-lib");
const PDFKit = require("pdfkit");

(async () => {
  for (const colours of [2, 4, 16, 256]) {
    const pdf = await PDFDocument.create();
    const picture = await pdf.embedPng(fs.readFileSync(`${colours}.png`));
    pdf.addPage([240, 360]).drawImage(picture, { x: 0, y: 0, width: 240, height: 360 });
    fs.writeFileSync(`pdf-lib-${colours}.pdf`, await pdf.save());

    const kit = new PDFKit({ size: [240, 360], margin: 0 });
    kit.pipe(fs.createWriteStream(`pdfkit-${colours}.pdf`));
    kit.image(`${colours}.png`, 0, 0, { width: 240, height: 360 });
    kit.end();
  }
})();
JS

cat > compare.py <<'PY'
import pymupdf
import pypdfium2
from PIL import Image


INK = 255 * (200 * 320) / (240 * 360)  # The mean darkness of the page that was drawn.


def ink(page: Image.Image) -> float:
    """Return the mean darkness of a page, from 0 to 255."""
    histogram = page.convert("L").resize((240, 360)).histogram()
    return 255 - sum(value * count for value, count in enumerate(histogram)) / sum(histogram)


def shares(path: str) -> tuple[int, int]:
    """Return the percentage of the ink that PDFium and MuPDF draw."""
    by_pdfium = pypdfium2.PdfDocument(path)[0].render(scale=2).to_pil()
    pixels = pymupdf.open(path)[0].get_pixmap(dpi=144)
    by_mupdf = Image.frombytes("RGB", (pixels.width, pixels.height), pixels.samples)
    return tuple(round(100 * ink(page) / INK) for page in (by_pdfium, by_mupdf))


expected = {
    "img2pdf": (0, 0, 0, 100),
    "pdfkit": (1, 0, 0, 100),
    "fpdf2": (100, 100, 100, 100),
    "pdf-lib": (100, 100, 100, 100),
}
wrong = []
for library, percentages in expected.items():
    for colours, percentage in zip((2, 4, 16, 256), percentages, strict=True):
        drawn = shares(f"{library}-{colours}.pdf")
        print(f"{library}, {colours} colours: PDFium {drawn[0]} %, MuPDF {drawn[1]} %")
        if any(abs(share - percentage) > 2 for share in drawn):
            wrong.append((library, colours, drawn))
assert not wrong, wrong
PY
venv/bin/python draw.py 2> img2pdf.txt
node draw.cjs
venv/bin/python compare.py
