"""The pages of the site as HTML: whole, offline, described, and without an element that the table's texts made."""

import json
import re
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urljoin, urlsplit

import pytest

from moviesmlops.site import list_pages, site_settings
from support import ROOT
from visits import ADDRESSES


class Html(HTMLParser):
    """What a page links to and fetches, what can be linked to, and what its pictures are described by."""

    def __init__(self, html: str):
        super().__init__()
        self.links, self.fetched, self.ids, self.pictures, self.from_the_table = [], [], set(), [], []
        self.feed(html)

    def handle_starttag(self, tag, attributes):
        found = dict(attributes)
        self.ids.add(found.get("id"))
        if tag == "a" and "href" in found:
            self.links.append(found["href"])
        if tag == "link" or (tag in {"script", "img", "iframe"} and "src" in found):
            self.fetched.append(found.get("src") or found["href"])
        if tag == "img":
            self.pictures.append(found.get("alt"))
        elif found.get("role") == "img":
            self.pictures.append(found.get("aria-label"))
        if found.get("class") == "inside" or found.get("src") == "x" or "onerror" in found:
            self.from_the_table.append(self.get_starttag_text())

    def handle_data(self, data):
        if self.cdata_elem == "script" and data.startswith("window.inside"):
            self.from_the_table.append(data)


@pytest.fixture(scope="session")
def read(site):
    """An address of the site, read once."""
    return cache(lambda address: (answer := site.get(address), Html(answer.text if ".html" in address else "")))


def test_every_notebook_has_its_page_and_every_page_its_notebook():
    listed = {page.notebook for page in list_pages(site_settings())}
    assert listed == {path.name for path in (ROOT / "nbs").glob("*.ipynb")}


def test_the_root_leads_to_the_site(site):
    assert site.get("/").headers["location"] == "/eda/"
    assert "report/index.html" in site.get("/eda/").text


def test_a_page_shows_no_directive_and_no_error(site, address):
    html = site.get(address).text
    html = re.sub(r"<script.*?</script>", "", html, flags=re.DOTALL)
    text, prose = re.sub(r"<[^>]+>", "", html), re.sub(r"<pre[^>]*>(<span>|<code).*?</pre>", "", html, flags=re.DOTALL)
    for unwanted in ("Traceback (most recent", "No description has been provided", "injected-parameters", "{=html}"):
        assert unwanted not in prose, unwanted
    assert not re.search(r"^\s*#\|", text, re.MULTILINE), "an nbdev directive is left"


def test_links_lead_to_pages_that_are_there_and_nothing_is_fetched_from_elsewhere(read, address):
    _, page = read(address)
    assert [url for url in page.fetched if urlsplit(url).netloc] == []
    for link in page.links:
        target = urlsplit(urljoin(address, link))
        if urlsplit(link).scheme or not target.path:
            continue
        answer, there = read(target.path)
        assert answer.status_code == 200, link
        if target.fragment and target.path.endswith(".html"):
            assert unquote(target.fragment) in there.ids, link


def test_every_picture_is_described(read, address):
    for description in read(address)[1].pictures:
        assert description and len(description) > 20, description


def test_a_page_names_its_source_and_where_to_run_it(site, address, report_build):
    html = site.get(address).text
    digest = json.loads((report_build / "manifest.json").read_text())["sha256"]
    assert digest[:12] in html and "mybinder.org" in html and "TMDB" in html


def test_the_site_has_ten_pages_and_twenty_charts(read):
    charts = sum(len(read(address)[1].pictures) for address in ADDRESSES)
    assert len(ADDRESSES) >= 10 and charts >= 20


def test_markup_in_the_table_becomes_no_element_of_a_page(report_build):
    pages = sorted((report_build / "site").rglob("*.html"))
    assert len(pages) > 25
    for page in pages:
        assert Html(page.read_text(encoding="utf-8")).from_the_table == [], page.name
    exploration = report_build / "site" / "report" / "13_explore.html"
    assert "&lt;i class=inside&gt;" in exploration.read_text(encoding="utf-8")


def test_no_page_names_a_folder_of_this_machine(report_build):
    folder = str(report_build.resolve().parent.parent)
    for path in (report_build / "site").rglob("*.html"):
        text = path.read_text(encoding="utf-8")
        assert folder not in text and str(Path.home()) + "/" not in text, path.name


@pytest.mark.parametrize("start", ["/eda/index.html", "/eda/ask/index.html", "/eda/report/index.html"])
def test_a_page_has_an_icon_wherever_the_site_lies(site, start):
    html = site.get(start).text
    link = next(link for link in re.findall("<link[^>]*>", html) if 'rel="icon"' in link)
    where = re.findall('href="([^"]+)"', link)[0]
    assert not where.startswith(("/", "http")) and site.get(urljoin(start, where)).status_code == 200
