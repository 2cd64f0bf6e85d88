"""What the tests share: a build of the sample, one of the real table where there is one, and clients over them."""

import os
import shutil
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import httpx2
import pytest

from moviesmlops.data import SAMPLE
from moviesmlops.pipeline import make_build

COMMAND = str(Path(sys.executable).with_name("moviesmlops"))
REAL_FOLDER = os.environ.get("MOVIES_REAL_DATA")
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
ARGUMENTS = [
    "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update", "--disable-sync",
    "--no-first-run",
]  # fmt: skip


@pytest.fixture(scope="session")
def sample_build(tmp_path_factory) -> Path:
    return make_build("sample", tmp_path_factory.mktemp("sample") / "build", report=False)


@pytest.fixture(scope="session")
def reported(tmp_path_factory) -> Path:
    """A build with its report and its site: the one that MOVIES_REPORTED names, else one of the sample."""
    if built := os.environ.get("MOVIES_REPORTED"):
        return Path(built)
    return make_build("sample", tmp_path_factory.mktemp("reported") / "build")


@pytest.fixture(scope="session")
def real_table() -> Path:
    table = Path(REAL_FOLDER or "", "movies_metadata.csv.gz")
    if not REAL_FOLDER or not table.exists():
        pytest.skip("needs the real table: set MOVIES_REAL_DATA to the folder that holds it")
    return table


@pytest.fixture(scope="session")
def real_build(real_table, tmp_path_factory) -> Path:
    return make_build(str(real_table), tmp_path_factory.mktemp("real") / "build", report=False)


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


@contextmanager
def serving(build: Path, program: str = COMMAND, folder: Path | None = None, log: int | IO = subprocess.DEVNULL):
    """A client of a server of its own over a build, as a user would start it."""
    port = free_port()
    command = [program, "serve", "--build", str(build), "--port", str(port)]
    server = subprocess.Popen(command, stdout=log, cwd=folder)
    try:
        with httpx2.Client(base_url=f"http://127.0.0.1:{port}", timeout=30) as client:
            wait_for(client, server)
            client.process = server.pid
            yield client
    finally:
        server.terminate()
        server.wait(10)


def wait_for(client: httpx2.Client, server: subprocess.Popen) -> None:
    """Until the server answers; a server that stopped instead is an error at once."""
    for _ in range(300):
        assert server.poll() is None, "the server stopped; its message is above"
        try:
            client.get("/salud")
            return
        except httpx2.ConnectError:
            time.sleep(0.1)
    raise AssertionError("the server did not answer within 30 seconds")


@pytest.fixture(scope="session")
def client(sample_build):
    with serving(sample_build) as client:
        yield client


@pytest.fixture(scope="session")
def real_client(real_build):
    with serving(real_build) as client:
        yield client


@pytest.fixture(scope="session", params=["sample", "real"])
def table_and_client(request) -> tuple[Path, httpx2.Client]:
    """A raw table and the API over what was made of it: the sample's, then the real one's."""
    if request.param == "sample":
        return SAMPLE, request.getfixturevalue("client")
    return request.getfixturevalue("real_table"), request.getfixturevalue("real_client")


@pytest.fixture(scope="session")
def browser():
    if not CHROMIUM:
        pytest.skip("needs a browser: apt-get install chromium")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        browser.close()
