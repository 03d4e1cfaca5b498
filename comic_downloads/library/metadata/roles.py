"""The words that formats of metadata have for what a person did."""

from __future__ import annotations

import re

from ...domain.library import CreatorRole

# English words, and the MARC relator codes that EPUB uses. The first that matches counts.
_WORDS = (
    (r"translat\w*|trl", CreatorRole.TRANSLATOR),
    (r"cover.*|.*cover|cov", CreatorRole.COVER_ARTIST),
    (r"(?:.* )?edit\w*(?: .*)?|edt", CreatorRole.EDITOR),
    (r"letter\w*|cll", CreatorRole.LETTERER),
    (r"colou?r\w*(?: .*)?|gr[ae]y tone|clr", CreatorRole.COLORIST),
    (r"ink\w*(?: .*)?|embellisher|finishe[rs]", CreatorRole.INKER),
    (
        r"pencil\w*|(?:.* )?artist|art|illustrat\w*|ill|drawings?|breakdowns|layouts",
        CreatorRole.PENCILLER,
    ),
    (
        r"(?:.* )?writer|author|script\w*|story|plot\w*|interviewer|creator|aut|aus|cre",
        CreatorRole.WRITER,
    ),
)


def role_of(word: str) -> CreatorRole | None:
    """Return the role that the word or code means, or None if it means another kind of work."""
    text = " ".join(re.split(r"[\s_-]+", word.casefold())).strip()
    return next((role for words, role in _WORDS if re.fullmatch(words, text)), None)
