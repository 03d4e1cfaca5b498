"""The tables of formats are complete, and agree with each other."""

from __future__ import annotations

import pytest

from comic_downloads.domain.devices import DEVICES
from comic_downloads.domain.formats import FORMATS, Format, too_large_message
from comic_downloads.domain.options import ComicInfoSchema, PageNames, StripHandling
from comic_downloads.domain.presets import PRESETS
from comic_downloads.domain.quality import EMBEDDABLE_TYPES, IMAGE_FORMATS
from comic_downloads.packaging.formats import SPECS
from comic_downloads.web import labels


def test_every_format_has_its_facts_its_functions_and_its_words():
    assert list(FORMATS) == list(SPECS) == list(Format)
    assert set(labels.FORMATS) == set(Format)


def test_every_choice_has_its_words_and_no_word_is_left_over():
    assert [*labels.QUALITIES, *labels.DEVICES] == list(PRESETS)
    assert list(labels.DEVICES) == list(DEVICES)
    assert tuple(labels.IMAGE_FORMATS) == IMAGE_FORMATS
    assert list(labels.STRIPS) == list(StripHandling)
    assert list(labels.PAGE_NAMES) == list(PageNames)
    assert list(labels.COMIC_INFO_SCHEMAS) == list(ComicInfoSchema)


def test_extensions_and_media_types_tell_formats_apart():
    assert len({facts.extension for facts in FORMATS.values()}) == len(Format)
    assert len({facts.media_type for facts in FORMATS.values()}) == len(Format)


@pytest.mark.parametrize("format", Format)
def test_every_format_holds_what_every_document_holds(format: Format):
    assert all(format.facts.holds(media_type) for media_type in EMBEDDABLE_TYPES)


@pytest.mark.parametrize("format", Format)
def test_a_format_that_encodes_images_again_measures_them(format: Format):
    encodes = format.facts.embeddable_types is not None
    assert (SPECS[format].reencoded_bytes is not None) == encodes


@pytest.mark.parametrize("format", Format)
def test_only_a_format_that_holds_every_image_is_sent_while_it_is_packed(format: Format):
    assert SPECS[format].entries is None or format.facts.embeddable_types is None


def test_message_about_a_file_that_is_too_large_names_format_and_limit():
    assert too_large_message(Format.PDF).startswith("It would be a PDF of more than 10 GB,")
