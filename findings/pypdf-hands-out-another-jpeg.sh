#!/usr/bin/env bash
# pypdf 7.1.1: `page.images[0].data` of a page that is one JPEG, beside pikepdf 10.17.0, PDFium
# (pypdfium2 5.15.2) and MuPDF 1.28.5 (PyMuPDF 2.0.0).
#
# Behaviour: pypdf decodes the JPEG and encodes it again. The name still ends in .jpg, the length is
#            about the same and the quantisation tables are equal, so it passes for the stored file.
#            But the pixels have lost another generation, and the colour profile and the EXIF block
#            are gone: a page in a wide colour space is taken for sRGB from then on.
# Expected:  the JPEG is in the PDF as a whole file. The other three hand it out byte for byte, and
#            the examples of pypdf write `image.data` straight to a file.
# Seen:      pikepdf same, PDFium same, MuPDF same, pypdf differs; profile and EXIF lost;
#            one trip changes a value by up to 69 of 255 (noise, 4:2:0).
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv venv
venv/bin/pip install -qq --disable-pip-version-check pypdf==7.1.1 img2pdf==0.6.3 \
    pikepdf==10.17.0 pypdfium2==5.15.2 pymupdf==2.0.0 pillow==13.0.0 numpy==2.4.6

cat > extract.py <<'PY'
import io

import img2pdf
import numpy
import pikepdf
import pymupdf
import pypdf
import pypdfium2
from PIL import Image, ImageCms


def stored_jpeg() -> bytes:
    """Return a JPEG with chroma subsampling, a colour profile and an EXIF block."""
    noise = numpy.random.default_rng(1).integers(0, 255, (256, 256, 3), dtype="uint8")
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    exif = Image.Exif()
    exif[0x010E] = "Page 1"  # ImageDescription
    file = io.BytesIO()
    Image.fromarray(noise).save(
        file, "JPEG", quality=75, subsampling="4:2:0", icc_profile=profile, exif=exif
    )
    return file.getvalue()


def by_pikepdf(document: bytes) -> bytes:
    """Return the image as pikepdf extracts it."""
    file = io.BytesIO()
    with pikepdf.open(io.BytesIO(document)) as pdf:
        image = next(iter(pdf.pages[0].get_images().values()))
        pikepdf.PdfImage(image).extract_to(stream=file)
    return file.getvalue()


def by_pdfium(document: bytes) -> bytes:
    """Return the image as PDFium extracts it."""
    file = io.BytesIO()
    page = pypdfium2.PdfDocument(document)[0]
    next(iter(page.get_objects())).extract(file)
    return file.getvalue()


def by_mupdf(document: bytes) -> bytes:
    """Return the image as MuPDF extracts it."""
    pdf = pymupdf.open(stream=document)
    return pdf.extract_image(pdf[0].get_images()[0][0])["image"]


def pixels(jpeg: bytes) -> numpy.ndarray:
    """Return the decoded values."""
    return numpy.asarray(Image.open(io.BytesIO(jpeg)).convert("RGB")).astype(int)


stored = stored_jpeg()
document = img2pdf.convert(stored)
assert stored in document  # The file lies in the PDF as it is.
assert by_pikepdf(document) == by_pdfium(document) == by_mupdf(document) == stored

image = pypdf.PdfReader(io.BytesIO(document)).pages[0].images[0]
before, after = Image.open(io.BytesIO(stored)), Image.open(io.BytesIO(image.data))
change = abs(pixels(stored) - pixels(image.data))
print("stored", len(stored), sorted(before.info))
print("pypdf ", len(image.data), sorted(after.info), "largest change", change.max())
assert image.name.endswith(".jpg")
assert image.data != stored
assert before.quantization == after.quantization
assert {"icc_profile", "exif"} <= set(before.info)
assert not {"icc_profile", "exif"} & set(after.info)
assert change.max() > 30
PY
venv/bin/python extract.py
