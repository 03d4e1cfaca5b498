#!/usr/bin/env bash
# darkseid 9.0.0 (the library of metron-tagger): from ComicInfo.xml to MetronInfo.xml and back.
#
# Behaviour: the notes get lost in both directions. `write_metadata` returns True, and no error or
#            warning says so.
# Expected:  both formats have a <Notes> for free text, and both are read into one Metadata object
#            that can be written as either. The summary, say, arrives.
# Cause:     the object holds the notes of each format in a field of its own, and each writer looks
#            at the field of its own format only.
# Seen:      ComicInfo -> MetronInfo: summary kept, notes None; MetronInfo -> ComicInfo: the same;
#            ComicInfo -> ComicInfo and MetronInfo -> MetronInfo: both kept
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv venv
venv/bin/pip install -qq --disable-pip-version-check darkseid==9.0.0 pillow==13.0.0

cat > convert.py <<'PY'
import zipfile
from xml.etree import ElementTree

from darkseid.comic import Comic, MetadataFormat
from darkseid.validate import SchemaVersion, ValidateMetadata
from PIL import Image

NOTES, SUMMARY = "Bought at a flea market in 1998.", "A lamp goes out."
SOURCES = {
    "ComicInfo.xml": f"""<ComicInfo><Title>Night</Title><Series>Lanterns</Series><Number>1</Number>
<Summary>{SUMMARY}</Summary><Notes>{NOTES}</Notes><Writer>Ann Example</Writer>
<Publisher>Lamp Press</Publisher><PageCount>1</PageCount></ComicInfo>""",
    "MetronInfo.xml": f"""<MetronInfo><Publisher><Name>Lamp Press</Name></Publisher>
<Series><Name>Lanterns</Name></Series><Number>1</Number><Summary>{SUMMARY}</Summary>
<Notes>{NOTES}</Notes><Credits><Credit><Creator>Ann Example</Creator>
<Roles><Role>Writer</Role></Roles></Credit></Credits></MetronInfo>""",
}
FORMATS = {
    "ComicInfo.xml": MetadataFormat.COMIC_INFO,
    "MetronInfo.xml": MetadataFormat.METRON_INFO,
}


def make(path: str, documents: dict[str, str]) -> Comic:
    """Write a comic of one page with these documents, and open it."""
    with zipfile.ZipFile(path, "w") as archive:
        with archive.open("001.jpg", "w") as file:
            Image.new("RGB", (60, 90)).save(file, "JPEG")
        for name, document in documents.items():
            archive.writestr(name, document)
    return Comic(path)


def convert(source: str, target: str) -> tuple[str | None, str | None]:
    """Read one document, write the other into a bare comic, and return its summary and notes."""
    document = SOURCES[source]
    assert ValidateMetadata(document.encode()).validate() is not SchemaVersion.UNKNOWN
    metadata = make("source.cbz", {source: document}).read_metadata(FORMATS[source])
    assert make("target.cbz", {}).write_metadata(metadata, FORMATS[target]) is True
    written = ElementTree.fromstring(zipfile.ZipFile("target.cbz").read(target))
    return written.findtext("Summary"), written.findtext("Notes")


for source in SOURCES:
    for target in SOURCES:
        summary, notes = convert(source, target)
        print(f"{source} -> {target}: summary {summary!r}, notes {notes!r}")
        assert summary == SUMMARY
        assert notes == (NOTES if source == target else None)
PY
venv/bin/python convert.py
