"""Pages are sent with a policy for scripts, and over HTTPS with a promise to stay there."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.staticfiles import StaticFiles
from starlette.testclient import TestClient

from comic_downloads.web.api.middleware.api_paths import ApiPaths
from comic_downloads.web.api.middleware.security_headers import SecurityHeaders

SCRIPT = "\n  if (1 < 2) document.title = '&amp; “more”';\n"
MODULE = 'import "/assets/root.js";'


@pytest.fixture
def pages(tmp_path: Path) -> Path:
    (tmp_path / "queue").mkdir()
    (tmp_path / "index.html").write_text(
        f'<html><head><script src="/page.js"></script><script>{SCRIPT}</script></head></html>'
    )
    (tmp_path / "queue" / "index.html").write_text(f'<script type="module">{MODULE}</script>')
    return tmp_path


def client_of(pages: Path, *, serves_https: bool = False, built: bool = True) -> TestClient:
    app = Starlette()
    app.mount("/", StaticFiles(directory=pages, html=True))
    paths = ApiPaths(frozenset({"/api"}))
    return TestClient(
        SecurityHeaders(app, paths, serves_https=serves_https, pages=pages if built else None)
    )


def directives(policy: str) -> Iterator[tuple[str, list[str]]]:
    for directive in policy.split(";"):
        name, *sources = directive.split()
        yield name, sources


def hash_of(script: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()}'"


@pytest.mark.parametrize("address", ["/", "/queue/", "/not/there"])
def test_pages_run_their_own_scripts_only(pages: Path, address: str):
    policy = dict(directives(client_of(pages).get(address).headers["content-security-policy"]))
    assert set(policy["script-src"]) == {
        "'self'",
        "'unsafe-eval'",
        hash_of(SCRIPT),
        hash_of(MODULE),
    }
    assert policy["object-src"] == ["'none'"]


def test_server_without_built_pages_allows_no_inline_script(pages: Path):
    policy = client_of(pages, built=False).get("/").headers["content-security-policy"]
    assert dict(directives(policy))["script-src"] == ["'self'", "'unsafe-eval'"]


def test_http_interface_runs_no_script_at_all(pages: Path):
    policy = client_of(pages).get("/api/v1/me").headers["content-security-policy"]
    assert policy == "default-src 'none'; frame-ancestors 'none'"


@pytest.mark.parametrize("address", ["/", "/api/v1/me"])
def test_browsers_stay_with_https_if_the_address_has_it(pages: Path, address: str):
    headers = client_of(pages, serves_https=True).get(address).headers
    assert headers["strict-transport-security"] == "max-age=31536000"
    assert "strict-transport-security" not in client_of(pages).get(address).headers


@pytest.mark.parametrize("address", ["/", "/api/v1/me"])
def test_pages_are_kept_apart_and_without_sensors(pages: Path, address: str):
    headers = client_of(pages).get(address).headers
    assert headers["cross-origin-opener-policy"] == "same-origin"
    assert {"camera=()", "geolocation=()", "microphone=()"} <= set(
        headers["permissions-policy"].split(", ")
    )
