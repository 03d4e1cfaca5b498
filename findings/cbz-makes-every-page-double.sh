#!/usr/bin/env bash
# cbz 4.0.0 (PyPI): page attributes of ComicInfo.xml, written and read by the same package.
#
# Behaviour: a comic that is saved and opened again consists of double pages only. cbz writes
#            DoublePage="false" for every single page, and reads it by bool("false"), which is
#            True. When the comic is saved once more, every page says DoublePage="true", so that
#            the truth is gone from the file. What other programs wrote as "false" is read the
#            same way.
# Expected:  xs:boolean has four spellings, and a package that writes one of them reads it back.
#            A program that trusts DoublePage must still look at the shape of the page.
# Seen:      made: 0 of 3 double | written: false 3, true 0 | opened: 3 of 3 double |
#            written again: false 0, true 3
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv venv
venv/bin/pip install -qq --disable-pip-version-check cbz==4.0.0 pillow==13.0.0

cat > save_twice.py <<'PY'
import io
import zipfile

from cbz.comic import ComicInfo
from cbz.page import PageInfo
from PIL import Image

PAGES = 3


def portrait() -> PageInfo:
    """Return a single page, higher than wide."""
    picture = io.BytesIO()
    Image.new("RGB", (80, 120)).save(picture, "PNG")
    return PageInfo.loads(picture.getvalue())


def doubles(comic: ComicInfo) -> int:
    """Return how many pages are said to be double pages."""
    return sum(page.double for page in comic)


def written(path: str) -> str:
    """Return how often ComicInfo.xml says false and true."""
    with zipfile.ZipFile(path) as archive:
        text = archive.read("ComicInfo.xml").decode()
    no, yes = (text.count(f'DoublePage="{value}"') for value in ("false", "true"))
    return f"false {no}, true {yes}"


made = ComicInfo.from_pages([portrait() for _ in range(PAGES)], series="Harbour", number=1)
print(f"made: {doubles(made)} of {PAGES} double")
made.save("first.cbz")
print(f"written: {written('first.cbz')}")
opened = ComicInfo.from_cbz("first.cbz")
print(f"opened: {doubles(opened)} of {PAGES} double")
opened.save("second.cbz")
print(f"written again: {written('second.cbz')}")
PY

venv/bin/python save_twice.py | tee seen
cat > expected <<'TEXT'
made: 0 of 3 double
written: false 3, true 0
opened: 3 of 3 double
written again: false 0, true 3
TEXT
diff expected seen
