#!/usr/bin/env bash
# comicbox 5.4.0 (the library inside the Codex server): AgeRating of ComicInfo.xml.
#
# Behaviour: adding a genre lowers the age rating of an adult comic, and adding another genre lowers
#            it again: X18+ becomes R18+, then Mature 17+. R18+ becomes Mature 17+ at once.
# Expected:  comicbox knows all fifteen ratings of ComicInfo and has no other value to choose.
#            Servers keep comics from accounts of young people by this element. Even if ratings are
#            stored on a coarser scale, rewriting what comicbox wrote itself should change nothing.
# Cause:     ratings pass through the scale of MetronInfo, even from ComicInfo to ComicInfo. Its
#            "Explicit" comes from X18+ but is written as R18+, and R18+ is read as "Mature".
# Seen:      Adults Only 18+, Mature 17+ and Teen stay; PG -> Teen -> Teen;
#            R18+ -> Mature 17+ -> Mature 17+; X18+ -> R18+ -> Mature 17+
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv venv
venv/bin/pip install -qq --disable-pip-version-check comicbox==5.4.0 pillow==13.0.0

cat > make_comics.py <<'PY'
import zipfile

from PIL import Image

for rating in ("Adults Only 18+", "Mature 17+", "PG", "R18+", "Teen", "X18+"):
    with zipfile.ZipFile(f"{rating}.cbz", "w") as archive:
        with archive.open("001.jpg", "w") as file:
            Image.new("RGB", (60, 90)).save(file, "JPEG")
        archive.writestr(
            "ComicInfo.xml",
            "<ComicInfo><Series>Lanterns</Series><Number>1</Number>"
            f"<AgeRating>{rating}</AgeRating></ComicInfo>",
        )
PY

cat > ratings.py <<'PY'
import zipfile
from pathlib import Path
from xml.etree import ElementTree


def rating(path: Path) -> str | None:
    """Return the age rating of a comic."""
    return ElementTree.fromstring(zipfile.ZipFile(path).read("ComicInfo.xml")).findtext("AgeRating")


for path in sorted(Path().glob("*.cbz")):
    print(f"{path.stem} -> {rating(path)}")
PY

export HOME="$work" # comicbox keeps its configuration and cache there.
venv/bin/python make_comics.py
venv/bin/comicbox -QQQ --metadata "genres: [Drama]" --write cix ./*.cbz > log.txt 2>&1
venv/bin/python ratings.py > once.txt
venv/bin/comicbox -QQQ --metadata "genres: [Comedy]" --write cix ./*.cbz > log.txt 2>&1
venv/bin/python ratings.py > twice.txt
echo "after one genre:" && cat once.txt
echo "after two genres:" && cat twice.txt

kept="Adults Only 18+ -> Adults Only 18+
Mature 17+ -> Mature 17+
PG -> Teen
R18+ -> Mature 17+
Teen -> Teen"
test "$(cat once.txt)" = "$kept
X18+ -> R18+"
test "$(cat twice.txt)" = "$kept
X18+ -> Mature 17+"
