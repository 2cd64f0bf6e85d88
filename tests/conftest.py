"""Shared fixtures: builds, which are made once per test run, and clients of the API and of servers."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from filelock import FileLock
from starlette.testclient import TestClient

import markup
from moviesmlops.sources import SAMPLE_PATH
from moviesmlops.pipeline import make_build
from moviesmlops.report import make_build_with_report
from support import REAL, REAL_DATA, api_client, run_server

BROWSERS = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")  # the first is twice as fast
CHROMIUM = next(filter(None, map(shutil.which, BROWSERS)), None)
ARGUMENTS = [
    "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update", "--disable-sync",
    "--no-first-run",
]  # fmt: skip


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark tests that need a browser or the real table, and run tests that need a report first."""
    for item in items:
        for fixture, mark in (("browser", "browser"), ("real_table", "real")):
            if fixture in item.fixturenames:
                item.add_marker(mark)
    items.sort(key=lambda item: "report_build" not in item.fixturenames)


@pytest.fixture(scope="session")
def make_once(tmp_path_factory):
    """A function that makes a build once per test run, shared by the parallel workers."""
    folder = tmp_path_factory.getbasetemp()
    folder = folder.parent if "PYTEST_XDIST_WORKER" in os.environ else folder
    folder = Path(os.environ.get("MOVIES_TEST_BUILDS", folder))
    folder.mkdir(exist_ok=True)

    def make_or_reuse(name: str, source: object, make: Callable[..., Path] = make_build) -> Path:
        build = folder / name / "build"
        with FileLock(folder / f"{name}.lock"):
            return build if build.exists() else make(str(source), build)

    return make_or_reuse


@pytest.fixture(scope="session")
def sample_build(make_once) -> Path:
    """A build of the sample, without report."""
    return make_once("sample", "sample")


@pytest.fixture(scope="session")
def smaller_build(make_once, tmp_path_factory) -> Path:
    """A build of the first hundred rows of the sample."""
    table = tmp_path_factory.mktemp("smaller") / "films.csv"
    table.write_text("".join(SAMPLE_PATH.read_text(encoding="utf-8").splitlines(keepends=True)[:101]), encoding="utf-8")
    return make_once("smaller", table)


@pytest.fixture(scope="session")
def markup_table(tmp_path_factory) -> Path:
    """The sample, plus a copy of every second film with markup in each text."""
    return markup.write_table(tmp_path_factory.mktemp("markup") / "films.csv")


@pytest.fixture(scope="session")
def report_build(make_once, markup_table) -> Path:
    """A build with report and site, made from the table with markup, so that all page tests cover it."""
    return make_once("report", markup_table, make_build_with_report)


@pytest.fixture(scope="session")
def real_table() -> Path:
    table = Path(REAL_DATA, "movies_metadata.csv.gz")
    if not REAL_DATA or not table.exists():
        pytest.skip("needs the real table: set MOVIES_REAL_DATA to its folder")
    return table


@pytest.fixture(scope="session")
def real_build(make_once, real_table) -> Path:
    """A build of the real table, without report."""
    return make_once("real", real_table)


@pytest.fixture(scope="session")
def real_report_build(make_once, real_table) -> Path:
    """A build of the real table with its report."""
    return make_once("real-report", real_table, make_build_with_report)


@pytest.fixture(scope="session")
def client(sample_build):
    """A client of the API on the sample, in this process."""
    with api_client(sample_build) as client:
        yield client


@pytest.fixture(scope="session")
def real_client(real_build):
    """A client of the API on the real table, in this process."""
    with api_client(real_build) as client:
        yield client


@pytest.fixture(scope="session", params=["sample", REAL])
def table_and_client(request) -> tuple[Path, TestClient]:
    """A raw table and a client of the API on it: the sample, then the real table."""
    if request.param == "sample":
        return SAMPLE_PATH, request.getfixturevalue("client")
    return request.getfixturevalue("real_table"), request.getfixturevalue("real_client")


@pytest.fixture(scope="session")
def server(sample_build):
    """A client of a server process on the sample."""
    with run_server(sample_build) as client:
        yield client


@pytest.fixture(scope="session")
def browser():
    if not CHROMIUM:
        pytest.skip("needs a browser: apt-get install chromium")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        browser.close()
