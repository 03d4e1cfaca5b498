"""A reading app's view of the catalogue of an account."""

from __future__ import annotations

import base64
from xml.etree import ElementTree

from fastapi.testclient import TestClient
from httpx import Response

ATOM = "{http://www.w3.org/2005/Atom}"
SEARCH = "{http://a9.com/-/spec/opensearch/1.1/}"
OPDS = "{http://opds-spec.org/2010/catalog}"
PSE = "{http://vaemendis.net/opds-pse/ns}"
ACQUISITION = "http://opds-spec.org/acquisition"


def basic(username: str, secret: str) -> dict[str, str]:
    """Return the header of somebody who signs in with a name and a secret."""
    encoded = base64.b64encode(f"{username}:{secret}".encode()).decode()
    return {"Authorization": f"Basic {encoded}"}


class App:
    """A reading app that is signed in by HTTP Basic, without cookies."""

    def __init__(self, client: TestClient, username: str, secret: str) -> None:
        self._client = client
        self._headers = basic(username, secret)

    def get(self, address: str, method: str = "GET", **headers: str) -> Response:
        """Send a request."""
        sent = self._headers | {name.replace("_", "-"): text for name, text in headers.items()}
        return self._client.request(method, address, headers=sent)

    def feed(self, address: str) -> ElementTree.Element:
        """Return the root element of a feed."""
        answer = self.get(address)
        assert answer.status_code == 200, answer.text
        assert answer.headers["content-type"].startswith("application/atom+xml;")
        return ElementTree.fromstring(answer.content)


def entries(feed: ElementTree.Element) -> dict[str, ElementTree.Element]:
    """Return the entries of a feed by their titles."""
    return {text(entry, "title"): entry for entry in feed.findall(f"{ATOM}entry")}


def text(element: ElementTree.Element, tag: str) -> str:
    """Return the text of the first Atom element of this name."""
    return element.findtext(f"{ATOM}{tag}") or ""


def links(element: ElementTree.Element, rel: str) -> list[dict[str, str]]:
    """Return the attributes of the links of this relation."""
    return [dict(link.attrib) for link in element.findall(f"{ATOM}link") if link.get("rel") == rel]


def href(element: ElementTree.Element, rel: str) -> str:
    """Return the address of the only link of this relation."""
    (link,) = links(element, rel)
    return link["href"]


def acquisitions(entry: ElementTree.Element) -> dict[str, dict[str, str]]:
    """Return the files of an entry by the titles of their links."""
    return {link["title"]: link for link in links(entry, ACQUISITION)}
