"""Pages are built once, are the same on every machine, and need no Node once they are built."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest
from reflex_base.constants import PackageJson

from comic_downloads.web.page_address import complete_paths
from comic_downloads.web.page_build import ROOT, STAMP, are_pages_built
from comic_downloads.web.page_connection import withstand_bad_lines
from comic_downloads.web.page_packages import packages_to_add
from tests.browser.machines import (
    STATIC,
    assets_of,
    copy_packages,
    copy_sources,
    digests,
    programs_without_node,
)
from tests.browser.product import Product
from tests.waiting import wait_for


@pytest.fixture
def pages(image: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of built pages, which Reflex takes for its web folder."""
    web = shutil.copytree(image / ".web", tmp_path / "pages")
    monkeypatch.setenv("REFLEX_WEB_WORKDIR", str(web))
    return web


@pytest.fixture
def started(product: Product, tmp_path: Path) -> Iterator[Callable[[Path, Path], Product]]:
    """Starts a product from a folder of sources with a folder of programs."""
    running: list[Product] = []

    def start(root: Path, programs: Path) -> Product:
        other = Product(tmp_path, product.library, root / ".web")
        other.root, other.programs = root, programs
        if programs != Product.programs:
            other.variables = {"PATH": str(programs), "HOME": str(tmp_path)}
        running.append(other)
        other.start()
        return other

    yield start
    for other in running:
        other.stop()


def test_styles_are_small(product: Product):
    sheets = list((product.web_folder / STATIC / "assets").glob("*.css.gz"))
    assert 0 < sum(sheet.stat().st_size for sheet in sheets) < 30_000


def test_machines_build_the_same_names_and_bytes(product: Product, image: Path):
    """They differ in their folder, port, BASE_URL and in what Python's hashes begin with."""
    here, there = digests(product.web_folder / STATIC), digests(image / ".web" / STATIC)
    assert len(here) > 50
    assert here == there


def test_image_starts_without_node_and_builds_nothing(
    image: Path, tmp_path: Path, started: Callable[[Path, Path], Product]
):
    programs = programs_without_node(tmp_path / "environment")
    assert shutil.which("node", path=str(programs)) is None
    before = digests(image / ".web" / STATIC)
    written = (image / ".web" / STAMP).stat().st_mtime_ns

    product = started(image, programs)

    assert all_assets_are_served(product)
    assert digests(image / ".web" / STATIC) == before
    assert (image / ".web" / STAMP).stat().st_mtime_ns == written
    assert not (image / ".web" / "node_modules").exists()


@pytest.mark.parametrize("name", ["package.json", "package-lock.json"])
def test_build_leaves_the_locked_packages_as_they_are(product: Product, name: str):
    assert (product.web_folder / name).read_bytes() == (ROOT / "reflex.lock" / name).read_bytes()


@pytest.mark.parametrize("packages", [PackageJson.DEPENDENCIES, PackageJson.DEV_DEPENDENCIES])
def test_lock_pins_the_versions_that_reflex_wants(packages: dict[str, str]):
    assert packages_to_add(packages) == set()


def test_whole_pages_count_as_built(pages: Path):
    assert are_pages_built()


def _no_stamp(web: Path) -> None:
    (web / STAMP).unlink()


def _half_a_stamp(web: Path) -> None:
    (web / STAMP).write_text((web / STAMP).read_text()[:40])


def _stamp_of_other_sources(web: Path) -> None:
    stamp = json.loads((web / STAMP).read_text())
    (web / STAMP).write_text(json.dumps({**stamp, "sources": "0" * 64}))


def _half_a_script(web: Path) -> None:
    script = next((web / STATIC / "assets").glob("root-*.js"))
    script.write_bytes(script.read_bytes()[:1000])


def _page_is_missing(web: Path) -> None:
    (web / STATIC / "downloads" / "index.html").unlink()


def _routes_are_missing(web: Path) -> None:
    shutil.rmtree(web / "backend")


@pytest.mark.parametrize(
    "damage",
    [
        _no_stamp,
        _half_a_stamp,
        _stamp_of_other_sources,
        _half_a_script,
        _page_is_missing,
        _routes_are_missing,
    ],
)
def test_damaged_pages_do_not_count_as_built(pages: Path, damage: Callable[[Path], None]):
    damage(pages)
    assert not are_pages_built()


@pytest.mark.parametrize(
    ("changed", "variables"),
    [
        ("comic_downloads/web/pages/unknown.py", {}),
        ("assets/style.css", {}),
        ("reflex.lock/package-lock.json", {}),
        ("rxconfig.py", {}),
        (None, {"VITE_MINIFY": "false"}),
    ],
)
def test_changed_sources_and_switches_need_a_build(
    image: Path, tmp_path: Path, changed: str | None, variables: dict[str, str]
):
    root = shutil.copytree(image, tmp_path / "sources")
    assert counts_as_built(root)
    if changed:
        with (root / changed).open("a") as file:
            file.write("\n")
    assert not counts_as_built(root, **variables)


def counts_as_built(root: Path, **variables: str) -> bool:
    code = (
        "import rxconfig\n"
        "from comic_downloads.web.page_build import are_pages_built\n"
        "print(are_pages_built())"
    )
    environment = {**os.environ, **variables, "DATA_DIR": str(root / "data")}
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=root,
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.strip() == "True"


def test_killed_build_is_done_again(
    product: Product, tmp_path: Path, started: Callable[[Path, Path], Product]
):
    root = copy_sources(tmp_path / "killed")
    copy_packages(product.web_folder, root / ".web")
    command = [
        str(Product.programs / "reflex"),
        "export",
        "--env",
        "prod",
        "--frontend-only",
        "--no-zip",
    ]
    environment = {**os.environ, "DATA_DIR": str(tmp_path / "data")}
    build = subprocess.Popen(
        command, cwd=root, env=environment, stdout=subprocess.DEVNULL, start_new_session=True
    )
    wait_for("the first built files", lambda: (root / ".web" / STATIC).exists(), 120, every=0.01)
    os.killpg(build.pid, signal.SIGKILL)
    build.wait()
    assert not (root / ".web" / STAMP).exists()

    again = started(root, Product.programs)

    assert all_assets_are_served(again)
    assert (root / ".web" / STAMP).exists()
    assert digests(root / ".web" / STATIC) == digests(product.web_folder / STATIC)


def all_assets_are_served(product: Product) -> bool:
    with httpx.Client(base_url=product.url) as client:
        assets = assets_of(client.get("/").raise_for_status().text)
        return bool(assets) and all(client.get(asset).is_success for asset in assets)


@pytest.mark.parametrize(
    ("change", "module"),
    [(complete_paths, "page_address"), (withstand_bad_lines, "page_connection")],
)
def test_changed_reflex_is_named(change: Callable[[str], str], module: str):
    with pytest.raises(RuntimeError, match=rf"{module}\.py"):
        change("export const getBackendURL = (url) => fetch(url);")
