#!/usr/bin/env bash
# r2-opds-js 1.0.47 (npm; Readium's OPDS library, inside Thorium Reader): the date of a publication.
# Needs Node 20 or newer.
#
# Behaviour: a comic of 1999 was "published" on the day on which the catalogue took it in: atom:published
#            becomes the publication's date, and dcterms:issued is dropped. A comic with dcterms:issued
#            and no atom:published has no date at all.
# Expected:  OPDS 1.2 (on the relationship of Atom and Dublin Core) has dcterms:issued for the first
#            publication of a work, and atom:published for the entry. The parser reads dcterms:issued
#            into a field of its own, so one expects it to come through.
# Seen:      issued 1999-05, entry of 2026-10-01 -> 2026-10-01; issued 1999-05 alone -> no date
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm install --silent --no-audit --no-fund --ignore-scripts --prefix . r2-opds-js@1.0.47

cat > read.cjs <<'JS'
const assert = require("node:assert");
const { DOMParser } = require("@xmldom/xmldom");
const { XML } = require("r2-utils-js/dist/es6-es2015/src/_utils/xml-js-mapper");
const shared = require("r2-shared-js/dist/es6-es2015/src/init-globals");
const globals = require("r2-opds-js/dist/es6-es2015/src/opds/init-globals");
const { OPDS } = require("r2-opds-js/dist/es6-es2015/src/opds/opds1/opds");
const { convertOpds1ToOpds2 } = require("r2-opds-js/dist/es6-es2015/src/opds/converter");

const entry = (number, published) => `
  <entry>
    <id>urn:example:${number}</id>
    <title>The Lamp ${number}</title>
    <updated>2026-10-01T00:00:00Z</updated>
    ${published}
    <dcterms:issued>1999-05</dcterms:issued>
    <link rel="http://opds-spec.org/acquisition" href="/${number}.cbz"
      type="application/vnd.comicbook+zip"/>
  </entry>`;
const text = `<feed xmlns="http://www.w3.org/2005/Atom" xmlns:dcterms="http://purl.org/dc/terms/">
  <id>urn:example:all</id><title>All</title><updated>2026-10-01T00:00:00Z</updated>
  ${entry(1, "<published>2026-10-01T00:00:00Z</published>")}${entry(2, "")}
</feed>`;

shared.initGlobalConverters_GENERIC();
globals.initGlobalConverters_OPDS();
const parsed = XML.deserialize(new DOMParser().parseFromString(text, "text/xml"), OPDS);
const books = convertOpds1ToOpds2(parsed).Publications;
const issued = parsed.Entries.map((one) => one.DcIssued);
const dates = books.map((book) => book.Metadata.PublicationDate?.toISOString() ?? "none");
console.log({ issued, dates });
assert.deepStrictEqual(issued, ["1999-05", "1999-05"]);
assert.deepStrictEqual(dates, ["2026-10-01T00:00:00.000Z", "none"]);
JS
node read.cjs
