"""A real nginx in front of a server."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.waiting import free_port, listens, wait_for

from .test_clients import need

# What an administrator writes who has not read the documentation.
PLAIN_LOCATION = (
    "location / { proxy_pass http://127.0.0.1:3000; proxy_set_header Host $http_host; }"
)


def documented_locations() -> str:
    """Return the blocks for nginx in docs/deployment.md."""
    page = (Path(__file__).parents[2] / "docs" / "deployment.md").read_text()
    return "".join(block.split("```")[0] for block in page.split("```nginx\n")[1:])


@contextmanager
def nginx_before(
    server: str, blobs: Path, folder: Path, locations: str | None = None
) -> Iterator[str]:
    """Start nginx, as the documentation sets it up or with other locations; yield its address."""
    folder.mkdir()
    port = free_port()
    paths = " ".join(
        f"{name}_temp_path {folder}/{name};"
        for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    here = (locations or documented_locations()).replace("http://127.0.0.1:3000", server)
    configuration = f"""
        daemon off; worker_processes 1; pid {folder}/pid; error_log {folder}/error.log; user root;
        events {{ worker_connections 64; }}
        http {{
          access_log off; sendfile on; {paths}
          server {{
            listen 127.0.0.1:{port};
            {here.replace("/path/of/DATA_DIR/storage", str(blobs))}
          }}
        }}"""
    (folder / "nginx.conf").write_text(configuration)
    process = subprocess.Popen(
        [need("nginx"), "-c", str(folder / "nginx.conf"), "-p", str(folder)],
        stderr=subprocess.DEVNULL,
    )
    try:
        wait_for("nginx to listen", lambda: listens(port))
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait()
