#!/usr/bin/env bash
# comicbox 5.4.0 (the library inside the Codex server): LanguageISO of ComicInfo.xml.
#
# Behaviour: a language with a region or a script (en-US, pt-BR, zh-Hant) is dropped with a warning,
#            and rewriting the metadata, for whatever reason, deletes the element from the file.
#            A bare code stays; a three-letter code becomes the two-letter one.
# Expected:  the ComicInfo documentation recommends IETF BCP 47 tags, so that Traditional and
#            Simplified Chinese can be told apart; Brazilian and European Portuguese need them as
#            well. The least one would guess is that "pt-BR" falls back to "pt".
# Seen:      en->en eng->en ja->ja und->und | en-US->none pt-BR->none zh-Hant->none es-419->none
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv venv
venv/bin/pip install -qq --disable-pip-version-check comicbox==5.4.0 pillow==13.0.0

cat > rewrite.py <<'PY'
import subprocess
import sys
import zipfile
from pathlib import Path
from xml.etree import ElementTree

from PIL import Image


def rewritten(language: str) -> str:
    """Return the language that is left after comicbox has added a genre."""
    comic = Path("comic.cbz")
    with zipfile.ZipFile(comic, "w") as archive:
        with archive.open("001.jpg", "w") as file:
            Image.new("RGB", (60, 90)).save(file, "JPEG")
        archive.writestr(
            "ComicInfo.xml",
            "<ComicInfo><Series>Lanterns</Series><Number>1</Number>"
            f"<LanguageISO>{language}</LanguageISO></ComicInfo>",
        )
    comicbox = Path(sys.prefix, "bin", "comicbox")
    arguments = ["-QQQ", "--metadata", "genres: [Drama]", "--write", "cix", comic]
    subprocess.run([comicbox, *arguments], check=True, capture_output=True)
    root = ElementTree.fromstring(zipfile.ZipFile(comic).read("ComicInfo.xml"))
    assert root.findtext("Genre") == "Drama"
    return root.findtext("LanguageISO") or "none"


kept = {"en": "en", "eng": "en", "ja": "ja", "und": "und"}
dropped = ["en-US", "pt-BR", "zh-Hant", "es-419"]
seen = {language: rewritten(language) for language in [*kept, *dropped]}
print(*(f"{before}->{after}" for before, after in seen.items()))
assert seen == kept | dict.fromkeys(dropped, "none")
PY
export HOME="$work" # comicbox keeps its configuration and cache there.
venv/bin/python rewrite.py
