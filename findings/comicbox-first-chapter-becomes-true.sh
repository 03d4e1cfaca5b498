#!/usr/bin/env bash
# comicbox 5.4.0 (the library inside the Codex server): `comicbox --write cix`.
#
# Behaviour: rewriting ComicInfo.xml replaces the name of the first chapter with the word "true".
# Expected:  the `Bookmark` attribute of a page is free text, the chapter's name, and comicbox reads
#            it as such. A tool that only adds a genre should leave every page as it was.
# Cause:     the first bookmarked page is also read as the reader's position, and that position is
#            written back as "true" over the name. A book of one chapter loses all its names.
# Seen:      0:Chapter One 2:Chapter Two 4:Chapter Three -> 0:true 2:Chapter Two 4:Chapter Three
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv venv
venv/bin/pip install -qq --disable-pip-version-check comicbox==5.4.0 pillow==13.0.0

cat > make_comic.py <<'PY'
import sys
import zipfile

from PIL import Image

CHAPTERS = {0: "Chapter One", 2: "Chapter Two", 4: "Chapter Three"}
pages = "".join(
    f'<Page Image="{page}" Bookmark="{CHAPTERS[page]}"/>'
    if page in CHAPTERS
    else f'<Page Image="{page}"/>'
    for page in range(6)
)
with zipfile.ZipFile(sys.argv[1], "w") as archive:
    for page in range(6):
        with archive.open(f"{page + 1:03}.jpg", "w") as file:
            Image.new("RGB", (60, 90)).save(file, "JPEG")
    archive.writestr(
        "ComicInfo.xml",
        f"<ComicInfo><Series>Lanterns</Series><Number>1</Number><Pages>{pages}</Pages></ComicInfo>",
    )
PY

cat > chapters.py <<'PY'
import sys
import zipfile
from xml.etree import ElementTree

root = ElementTree.fromstring(zipfile.ZipFile(sys.argv[1]).read("ComicInfo.xml"))
names = {int(page.get("Image")): page.get("Bookmark") for page in root.iter("Page")}
print(*(f"{page}:{name}" for page, name in sorted(names.items()) if name))
PY

export HOME="$work" # comicbox keeps its configuration and cache there.
venv/bin/python make_comic.py comic.cbz
before=$(venv/bin/python chapters.py comic.cbz)
# comicbox reads the first name right, so the loss happens in writing.
venv/bin/comicbox --print-metadata comic.cbz > printed.txt 2>&1
grep -q "bookmark: Chapter One" printed.txt
venv/bin/comicbox -QQQ --metadata "genres: [Drama]" --write cix comic.cbz > written.txt 2>&1
after=$(venv/bin/python chapters.py comic.cbz)
echo "before: $before"
echo "after:  $after"
test "$before" = "0:Chapter One 2:Chapter Two 4:Chapter Three"
test "$after" = "0:true 2:Chapter Two 4:Chapter Three"
