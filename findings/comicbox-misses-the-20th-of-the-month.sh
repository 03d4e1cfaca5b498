#!/usr/bin/env bash
# comicbox 5.4.0 (the library inside the Codex server): what it reads out of <Notes>.
#
# Behaviour: the time of tagging is read on the days 1 to 19 of a month, and is missing from the
#            20th on. That goes for the note of ComicTagger and for the one that comicbox itself
#            writes. The tagger and the issue's identifier in the same note are read on any day.
#            An owner's words, however, are taken for a tagger's: "Bought on 2019-05-04 at a flea
#            market." is an update on that day, and "Tagged by hand on a Sunday." names "hand".
# Expected:  the documentation promises timestamps out of the notes, and the same note is read on
#            every day of the month. A test with a date of the first 19 days passes.
# Cause:     the pattern of the date allows 0 to 2 as the first digit of the month, and 0 or 1 as
#            that of the day: they are the wrong way round.
# Seen:      May 2024, with a time: days 1 to 19 of 31 by ComicTagger, the same 19 by comicbox;
#            tagger and identifier on 31 days
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv venv
venv/bin/pip install -qq --disable-pip-version-check comicbox==5.4.0 pillow==13.0.0

cat > notes.py <<'PY'
import zipfile

from comicbox.box import Comicbox
from PIL import Image

TAGGERS = {
    "ComicTagger 1.5.5": "Tagged with {tagger} using info from Comic Vine on 2024-05-{day:02}"
    " 10:20:30. [Issue ID 1234]",
    "comicbox 5.4.0": "Tagged with {tagger} on 2024-05-{day:02}T10:20:30Z [Issue ID 1234]"
    " urn:comicvine:issue:1234",
}


def read(notes: str) -> dict:
    """Return what comicbox makes of a comic with these notes."""
    with zipfile.ZipFile("comic.cbz", "w") as archive:
        with archive.open("001.jpg", "w") as file:
            Image.new("RGB", (60, 90)).save(file, "JPEG")
        archive.writestr(
            "ComicInfo.xml",
            "<ComicInfo><Title>Night</Title><Series>Lanterns</Series><Number>1</Number>"
            f"<Notes>{notes}</Notes></ComicInfo>",
        )
    with Comicbox("comic.cbz") as comic:
        return comic.to_dict()["comicbox"]


for tagger, form in TAGGERS.items():
    days = {day: read(form.format(tagger=tagger, day=day)) for day in range(1, 32)}
    dated = [day for day, comic in days.items() if "updated_at" in comic]
    print(f"{tagger}: a time on {len(dated)} days, {dated[0]} to {dated[-1]}")
    assert dated == list(range(1, 20))
    assert all(comic["tagger"] == tagger for comic in days.values())
    assert all(comic["identifiers"]["comicvine"]["key"] == "1234" for comic in days.values())

bought = read("Bought on 2019-05-04 at a flea market.")
print("bought on 2019-05-04:", bought["updated_at"])
assert str(bought["updated_at"]).startswith("2019-05-04")
by_hand = read("Tagged by hand on a Sunday.")
print("tagged by hand:", by_hand["tagger"])
assert by_hand["tagger"] == "hand"
PY
export HOME="$work" # comicbox keeps its configuration and cache there.
venv/bin/python notes.py 2> log.txt || { cat log.txt; exit 1; }
