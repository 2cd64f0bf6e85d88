"""Fixtures for the site of the report: over HTTP in this process, and in a browser."""

from functools import cache
from pathlib import Path
from urllib.parse import urljoin

import pytest

from support import api_client, run_server
from visits import ADDRESSES, PAGES, WIDTHS, Inspection, open_page, inspect


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Parametrize tests over all pages, addresses and widths."""
    for name, values in (("page", PAGES), ("address", ADDRESSES), ("width", WIDTHS)):
        if name in metafunc.fixturenames:
            metafunc.parametrize(name, values, ids=[Path(getattr(value, "notebook", value)).stem for value in values])


@pytest.fixture(scope="session")
def site(report_build):
    """A client of the site, in this process."""
    with api_client(report_build) as client:
        yield client


@pytest.fixture(scope="session")
def site_server(report_build):
    """The address of a server with the site."""
    with run_server(report_build) as client:
        yield str(client.base_url)


@pytest.fixture(scope="session")
def inspect_page(browser, site_server):
    """A function that returns the inspection of a page, done once per width and colour scheme."""

    @cache
    def inspect_once(address: str, width: str, scheme: str) -> Inspection:
        return inspect(browser, urljoin(site_server, address), width, scheme)

    def inspect_with_defaults(address: str, width: str = "desktop", scheme: str = "light") -> Inspection:
        return inspect_once(address, width, scheme)

    return inspect_with_defaults


@pytest.fixture
def open_site_page(browser, site_server):
    """A function that opens a page of the site."""
    pages = []

    def open_and_keep(address: str, width: str = "desktop", scheme: str = "light"):
        pages.append(open_page(browser, urljoin(site_server, address), width, scheme))
        return pages[-1]

    yield open_and_keep
    for page in pages:
        page.context.close()
