"""The pages of the site as HTML: valid links, no external resources, described images, no elements from the table."""

import json
import re
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urljoin, urlsplit

import pytest

from moviesmlops.site import list_pages, read_site_settings
from support import ROOT
from visits import ADDRESSES


class Html(HTMLParser):
    """The links, resources, ids and image descriptions of a page, and elements created by texts of the table."""

    def __init__(self, html: str):
        super().__init__()
        self.links, self.resources, self.ids, self.images, self.table_markup = [], [], set(), [], []
        self.meta = {}
        self.feed(html)

    def handle_starttag(self, tag, attributes):
        values = dict(attributes)
        self.ids.add(values.get("id"))
        if tag == "a" and "href" in values:
            self.links.append(values["href"])
        if tag == "link" or (tag in {"script", "img", "iframe"} and "src" in values):
            self.resources.append(values.get("src") or values["href"])
        if tag == "meta":
            self.meta[values.get("name") or values.get("property")] = values.get("content")
        if tag == "img":
            self.images.append(values.get("alt"))
        elif values.get("role") == "img":
            self.images.append(values.get("aria-label"))
        if values.get("class") == "inside" or values.get("src") == "x" or "onerror" in values:
            self.table_markup.append(self.get_starttag_text())

    def handle_data(self, data):
        if self.cdata_elem == "script" and data.startswith("window.inside"):
            self.table_markup.append(data)


@pytest.fixture(scope="session")
def read(site):
    """A function that fetches and parses an address of the site, once."""

    @cache
    def fetch(address: str) -> tuple:
        answer = site.get(address)
        return answer, Html(answer.text if ".html" in address else "")

    return fetch


def test_each_notebook_has_a_page_and_each_page_a_notebook():
    listed = {page.notebook for page in list_pages(read_site_settings())}
    assert listed == {path.name for path in (ROOT / "nbs").glob("*.ipynb")}


def test_the_root_redirects_to_the_site(site):
    assert site.get("/").headers["location"] == "/eda/"
    assert "report/index.html" in site.get("/eda/").text


def test_old_addresses_redirect_to_pages(site):
    old_addresses = read_site_settings()["old-addresses"]
    assert len(old_addresses) > 25
    for name, aliases in old_addresses.items():
        for alias in aliases:
            assert f"url={name}.html" in site.get(f"/eda/report/{alias}.html").text
        assert site.get(f"/eda/report/{name}.html").status_code == 200, name


@pytest.mark.parametrize("other", ["/eda/", "/eda/ask/index.html"])
def test_the_start_and_the_ask_page_have_a_description_and_a_picture(site, read, other):
    check_description(site, other, Html(site.get(other).text).meta)


def test_each_page_has_a_description_and_a_picture(site, read, address):
    check_description(site, address, read(address)[1].meta)


def check_description(site, address, meta):
    assert 40 < len(meta["description"]) < 320 and not set("[]`*") & set(meta["description"])
    assert meta["og:description"] == meta["description"] and meta["og:title"]
    picture = site.get(urljoin(address, meta["og:image"]))
    assert picture.headers["content-type"] == "image/png" and len(picture.content) < 100_000


def test_a_page_shows_no_directive_and_no_error(site, address):
    html = site.get(address).text
    html = re.sub(r"<script.*?</script>", "", html, flags=re.DOTALL)
    text, prose = re.sub(r"<[^>]+>", "", html), re.sub(r"<pre[^>]*>(<span>|<code).*?</pre>", "", html, flags=re.DOTALL)
    for unwanted in ("Traceback (most recent", "No description has been provided", "injected-parameters", "{=html}"):
        assert unwanted not in prose, unwanted
    assert not re.search(r"^\s*#\|", text, re.MULTILINE), "an nbdev directive is left"


def test_all_links_work_and_no_resource_is_external(read, address):
    _, page = read(address)
    assert [url for url in page.resources if urlsplit(url).netloc] == []
    for link in page.links:
        target = urlsplit(urljoin(address, link))
        if urlsplit(link).scheme or not target.path:
            continue
        answer, target_page = read(target.path)
        assert answer.status_code == 200, link
        if target.fragment and target.path.endswith(".html"):
            assert unquote(target.fragment) in target_page.ids, link


def test_all_images_have_a_description(read, address):
    for description in read(address)[1].images:
        assert description and len(description) > 20, description


def test_a_page_has_its_source_and_a_link_to_run_it(site, address, report_build):
    html = site.get(address).text
    digest = json.loads((report_build / "manifest.json").read_text())["sha256"]
    assert digest[:12] in html and "mybinder.org" in html and "TMDB" in html
    notebook = f"{Path(address).stem}.ipynb"
    assert f"/edit/main/nbs/{notebook}" in html and f"/issues/new?title={notebook}" in html


def test_the_site_has_ten_pages_and_twenty_charts(read):
    charts = sum(len(read(address)[1].images) for address in ADDRESSES)
    assert len(ADDRESSES) >= 10 and charts >= 20


def test_markup_in_the_table_creates_no_element(report_build):
    pages = sorted((report_build / "site").rglob("*.html"))
    assert len(pages) > 25
    for page in pages:
        assert Html(page.read_text(encoding="utf-8")).table_markup == [], page.name
    exploration = report_build / "site" / "report" / "50_exploration.html"
    assert "&lt;i class=inside&gt;" in exploration.read_text(encoding="utf-8")


def test_no_page_contains_a_local_path(report_build):
    folder = str(report_build.resolve().parent.parent)
    for path in (report_build / "site").rglob("*.html"):
        text = path.read_text(encoding="utf-8")
        assert folder not in text and str(Path.home()) + "/" not in text, path.name


@pytest.mark.parametrize("start", ["/eda/index.html", "/eda/ask/index.html", "/eda/report/index.html"])
def test_each_page_has_an_icon_with_a_relative_address(site, start):
    html = site.get(start).text
    link = next(link for link in re.findall("<link[^>]*>", html) if 'rel="icon"' in link)
    icon_address = re.findall('href="([^"]+)"', link)[0]
    assert not icon_address.startswith(("/", "http")) and site.get(urljoin(start, icon_address)).status_code == 200
