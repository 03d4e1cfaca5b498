#!/usr/bin/env bash
# unzipper 0.12.5 (npm), `unzipper.Parse`, on ZIPs streamed by zipstream-ng 1.9.3, stream-zip 0.0.84
# and Python's zipfile. Needs Node 18 or newer.
#
# Behaviour: reading a streamed ZIP front to back ends after the first page with "invalid
#            signature", although the archive is small and other readers take it. Where the size of
#            a page is not known beforehand, it follows the page in a data descriptor. Its sizes
#            have 4 bytes, or 8 in a ZIP64 entry, and a writer that cannot exclude a page over 4 GiB
#            takes 8. unzipper counts on 4. The "signature" in its message is the size of the page.
# Expected:  ZIP64 is a matter of archives over 4 GiB or 65,535 entries; a test with a few small
#            pages should not meet it. With zipstream-ng and a generator it always does.
# Seen:      zipstream-ng 1 of 3 pages, "invalid signature: 0xc350" (50,000 bytes a page);
#            stream-zip ZIP_64 and zipfile with force_zip64 the same; stream-zip ZIP_32 3 of 3;
#            stream-zip NO_COMPRESSION_64 with known sizes 3 of 3; unzipper.Open and fflate 3 of 3
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv venv
venv/bin/pip install -qq --disable-pip-version-check zipstream-ng==1.9.3 stream-zip==0.0.84
npm install --silent --no-audit --no-fund --prefix . unzipper@0.12.5 fflate@0.8.3

cat > write.py <<'PY'
import io
import zipfile
import zlib
from datetime import UTC, datetime
from pathlib import Path

import stream_zip
import zipstream

PAGES = {f"{number:03}.jpg": bytes([number]) * 50_000 for number in (1, 2, 3)}
MODIFIED = datetime(2026, 1, 1, tzinfo=UTC)


class Pipe(io.RawIOBase):
    """A target that cannot seek, as an HTTP response."""

    def __init__(self) -> None:
        self.sent = bytearray()

    def writable(self) -> bool:
        return True

    def write(self, data: bytes) -> int:
        self.sent += data
        return len(data)


def by_zipstream() -> bytes:
    """Return the ZIP that zipstream-ng streams from generators."""
    stream = zipstream.ZipStream()
    for name, content in PAGES.items():
        stream.add(iter([content]), name)
    return b"".join(stream)


def by_zipfile(force_zip64: bool) -> bytes:
    """Return the ZIP that zipfile writes to a target that cannot seek."""
    pipe = Pipe()
    with zipfile.ZipFile(pipe, "w") as archive:
        for name, content in PAGES.items():
            with archive.open(name, "w", force_zip64=force_zip64) as entry:
                entry.write(content)
    return bytes(pipe.sent)


def by_stream_zip(method: object, sizes_known: bool = False) -> bytes:
    """Return the ZIP that stream-zip streams, with or without sizes given beforehand."""
    return b"".join(
        stream_zip.stream_zip(
            (name, MODIFIED, 0o644, method(len(content), zlib.crc32(content)), [content])
            if sizes_known
            else (name, MODIFIED, 0o644, method, [content])
            for name, content in PAGES.items()
        )
    )


for name, archive in {
    "zipstream-ng": by_zipstream(),
    "zipfile": by_zipfile(force_zip64=False),
    "zipfile-zip64": by_zipfile(force_zip64=True),
    "stream-zip-32": by_stream_zip(stream_zip.ZIP_32),
    "stream-zip-64": by_stream_zip(stream_zip.ZIP_64),
    "stream-zip-known": by_stream_zip(stream_zip.NO_COMPRESSION_64, sizes_known=True),
}.items():
    assert zipfile.ZipFile(io.BytesIO(archive)).testzip() is None
    Path(f"{name}.zip").write_bytes(archive)
PY

cat > read.mjs <<'JS'
import assert from "node:assert";
import fs from "node:fs";
import { unzipSync } from "fflate";
import unzipper from "unzipper";

async function frontToBack(path) {
  let pages = 0;
  try {
    const entries = fs.createReadStream(path).pipe(unzipper.Parse({ forceStream: true }));
    for await (const entry of entries) {
      let size = 0;
      for await (const chunk of entry) size += chunk.length;
      if (size === 50_000) pages += 1;
    }
  } catch (error) {
    return `${pages} of 3, ${error.message}`;
  }
  return `${pages} of 3`;
}

const broken = "1 of 3, invalid signature: 0xc350";
const expected = {
  zipfile: "3 of 3",
  "stream-zip-32": "3 of 3",
  "stream-zip-known": "3 of 3",
  "zipstream-ng": broken,
  "zipfile-zip64": broken,
  "stream-zip-64": broken,
};
for (const [name, outcome] of Object.entries(expected)) {
  const found = await frontToBack(`${name}.zip`);
  const directory = await unzipper.Open.file(`${name}.zip`);
  const byFflate = unzipSync(new Uint8Array(fs.readFileSync(`${name}.zip`)));
  console.log(`${name}: ${found}`);
  assert.strictEqual(found, outcome);
  assert.strictEqual(directory.files.length, 3);
  const sizes = Object.values(byFflate).map((page) => page.length);
  assert.deepStrictEqual(sizes, [50_000, 50_000, 50_000]);
}
JS
venv/bin/python write.py
node read.mjs
