#!/usr/bin/env bash
# Page order of one CBZ in comicbox 5.4.0, cbz 4.0.0, darkseid 9.0.0, comicapi 3.2.0 (the library
# of ComicTagger) and MuPDF 1.28.5 (PyMuPDF 2.0.0). No order is written in a CBZ: names decide.
#
# Behaviour: five libraries for comics, three orders.
#            - comicbox and cbz compare plain text: page 10 comes before page 2. cbz then packs the
#              pages as page-001, page-002, ..., which makes the wrong order permanent.
#            - darkseid and MuPDF compare numbers, but leave the extension on: "-" and "." are
#              compared, so the spread 12-13 comes before page 12, and 1.5 before page 1.
#            - only comicapi takes the extension off first.
# Expected:  1, 1.5, 2, 10, 12, 12-13 everywhere: the order of the numbers.
# Seen:      1.5 1 10 12-13 12 2 | 1.5 1 2 10 12-13 12 | 1 1.5 2 10 12 12-13. In four of five the
#            cover is 1.5. Zero-padded names without suffixes (001, 002, ...) are read alike.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
for name in comicbox cbz darkseid comicapi; do python3 -m venv "$name"; done
comicbox/bin/pip install -qq --disable-pip-version-check comicbox==5.4.0 pillow==13.0.0
cbz/bin/pip install -qq --disable-pip-version-check cbz==4.0.0 pillow==13.0.0 pymupdf==2.0.0
darkseid/bin/pip install -qq --disable-pip-version-check darkseid==9.0.0
comicapi/bin/pip install -qq --disable-pip-version-check comicapi==3.2.0

# A page is known by its width, because MuPDF does not tell the names of pages.
cat > make_comic.py <<'PY'
import json
import sys
import zipfile
from pathlib import Path

from PIL import Image

target, *names = sys.argv[1:]
with zipfile.ZipFile(target, "w") as archive:
    for number, name in enumerate(names):
        with archive.open(f"{name}.jpg", "w") as file:
            Image.new("RGB", (96 + number, 120)).save(file, "JPEG")
Path("widths.json").write_text(json.dumps({96 + i: name for i, name in enumerate(names)}))
PY
cat > by_comicbox.py <<'PY'
from comicbox.box import Comicbox

with Comicbox("comic.cbz") as comic:
    print(*(name.removesuffix(".jpg") for name in comic.get_page_filenames()))
PY
cat > by_cbz.py <<'PY'
from cbz import ComicInfo

print(*(page.name.removesuffix(".jpg") for page in ComicInfo.from_cbz("comic.cbz").pages))
PY
cat > by_cbz_packed.py <<'PY'
import io
import json
import zipfile

from cbz import ComicInfo
from PIL import Image

widths = json.load(open("widths.json"))
packed = zipfile.ZipFile(io.BytesIO(ComicInfo.from_cbz("comic.cbz").pack()))
names = sorted(name for name in packed.namelist() if name.startswith("page-"))
assert names[0].startswith("page-001")
print(*(widths[str(Image.open(packed.open(name)).width)] for name in names))
PY
cat > by_mupdf.py <<'PY'
import json

import pymupdf

widths = json.load(open("widths.json"))
comic = pymupdf.open("comic.cbz")
print(*(widths[str(round(page.rect.width * 96 / 72))] for page in comic))
PY
cat > by_darkseid.py <<'PY'
from darkseid.comic import Comic

print(*(name.removesuffix(".jpg") for name in Comic("comic.cbz").get_page_name_list()))
PY
cat > by_comicapi.py <<'PY'
from comicapi.comicarchive import ComicArchive

print(*(name.removesuffix(".jpg") for name in ComicArchive("comic.cbz").get_page_name_list()))
PY

# order LIBRARY READER: print and check the order in which a library reads the pages.
order() {
    local found
    found=$(HOME="$work" "$1/bin/python" "by_$2.py" 2> "$2.log")
    printf '%-11s %s\n' "$2" "$found"
    test "$found" = "$3"
}

cbz/bin/python make_comic.py comic.cbz 12-13 10 12 1.5 2 1
order comicbox comicbox "1.5 1 10 12-13 12 2"
order cbz cbz "1.5 1 10 12-13 12 2"
order cbz cbz_packed "1.5 1 10 12-13 12 2"
order darkseid darkseid "1.5 1 2 10 12-13 12"
order cbz mupdf "1.5 1 2 10 12-13 12"
order comicapi comicapi "1 1.5 2 10 12 12-13"

echo "Zero-padded names without suffixes:"
cbz/bin/python make_comic.py comic.cbz 012 010 001 013 002
for pair in "comicbox comicbox" "cbz cbz" "darkseid darkseid" "cbz mupdf" "comicapi comicapi"; do
    # shellcheck disable=SC2086
    order $pair "001 002 010 012 013"
done
