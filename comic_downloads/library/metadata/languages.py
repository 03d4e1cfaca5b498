"""Codes of languages whose names documents write."""

from __future__ import annotations

# ISO 639-1, by the English name and by the language's own.
_CODES = {
    "arabic": "ar",
    "bulgarian": "bg",
    "catalan": "ca",
    "català": "ca",
    "chinese": "zh",
    "中文": "zh",
    "croatian": "hr",
    "czech": "cs",
    "danish": "da",
    "dutch": "nl",
    "nederlands": "nl",
    "english": "en",
    "finnish": "fi",
    "french": "fr",
    "français": "fr",
    "german": "de",
    "deutsch": "de",
    "greek": "el",
    "hebrew": "he",
    "hindi": "hi",
    "hungarian": "hu",
    "indonesian": "id",
    "italian": "it",
    "italiano": "it",
    "japanese": "ja",
    "日本語": "ja",
    "korean": "ko",
    "한국어": "ko",
    "norwegian": "no",
    "polish": "pl",
    "polski": "pl",
    "portuguese": "pt",
    "português": "pt",
    "romanian": "ro",
    "russian": "ru",
    "русский": "ru",
    "serbian": "sr",
    "slovak": "sk",
    "spanish": "es",
    "español": "es",
    "swedish": "sv",
    "svenska": "sv",
    "thai": "th",
    "turkish": "tr",
    "ukrainian": "uk",
    "vietnamese": "vi",
}


def language_code(text: str) -> str:
    """Return the code of the language with this name, or the text if it is no name known here."""
    return _CODES.get(text.strip().casefold(), text.strip())
