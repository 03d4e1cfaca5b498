"""Parse XML documents that strangers wrote."""

from __future__ import annotations

from xml.etree.ElementTree import Element, ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring


def recovered_root(document: bytes) -> Element | None:
    """Return the root of the document, or None if it cannot be read.

    The document is untrusted: DTDs and entities are rejected.
    """
    try:
        return fromstring(document, forbid_dtd=True)
    except (ParseError, DefusedXmlException, ValueError, LookupError):
        return None
