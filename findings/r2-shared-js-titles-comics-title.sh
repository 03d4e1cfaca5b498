#!/usr/bin/env bash
# r2-shared-js 1.0.85 (npm; Readium's library for Node.js, inside Thorium Reader): opening a CBZ.
# Needs Node 20 or newer.
#
# Behaviour: a comic with a ComicInfo.xml is called "Title" and is written by "Writer": in place of
#            what the elements contain come their names. Every credit is "Writer", also the one of
#            the penciller, the inker and the colorist. Without a ComicInfo.xml the comic has the
#            name of its file, so metadata make it worse.
# Expected:  the parser reads ComicInfo.xml on purpose, finds the right elements, leaves out the
#            absent ones, and reads the attributes of the pages (type, size, bookmark) correctly. It
#            logs no error. Its EPUB parser, with the same XML mapper, reads the texts.
# Cause:     the mapper hands out the local name of a selected element; a selector has to end in
#            text(). Those for EPUB do, those for ComicInfo do not.
# Seen:      "The Lamp" by Ada Gold, Bea Silver, Cy Copper and Dee Bronze -> "Title" by Writer,
#            Writer, Writer and Writer; the same comic without ComicInfo.xml: "plain.cbz"
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm install --silent --no-audit --no-fund --ignore-scripts --prefix . r2-shared-js@1.0.85

cat > make_comics.py <<'PY'
import base64
import zipfile

# One white pixel.
PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGP4DwABAQEAsTj2FAAAAABJRU5ErkJggg=="
)
COMIC_INFO = """<?xml version="1.0" encoding="utf-8"?>
<ComicInfo>
  <Title>The Lamp</Title>
  <Series>Lanterns</Series>
  <Number>1</Number>
  <Writer>Ada Gold</Writer>
  <Penciller>Bea Silver</Penciller>
  <Inker>Cy Copper</Inker>
  <Colorist>Dee Bronze</Colorist>
  <Pages>
    <Page Image="0" Type="FrontCover"/>
    <Page Image="1" Bookmark="Chapter One" ImageWidth="1" ImageHeight="1"/>
  </Pages>
</ComicInfo>
"""
for name, comic_info in (("tagged.cbz", COMIC_INFO), ("plain.cbz", None)):
    with zipfile.ZipFile(name, "w") as archive:
        archive.writestr("001.png", PNG)
        archive.writestr("002.png", PNG)
        if comic_info:
            archive.writestr("ComicInfo.xml", comic_info)
PY

cat > open.cjs <<'JS'
const assert = require("node:assert");
const {
  PublicationParsePromise,
} = require("r2-shared-js/dist/es6-es2015/src/parser/publication-parser");

async function open(path) {
  const publication = await PublicationParsePromise(path);
  const { Title, Author, Penciler, Inker, Colorist } = publication.Metadata;
  const names = [Author, Penciler, Inker, Colorist].map((credit) => credit?.[0].Name);
  const bookmarks = publication.TOC?.map((link) => link.Title ?? "-");
  console.log(path, { title: Title, names, bookmarks });
  return { title: Title, names, bookmarks };
}

(async () => {
  assert.deepStrictEqual(await open("tagged.cbz"), {
    title: "Title",
    names: ["Writer", "Writer", "Writer", "Writer"],
    bookmarks: ["-", "Chapter One"],
  });
  assert.strictEqual((await open("plain.cbz")).title, "plain.cbz");
})();
JS
python3 make_comics.py
node open.cjs
