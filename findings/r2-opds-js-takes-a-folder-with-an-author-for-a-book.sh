#!/usr/bin/env bash
# r2-opds-js 1.0.47 (npm; Readium's OPDS library, inside Thorium Reader): reading OPDS 1.2 feeds.
# Needs Node 20 or newer.
#
# Behaviour: an entry that leads to another feed (rel="subsection", an Atom type) is a folder until it
#            names an author. Then it becomes a publication that has no file, and the reading app
#            shows a book that nobody can open in place of the series behind it.
# Expected:  Atom (RFC 4287, section 4.1.2) wants an author in every entry whose feed has none, and
#            catalogues name the author of a series. The link says what the entry leads to, and
#            OPDS 1.2 tells folders from publications by their acquisition links.
# Cause:     the converter checks authors after links: any author turns navigation off.
# Seen:      two entries with the same link, without and with <author>: "The Lamp" is navigation,
#            "The Lantern" is a publication whose only link is the subsection
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm install --silent --no-audit --no-fund --ignore-scripts --prefix . r2-opds-js@1.0.47

cat > series.xml <<'XML'
<?xml version="1.0" encoding="utf-8"?>
<feed xmlns="http://www.w3.org/2005/Atom">
  <id>urn:example:series</id>
  <title>Series</title>
  <updated>2026-11-30T00:00:00Z</updated>
  <entry>
    <id>urn:example:lamp</id>
    <title>The Lamp</title>
    <updated>2026-11-30T00:00:00Z</updated>
    <content type="text">12 comics</content>
    <link rel="subsection" href="/series/lamp" type="application/atom+xml;profile=opds-catalog;kind=acquisition"/>
  </entry>
  <entry>
    <id>urn:example:lantern</id>
    <title>The Lantern</title>
    <updated>2026-11-30T00:00:00Z</updated>
    <author><name>Ada Gold</name></author>
    <content type="text">7 comics</content>
    <link rel="subsection" href="/series/lantern" type="application/atom+xml;profile=opds-catalog;kind=acquisition"/>
  </entry>
</feed>
XML

cat > read.cjs <<'JS'
const assert = require("node:assert");
const fs = require("node:fs");
const { DOMParser } = require("@xmldom/xmldom");
const { XML } = require("r2-utils-js/dist/es6-es2015/src/_utils/xml-js-mapper");
const shared = require("r2-shared-js/dist/es6-es2015/src/init-globals");
const globals = require("r2-opds-js/dist/es6-es2015/src/opds/init-globals");
const { OPDS } = require("r2-opds-js/dist/es6-es2015/src/opds/opds1/opds");
const { convertOpds1ToOpds2 } = require("r2-opds-js/dist/es6-es2015/src/opds/converter");

shared.initGlobalConverters_GENERIC();
globals.initGlobalConverters_OPDS();
const document = new DOMParser().parseFromString(fs.readFileSync("series.xml", "utf8"), "text/xml");
const feed = convertOpds1ToOpds2(XML.deserialize(document, OPDS));
const folders = feed.Navigation.map((link) => link.Title);
const books = feed.Publications.map((book) => [
  book.Metadata.Title,
  ...book.Links.map((link) => [link.Rel[0], link.Href]),
]);
console.log(JSON.stringify({ folders, books }));
assert.deepStrictEqual(folders, ["The Lamp"]);
assert.deepStrictEqual(books, [["The Lantern", ["subsection", "/series/lantern"]]]);
JS
node read.cjs
