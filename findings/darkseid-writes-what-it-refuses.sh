#!/usr/bin/env bash
# darkseid 9.0.0 (the library of metron-tagger): ComicInfo.xml read, written and validated by it.
#
# Behaviour: a ComicInfo.xml that darkseid's own validator accepts is refused by that validator
#            after darkseid has read and written it unchanged. The elements are a sequence in the
#            schema, but darkseid keeps the old ones where they are and appends the missing credits,
#            empty, behind them. It also joins the links of <Web> by commas; ComicInfo separates
#            them by spaces.
# Expected:  a library that ships the schema and a validator writes documents that pass it. A new
#            file written from the same metadata, without an old one to keep, does pass.
# Seen:      before: Comic Info V2 | rewritten: Unknown | new file: Comic Info V2
#            Web: https://a.example/1 https://b.example/2 -> https://a.example/1,https://b.example/2
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv venv
venv/bin/pip install -qq --disable-pip-version-check darkseid==9.0.0 pillow==13.0.0

cat > rewrite.py <<'PY'
import zipfile
from xml.etree import ElementTree

from darkseid.comic import Comic, MetadataFormat
from PIL import Image

FORMAT = MetadataFormat.COMIC_INFO
WEB = "https://a.example/1 https://b.example/2"
VALID = f"""<ComicInfo><Title>Night</Title><Series>Lanterns</Series><Number>1</Number>
<Writer>Ann Example</Writer><Web>{WEB}</Web><PageCount>1</PageCount></ComicInfo>"""


def make(path: str, comic_info: str | None) -> Comic:
    """Write a comic of one page and open it."""
    with zipfile.ZipFile(path, "w") as archive:
        with archive.open("001.jpg", "w") as file:
            Image.new("RGB", (60, 90)).save(file, "JPEG")
        if comic_info:
            archive.writestr("ComicInfo.xml", comic_info)
    return Comic(path)


def verdict(path: str) -> str:
    """Return the schema that the comic's ComicInfo.xml fits, as darkseid names it."""
    return str(Comic(path).validate_metadata(FORMAT))


def element(path: str, name: str) -> str | None:
    """Return the text of an element of ComicInfo.xml."""
    return ElementTree.fromstring(zipfile.ZipFile(path).read("ComicInfo.xml")).findtext(name)


old = make("old.cbz", VALID)
before = verdict("old.cbz")
metadata = old.read_metadata(FORMAT)
assert old.write_metadata(metadata, FORMAT)
assert make("new.cbz", None).write_metadata(metadata, FORMAT)
print("before:", before, "| rewritten:", verdict("old.cbz"), "| new file:", verdict("new.cbz"))
print("Web:", WEB, "->", element("old.cbz", "Web"))
assert (before, verdict("old.cbz"), verdict("new.cbz")) == (
    "Comic Info V2",
    "Unknown",
    "Comic Info V2",
)
assert element("old.cbz", "Title") == "Night"
assert element("old.cbz", "Web") == WEB.replace(" ", ",")
PY
venv/bin/python rewrite.py
