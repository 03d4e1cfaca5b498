"""The words that mark places in a series, in the languages of their readers.

All of them are in lower case. A word that is also common in titles is in a group of its own.
"""

from __future__ import annotations

from enum import StrEnum


class Kind(StrEnum):
    """What the number behind or before a mark counts.

    A name's number is its chapter or issue. ``EPISODE`` holds words that count chapters in some
    names and belong to the title in others; ``PART`` counts only where nothing else does.
    """

    VOLUME = "volume"
    BOOK = "book"
    CHAPTER = "chapter"
    EPISODE = "episode"
    ISSUE = "issue"
    NUMBER = "number"
    PART = "part"
    SPECIAL = "special"


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# A number follows, with or without a dot, a blank or a hyphen between: “Vol. 3”, “Ch-12”.
BEFORE_NUMBER = {
    Kind.VOLUME: _words(
        "vol vols volume volumes volum volumul volumen volumens"
        " tome tomes tom tomo tomos tomi band bände bd bde deel dl bind"
        " svazek kötet cilt tập jilid τόμος כרך مجلد"
        " том тома томов vол 시즌 เล่ม เล่มที่ 卷 巻"
    ),
    Kind.BOOK: _words("book books buch livre libro livro boek bok księga книга книги"),
    Kind.CHAPTER: _words(
        "ch chs cap caps chp chap chaps chapter chapters chapitre chapitres"
        " capitulo capítulo capitulos capítulos capitolo capitoli kapitel kap hoofdstuk"
        " rozdział rozdzial kapitola fejezet"
        " bölüm chương bab capitolul luku κεφάλαιο פרק فصل الفصل розділ глава главы глав гл"
        " ตอน ตอนที่ บท บทที่"
    ),
    Kind.EPISODE: _words(
        "ep eps episode episodes épisode épisodes episodio episódio folge epizod odcinek эпизод"
        " серия"
    ),
    Kind.ISSUE: _words("# № issue issues iss fascicule heft τεύχος sayı выпуск выпуски вып"),
    Kind.NUMBER: _words(
        "no nos nr nrs num numărul número numero numeri núm nummer numer ausgabe"
        " n° nº n. номер číslo"
    ),
    Kind.PART: _words("part parts pt pts partie teil parte część часть osa díl"),
}

# A single letter touches its number, but for a dot: “T02”, “c. 5”.
LETTERS = {
    "v": Kind.VOLUME,
    "t": Kind.VOLUME,
    "т": Kind.VOLUME,
    "c": Kind.CHAPTER,
    "s": Kind.VOLUME,
    "e": Kind.EPISODE,
}

# Numbers in words, behind a word for a volume or a chapter: “Vol. II”, “Book One”.
NUMERALS = {
    word: value
    for words in (
        ("i", "ii", "iii", "iv", "v", "vi", "vii", "viii", "ix", "x"),
        ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"),
    )
    for value, word in enumerate(words, 1)
}

# Special issues: “HS 2” (hors-série), “SP01”.
SPECIAL_CODES = _words("sp hs")

# The number stands before the mark: “2 глава”, “第3巻”, “12화”.
AFTER_NUMBER = {
    Kind.VOLUME: _words("巻 卷 冊 册 部 권 부 том тома volume tome"),
    Kind.CHAPTER: _words("話 话 回 章 화 회 장 節 节 集 глава главы chapter"),
    Kind.ISSUE: _words("号 號 호 выпуск"),
}

OF_WORDS = _words("of de di von van z sur из av af out")

# Text between a series and a number that belongs to the series at the top level: “X Annual 1”.
SPECIALS = _words(
    "annual annuals special specials giant-size fcbd extra extras omake gaiden holiday king-size"
)

# What scanners add to names; not part of a title.
RELEASE_TAGS = _words(
    "c2c noads digital digital-hd webrip web-rip scan scans fixed repaired variant variants hd hq"
    " noad hybrid rip ctc"
)

MONTHS = _words(
    "jan feb mar apr may jun jul aug sep sept oct nov dec january february march april june july"
    " august september october november december spring summer fall autumn winter"
    " janvier février mars avril mai juin juillet août septembre octobre novembre décembre"
    " januar februar märz juni juli oktober dezember"
    " enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre"
)

# Folders that say in which language the comics in them are.
LANGUAGES = _words(
    "english french german spanish italian portuguese dutch russian japanese korean"
    " chinese polish français deutsch español italiano português nederlands русский 日本語"
    " 한국어 中文 polski en fr de es it pt nl ru ja jp ko zh pl"
)

# Folders of comics that stand beside the run of their series, and what one of these is called.
BRANCH_FOLDERS = {
    **dict.fromkeys(("annual", "annuals"), "Annual"),
    **dict.fromkeys(("special", "specials"), "Special"),
    **dict.fromkeys(("one-shot", "one-shots", "oneshot", "oneshots", "one shots"), "One-Shot"),
    **dict.fromkeys(("extra", "extras", "bonus"), "Extra"),
    "omake": "Omake",
    **dict.fromkeys(("hors-série", "hors-séries", "hors série"), "Hors-série"),
}

# Folders that hold series of all kinds, so that they tell no two series of a title apart.
SHELVES = _words(
    "library libraries download downloads downloaded completed complete finished ongoing reading"
    " read unread backup backups archive archives temp tmp inbox import imports imported uploads"
    " collection collections shared media"
)

# Folders that sort the comics of the folder above them.
CONTAINERS = frozenset(
    {
        *LANGUAGES,
        *_words(
            "special specials annual annuals tpb tpbs trade trades collected extra extras omake"
            " one-shot one-shots oneshot oneshots chapter chapters volume volumes issue issues"
            " single singles artbook artbooks art bonus omnibus omnibuses hardcover hardcovers hc"
            " kapitel chapitres tomes bände hors-série hors-séries misc other others unsorted"
            " comics comic manga manhwa manhua webtoon webtoons bd bds graphic-novels books new"
            " incoming raw raws # 0-9"
        ),
        "main series",
        "art books",
        "graphic novels",
        "comic books",
        "one shots",
        "trade paperbacks",
        "hors série",
    }
)

# “Season 2” and “Arc 1 - Dawn” are folders of chapters; in a file's name they belong to the series.
SEASONS = _words("season saison staffel temporada stagione seizoen сезон シーズン 시즌")
ARCS = _words("arc arco saga cycle")
