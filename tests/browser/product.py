"""The product as its users start it: the real command on free ports, with data of its own."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

from tests.waiting import answers, free_port, wait_for_server

ROOT = Path(__file__).parents[2]
START_TIMEOUT_SECONDS = 240  # the first build of the pages installs its packages
STOP_TIMEOUT_SECONDS = 20


class Product:
    """Run ``reflex run --env prod --single-port`` with its embedded worker, and further variables.

    ``root`` is the folder of its sources, and ``programs`` that of ``reflex``.
    """

    root = ROOT
    programs = Path(sys.executable).parent

    def __init__(self, folder: Path, library: Path, web_folder: Path, **variables: str) -> None:
        self.port = free_port()
        self.url = f"http://localhost:{self.port}"
        self.data = folder / "data"
        self.library = library
        self._log = folder / "product.log"
        self.web_folder = web_folder
        self.variables = variables
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start the product and wait for its answer. Raises RuntimeError with its output."""
        command = [
            str(self.programs / "reflex"),
            "run",
            "--env",
            "prod",
            "--single-port",
        ]
        ports = ["--frontend-port", str(self.port), "--backend-port", str(self.port)]
        environment = os.environ | {
            "DATA_DIR": str(self.data),
            "LIBRARY_DIR": str(self.library),
            "BASE_URL": self.url,
            "WORKER_PROCESSES": "1",
            "MIN_FREE_BYTES": "1MB",
            "REFLEX_WEB_WORKDIR": str(self.web_folder),
            "REFLEX_STATES_WORKDIR": str(self.data / "states"),
            **self.variables,
        }
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                [*command, *ports],
                cwd=self.root,
                env=environment,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        wait_for_server(f"{self.url}/health", self._process, self._log, START_TIMEOUT_SECONDS)

    def stop(self) -> None:
        """Stop the product as Ctrl-C does, and kill it after a while."""
        if self._process is None or self._process.poll() is not None:
            return
        os.killpg(self._process.pid, signal.SIGINT)
        try:
            self._process.wait(STOP_TIMEOUT_SECONDS)
        except subprocess.TimeoutExpired:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()

    @property
    def process_id(self) -> int:
        """The process that was started; the others are its descendants."""
        assert self._process is not None
        return self._process.pid

    def output(self) -> str:
        return self._log.read_text(errors="replace")

    def answers(self) -> bool:
        return answers(f"{self.url}/health")
