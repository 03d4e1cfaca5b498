"""Decode documents whose encoding is missing, wrong or mixed."""

from __future__ import annotations

import codecs
import re

# UTF-32 goes first: its mark begins with that of UTF-16.
_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_MARK = "\ufeff"
_LABEL = re.compile(rb"""<\?xml[^>]{0,100}?encoding\s*=\s*["']([\w.:-]{1,40})["']""")
_SEARCHED_BYTES = 1024
# The encodings that a label may choose. All agree with ASCII in the characters of markup, which
# others that Python knows, such as UTF-7, do not.
_LABELLED = re.compile(
    r"cp125\d|cp1251|iso8859-(?:[2-9]|1\d)|koi8-[ru]|mac-roman|cp(?:437|850|852|866|874|932|949|950)"
    r"|shift_jis(?:x0213|_2004)?|euc_(?:jp|kr|jis_2004)|iso2022_jp|gb2312|gbk|gb18030|big5(?:hkscs)?"
)
_UTF8_CHARACTER = re.compile(
    rb"[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}"
)
MAX_MIXED_BYTES = 1024**2  # Decoding wrong bytes one by one takes two seconds for a mebibyte.
_TAIL_BYTES = 3  # A character of UTF-8 has at most four bytes; so many may be left of the last.


def decoded(document: bytes) -> str:
    """Return the text of the document; no bytes fail.

    A byte order mark decides, then zero bytes, as only UTF-16 and UTF-32 have between letters. Text
    that is valid UTF-8 is UTF-8, whatever its label says. Otherwise the label decides, and without
    a useful one the text is Windows-1252, or UTF-8 in which single bytes are.
    """
    for mark, encoding in _MARKS:
        if document.startswith(mark):
            if encoding == "utf-8":
                return _eight_bits(document[len(mark) :]).lstrip(_MARK)
            return document.decode(encoding, "replace").lstrip(_MARK)
    wide = _wide_encoding(document[:_SEARCHED_BYTES])
    return document.decode(wide, "replace") if wide else _eight_bits(document)


def _wide_encoding(start: bytes) -> str:
    """Return the encoding of UTF-16 or UTF-32 whose zero bytes ``start`` has, or an empty text."""
    for encoding, width in (("utf-32-le", 4), ("utf-32-be", 4), ("utf-16-le", 2), ("utf-16-be", 2)):
        bracket = "<".encode(encoding)
        place = start.find(bracket)
        # Stray zero bytes are in a document, too; few characters of markup are beyond U+00FF.
        if place >= 0 and place % width == 0 and start.count(0) >= len(start) * (width - 1) // 3:
            return encoding
    return ""


def _eight_bits(document: bytes) -> str:
    try:
        return document.decode()
    except UnicodeDecodeError as error:
        if error.start >= len(document) - _TAIL_BYTES and error.reason == "unexpected end of data":
            return document[: error.start].decode()
    label = _label(document)
    if label:
        try:
            return document.decode(label)
        except UnicodeDecodeError:
            pass  # The label is wrong.
    if not _UTF8_CHARACTER.search(document):
        return document.decode("cp1252", "replace")
    is_short = len(document) <= MAX_MIXED_BYTES
    return document.decode("utf-8", "windows-1252-bytes" if is_short else "replace")


def _label(document: bytes) -> str:
    """Return the encoding that the XML declaration names, or an empty text if it is of no use."""
    found = _LABEL.search(document[:_SEARCHED_BYTES])
    if found is None:
        return ""
    try:
        name = codecs.lookup(found[1].decode()).name
    except LookupError:
        return ""
    return name if _LABELLED.fullmatch(name) else ""


def _as_windows_1252(error: UnicodeError) -> tuple[str, int]:
    """Replace wrong bytes of UTF-8 by the characters that they are in Windows-1252."""
    if not isinstance(error, UnicodeDecodeError):
        raise error
    wrong = error.object[error.start : error.end]
    return wrong.decode("cp1252", "replace"), error.end


codecs.register_error("windows-1252-bytes", _as_windows_1252)
