"""Record what an earlier version wrote, for ``test_upgrade.py``.

Run it in a checkout of that version, here commit 8790258, with this folder as its first argument:

    PYTHONPATH=. python THIS_FOLDER/record.py THIS_FOLDER

It fills a library through that version's own HTTP interface and worker, and writes
``database.sql``, with the rows, and ``record.json``, with the answers and the stored file.
"""

# The names that are imported in functions exist in the earlier version.
# pyright: reportMissingImports=false, reportAttributeAccessIssue=false
# pyright: reportArgumentType=false, reportCallIssue=false

from __future__ import annotations

import base64
import json
import sqlite3
import sys
import tempfile
from pathlib import Path
from typing import Any

FOREVER = 3_000_000_000
PASSWORD = "a long enough password"
SECRET_KEY = "the key of the earlier version"


def main(folder: Path) -> None:
    sys.path.insert(0, str(folder))
    from library_files import write_library

    home = Path(tempfile.mkdtemp())
    (home / "library").mkdir()
    write_library(home / "library")
    context = _context(home)
    record = _use(context)
    context.db.dispose()
    data = home / "data"
    record["stored"] = {
        str(path.relative_to(data)): base64.b64encode(path.read_bytes()).decode()
        for path in (data / "storage" / "artifacts").rglob("*")
        if path.is_file()
    }
    (folder / "record.json").write_text(json.dumps(record, indent=1))
    with sqlite3.connect(data / "comic_downloads.db") as connection:
        (folder / "database.sql").write_text("\n".join(connection.iterdump()) + "\n")


def _context(home: Path) -> Any:
    from comic_downloads.settings import Settings
    from comic_downloads.wiring import build_context

    return build_context(
        Settings(
            data_dir=home / "data",
            library_dir=home / "library",
            secret_key=SECRET_KEY,
            base_url="http://comics.test",
            link_ttl_seconds=FOREVER,
            artifact_ttl_seconds=FOREVER,
            session_ttl_seconds=FOREVER,
            min_free_bytes=0,
        )
    )


def _use(context: Any) -> dict[str, Any]:
    """Scan, prepare, link and share as a user does, and return the answers."""
    from comic_downloads.usecases.scan_library import request_scan, run_requested_scans
    from fastapi.testclient import TestClient

    from comic_downloads.usecases.accounts import create_owner
    from comic_downloads.web.api.app import create_api

    create_owner(context, "olga", PASSWORD)
    request_scan(context)
    run_requested_scans(context, lambda: False)
    client = TestClient(create_api(context), base_url="http://comics.test")
    client.post("/api/v1/session", json={"username": "olga", "password": PASSWORD})
    comics = client.get("/api/v1/comics").json()["items"]
    series = client.get("/api/v1/series").json()["items"]
    by_path = {
        client.get(f"/api/v1/comics/{one['id']}").json()["path"]: one["id"] for one in comics
    }
    ids = {one["title"]: one["id"] for one in series}
    ready = _order(client, comic_ids=[by_path["Nova/Nova 001.cbz"]], format="cbz")
    _prepare(context)
    link = client.post(f"/api/v1/downloads/{ready}/link").json()["url"]
    shares = [
        client.post("/api/v1/shares", json={"series_id": id_, "password": "let me in"}).json()
        for id_ in ids.values()
    ]
    token = client.post("/api/v1/tokens", json={"name": "script"}).json()["secret"]
    queued = _order(client, comic_ids=[by_path["Loose pages"]], format="pdf")
    return {
        "comics": by_path,
        "series": ids,
        "ready": client.get(f"/api/v1/downloads/{ready}").json(),
        "queued": queued,
        "link": link,
        "shares": shares,
        "token": token,
        "cookies": dict(client.cookies),
        "file": base64.b64encode(client.get(link).content).decode(),
    }


def _order(client: Any, **wishes: Any) -> str:
    answer = client.post("/api/v1/downloads", json={"quality": "original", **wishes})
    assert answer.is_success, answer.text
    return answer.json()["id"]


def _prepare(context: Any) -> None:
    from comic_downloads.usecases.maintain import new_worker_id
    from comic_downloads.usecases.prepare_download import WorkerHooks, prepare_next

    hooks = WorkerHooks(new_worker_id(context), lambda: False, abandon=lambda: None)
    assert prepare_next(context, hooks)


if __name__ == "__main__":
    main(Path(sys.argv[1]).resolve())
