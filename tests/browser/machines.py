"""Stand-ins for other machines: copies of the product in folders of their own, built or not."""

from __future__ import annotations

import hashlib
import os
import re
import shlex
import shutil
import subprocess
import sys
import sysconfig
import venv
from pathlib import Path

ROOT = Path(__file__).parents[2]
FILES = ("alembic", "assets", "comic_downloads", "reflex.lock", "alembic.ini", "rxconfig.py")
STATIC = Path("build") / "client"


def copy_sources(folder: Path) -> Path:
    """Copy what an image holds of the repository into the folder, and return it."""
    folder.mkdir(parents=True)
    for name in FILES:
        if (ROOT / name).is_dir():
            unwanted = shutil.ignore_patterns("__pycache__", "external")
            shutil.copytree(ROOT / name, folder / name, ignore=unwanted)
        else:
            shutil.copy(ROOT / name, folder)
    return folder


def copy_packages(built: Path, target: Path) -> None:
    """Copy the web folder with its JavaScript packages, but without the pages built in it."""

    def built_files(folder: str, names: list[str]) -> set[str]:
        return {"build", "backend", "pages.json"} & set(names) if Path(folder) == built else set()

    shutil.copytree(built, target, symlinks=True, ignore=built_files)


def build_as_in_image(root: Path, **variables: str) -> None:
    """Run the command of the Dockerfile that builds the pages and removes all they do not need."""
    found = re.search(
        r"^RUN (.*reflex export(?:.*\\\n)*.*)$", (ROOT / "Dockerfile").read_text(), re.MULTILINE
    )
    assert found is not None
    command = found[1].replace("/tmp/data", shlex.quote(str(root / "data")))
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    environment = {**os.environ, **variables, "PATH": path}
    environment.pop("REFLEX_WEB_WORKDIR", None)
    done = subprocess.run(
        ["bash", "-c", command],
        cwd=root,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def programs_without_node(folder: Path) -> Path:
    """Make an environment with these packages but no Node, and return its folder of programs."""
    venv.create(folder)
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    site_packages = folder / "lib" / version / "site-packages"
    (site_packages / "these.pth").write_text(sysconfig.get_path("purelib"))
    script = folder / "bin" / "reflex"
    script.write_text(f"#!{folder}/bin/python\nfrom reflex.reflex import cli\n\ncli()\n")
    script.chmod(0o755)
    return script.parent


def digests(folder: Path) -> dict[str, str]:
    """Return the SHA-256 of every file below the folder, by name."""
    files = (path for path in folder.rglob("*") if path.is_file())
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in files
    }


def assets_of(page: str) -> set[str]:
    """Return the paths of the built files that a page names."""
    return set(re.findall(r"/assets/[\w.$-]+\.(?:js|css)", page))
