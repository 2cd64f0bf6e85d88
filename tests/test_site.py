"""The site as a reader meets it: whole, quiet, offline, on a phone and on a desk, in light and in dark."""

import json
import os
import re
import shutil
import stat
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urljoin, urlsplit

import pytest

from conftest import serving
from moviesmlops.site import SiteFailed, list_pages, make_site, site_settings

ROOT = Path(__file__).parent.parent
PAGES = [page for page in list_pages(site_settings()) if (ROOT / "nbs" / page.notebook).exists()]
ADDRESSES = [f"/eda/report/{Path(page.notebook).stem}.html" for page in PAGES]
WIDTHS = {"phone": {"width": 390, "height": 844}, "desktop": {"width": 1280, "height": 900}}
each_page = pytest.mark.parametrize("address", ADDRESSES, ids=lambda address: Path(address).stem)


@pytest.fixture(scope="session")
def server(reported):
    with serving(reported) as client:
        yield client


@pytest.fixture
def open_page(browser, server):
    """Open an address at a width; what the page asked for and complained of is noted on it."""
    contexts = []

    def opened(address: str, width: str = "desktop", scheme: str = "light"):
        contexts.append(browser.new_context(viewport=WIDTHS[width], color_scheme=scheme))
        page = contexts[-1].new_page()
        page.asked, page.loaded, page.complaints = [], [], []
        page.on("request", lambda request: page.asked.append(request.url))
        page.on("requestfinished", lambda request: page.loaded.append(request))
        page.on("console", lambda said: page.complaints.append(said.text) if said.type == "error" else None)
        page.on("pageerror", lambda error: page.complaints.append(str(error)))
        page.goto(urljoin(str(server.base_url), address), wait_until="load")
        return page

    yield opened
    for context in contexts:
        context.close()


class Links(HTMLParser):
    """Where a page leads, what it fetches, and what can be led to."""

    def __init__(self, html: str):
        super().__init__()
        self.links, self.fetched, self.names, self.pictures = [], [], set(), []
        self.feed(html)

    def handle_starttag(self, tag, attributes):
        found = dict(attributes)
        self.names.add(found.get("id"))
        if tag == "a" and "href" in found:
            self.links.append(found["href"])
        if tag == "link" or (tag in {"script", "img", "iframe"} and "src" in found):
            self.fetched.append(found.get("src") or found["href"])
        if tag == "img":
            self.pictures.append(found.get("alt"))
        elif found.get("role") == "img":
            self.pictures.append(found.get("aria-label"))


def test_every_notebook_has_its_page_and_every_page_its_notebook():
    listed = {page.notebook for page in list_pages(site_settings())}
    assert listed == {path.name for path in (ROOT / "nbs").glob("*.ipynb")}


def test_the_front_door_leads_to_the_site(server):
    assert server.get("/", follow_redirects=False).headers["location"] == "/eda/"
    assert "report/index.html" in server.get("/eda/").text


@each_page
def test_a_page_shows_no_machinery_and_no_error(server, address):
    html = server.get(address).text
    html = re.sub(r"<script.*?</script>", "", html, flags=re.DOTALL)
    text, prose = re.sub(r"<[^>]+>", "", html), re.sub(r"<pre[^>]*>(<span>|<code).*?</pre>", "", html, flags=re.DOTALL)
    for unwanted in ("Traceback (most recent", "No description has been provided", "injected-parameters", "{=html}"):
        assert unwanted not in prose, unwanted
    assert not re.search(r"^\s*#\|", text, re.MULTILINE), "an nbdev directive is left"


@pytest.fixture(scope="session")
def read(server):
    """An address of the site, read once."""
    return cache(lambda address: (answer := server.get(address), Links(answer.text if ".html" in address else "")))


@each_page
def test_a_page_leads_nowhere_wrong_and_fetches_nothing_from_elsewhere(read, address):
    _, page = read(address)
    assert [url for url in page.fetched if urlsplit(url).netloc] == []
    for link in page.links:
        goal = urlsplit(urljoin(address, link))
        if urlsplit(link).scheme or not goal.path:
            continue
        answer, there = read(goal.path)
        assert answer.status_code == 200, link
        if goal.fragment and goal.path.endswith(".html"):
            assert unquote(goal.fragment) in there.names, link


@each_page
def test_every_picture_is_described(read, address):
    for description in read(address)[1].pictures:
        assert description and len(description) > 20, description


@each_page
def test_a_page_names_its_source_and_where_to_run_it(server, address, reported):
    html = server.get(address).text
    digest = json.loads((reported / "manifest.json").read_text())["sha256"]
    assert digest[:12] in html and "mybinder.org" in html and "TMDB" in html


def test_the_site_has_ten_pages_and_twenty_charts(read):
    charts = sum(len(read(address)[1].pictures) for address in ADDRESSES)
    assert len(ADDRESSES) >= 10 and charts >= 20


@pytest.mark.parametrize("width", WIDTHS)
@each_page
def test_a_page_is_quiet_light_and_fits(open_page, address, width):
    page = open_page(address, width)
    page.mouse.wheel(0, 10_000)
    page.wait_for_timeout(200)
    host = urlsplit(page.url).netloc
    assert [url for url in page.asked if urlsplit(url).netloc not in {host, ""}] == []
    assert page.complaints == []
    assert page.evaluate("document.documentElement.scrollWidth") <= WIDTHS[width]["width"], "the page moves sideways"
    ends = page.locator("figure.chart svg").evaluate_all("all => all.map(svg => svg.getBoundingClientRect().right)")
    assert max(ends, default=0) <= WIDTHS[width]["width"], "a chart is cut off"
    weight = sum(request.sizes()["responseBodySize"] for request in page.loaded if request.url.startswith("http"))
    assert weight < (1_000_000 if address.endswith("index.html") else 3_000_000), weight


FAINT = """() => {
  const colour = text => text.match(/[\\d.]+/g).map(Number);
  const linear = part => part <= 10 ? part / 3295 : ((part / 255 + .055) / 1.055) ** 2.4;
  const light = ([red, green, blue]) => .2126 * linear(red) + .7152 * linear(green) + .0722 * linear(blue);
  const behind = element => {
    for (; element; element = element.parentElement) {
      const ground = colour(getComputedStyle(element).backgroundColor);
      if ((ground[3] ?? 1) > .5) return ground;
    }
    return [255, 255, 255];
  };
  const faint = new Set(), texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) {
    const element = texts.currentNode.parentElement;
    const text = texts.currentNode.data.trim();
    if (!text || element.closest("svg, script, style, math") || !element.checkVisibility()) continue;
    const pair = [light(colour(getComputedStyle(element).color)), light(behind(element))];
    if ((Math.max(...pair) + .05) / (Math.min(...pair) + .05) < 4.5) faint.add(text.slice(0, 40));
  }
  return [...faint];
}"""  # WCAG's contrast of text, level AA


@pytest.mark.parametrize("scheme", ["light", "dark"])
@each_page
def test_every_word_stands_out_from_its_background(open_page, address, scheme):
    assert open_page(address, scheme=scheme).evaluate(FAINT) == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: Path(page.notebook).stem)
def test_code_is_folded_where_one_reads_and_open_where_one_follows_the_method(open_page, page):
    code = open_page(f"/eda/report/{Path(page.notebook).stem}.html").locator(".code pre, .cell-code pre")
    assert bool(code.count()) != page.home
    assert code.filter(visible=not page.folded).count() == code.count()


def test_the_navigation_leads_through_the_pages(open_page):
    page = open_page("/eda/report/index.html")
    page.get_by_role("link", name="Exploration", exact=True).first.click()
    page.wait_for_url("**/15_eda.html")
    assert page.get_by_role("heading", level=1).count() == 1


def test_the_menu_of_a_phone_opens(open_page):
    page = open_page("/eda/report/index.html", "phone")
    if not page.locator("button.menu").count():
        pytest.skip("the menu is Quarto's")
    page.locator("button.menu").click()
    page.locator("nav.pages").get_by_role("link", name="ETL", exact=True).click()
    page.wait_for_url("**/03_etl.html")


@pytest.fixture
def menu(open_page):
    page = open_page("/eda/report/index.html", "phone")
    if not page.locator("button.menu").count():
        pytest.skip("the menu is Quarto's")
    page.locator("button.menu").click()
    return page


def test_the_menu_of_a_phone_opens_below_the_bar_and_scrolls(menu):
    pages, bar = menu.locator("nav.pages"), menu.locator("header.bar").bounding_box()
    box = pages.bounding_box()
    assert box["y"] >= bar["y"] + bar["height"] - 1 and box["y"] + box["height"] <= 845
    last = pages.get_by_role("link").last
    assert last.bounding_box()["y"] > 844, "the list is longer than the screen"
    menu.mouse.move(195, 400)
    menu.mouse.wheel(0, 5_000)
    menu.wait_for_timeout(300)
    assert last.bounding_box()["y"] < 844 and menu.evaluate("scrollY") == 0


def test_escape_closes_the_menu_and_goes_back_to_its_button(menu):
    menu.keyboard.press("Tab")
    menu.keyboard.press("Escape")
    assert not menu.locator("nav.pages").is_visible()
    button = menu.locator("button.menu")
    assert button.get_attribute("aria-expanded") == "false"
    assert button.evaluate("button => button === document.activeElement")


LETTERS = """() => {
  const texts = [...document.querySelectorAll("figure.chart svg text")].filter(text => text.checkVisibility());
  return texts.map(text => {
    const placed = text.getScreenCTM(), size = parseFloat(getComputedStyle(text).fontSize);
    return [Math.round(Math.hypot(placed.a, placed.b) * size * 100) / 100, text.textContent];
  });
}"""


@pytest.mark.parametrize("width", WIDTHS)
@each_page
def test_no_letter_of_a_chart_is_smaller_than_11_pixels(open_page, address, width):
    page = open_page(address, width)
    still = page.evaluate(LETTERS)
    for drawing in page.locator("figure.chart:has(> script) :is(.wide, .phone)").filter(visible=True).all():
        drawing.scroll_into_view_if_needed()
        drawing.locator("> div").wait_for()
    assert [letter for letter in still + page.evaluate(LETTERS) if letter[0] < 11] == []
    drawn = page.locator("figure.chart:has(.wide)")
    assert page.locator("figure.chart .wide, figure.chart .phone").filter(visible=True).count() == drawn.count()


@pytest.mark.parametrize("width", WIDTHS)
def test_the_correlations_name_every_variable_on_every_side(open_page, width):
    figure = open_page("/eda/report/15_eda.html", width).locator("figure.chart", has_text="Correlation of 6 variables")
    words = figure.locator("svg").filter(visible=True).locator("text").all_text_contents()
    for name in ("budget", "revenue", "runtime", "popularity", "vote_average", "vote_count"):
        assert words.count(name) == 4, "twice in each of the two halves"


def test_the_wheel_over_the_films_per_year_scrolls_the_page_and_zooms_with_ctrl(open_page):
    page = open_page("/eda/report/15_eda.html")
    figure = page.locator("figure.chart", has_text="Films released per year")
    figure.scroll_into_view_if_needed()
    figure.locator(".wide > div").wait_for()
    years, before = figure.locator(".wide .role-axis-label").first, page.evaluate("scrollY")
    told = years.text_content()
    figure.locator(".wide").hover()
    page.mouse.wheel(0, 200)
    page.wait_for_timeout(400)
    assert page.evaluate("scrollY") > before and years.text_content() == told
    before = page.evaluate("scrollY")
    figure.locator(".wide").hover()
    page.keyboard.down("Control")
    page.mouse.wheel(0, -400)
    page.wait_for_timeout(400)
    assert page.evaluate("scrollY") == before and years.text_content() != told


@pytest.mark.parametrize("width", WIDTHS)
@each_page
def test_code_is_never_cut_and_a_table_that_is_says_so(open_page, address, width):
    page = open_page(address, width)
    page.locator("details.code").evaluate_all("all => all.forEach(each => each.open = true)")
    page.wait_for_timeout(200)
    cut = "all => all.filter(each => each.scrollWidth > each.clientWidth + 1).map(each => each.textContent)"
    assert page.locator("main pre").evaluate_all(cut) == []
    for frame in page.locator("div:has(> table.sortable)").all():
        wider = frame.evaluate("frame => frame.scrollWidth > frame.clientWidth + 1")
        assert frame.locator("xpath=preceding-sibling::p").is_visible() == wider


@pytest.mark.parametrize("width", WIDTHS)
def test_an_answer_that_is_too_long_for_its_box_says_so(open_page, width):
    page = open_page("/eda/report/32_reference.html", width)
    boxes = page.locator(".plain .output pre").all()
    longer = [box.evaluate("box => box.scrollHeight > box.clientHeight + 1") for box in boxes]
    assert [box.locator("xpath=preceding-sibling::p").is_visible() for box in boxes] == longer
    assert any(longer) or not boxes, "the recommendations are long; Quarto's boxes have no hint"


@pytest.mark.parametrize("address", ["/eda/index.html", "/eda/ask/index.html", "/eda/report/index.html"])
def test_a_page_has_an_icon_wherever_the_site_lies(server, address):
    html = server.get(address).text
    link = next(link for link in re.findall("<link[^>]*>", html) if 'rel="icon"' in link)
    where = re.findall('href="([^"]+)"', link)[0]
    assert not where.startswith(("/", "http")) and server.get(urljoin(address, where)).status_code == 200


def test_the_list_of_pages_shows_where_one_is(open_page):
    page = open_page("/eda/report/07_routes.html")
    here = page.locator("nav.pages [aria-current]")
    if not here.count():
        pytest.skip("the list is Quarto's")
    box, window = here.bounding_box(), page.viewport_size
    assert box["y"] >= 0 and box["y"] + box["height"] <= window["height"] and page.evaluate("scrollY") == 0


def background(page) -> str:
    return page.evaluate("getComputedStyle(document.body).backgroundColor")


def test_a_page_follows_the_systems_colours_and_the_readers(open_page):
    light, dark = open_page("/eda/report/index.html"), open_page("/eda/report/index.html", scheme="dark")
    assert background(light) != background(dark)
    light.locator("button.theme, .quarto-color-scheme-toggle").first.click()
    light.wait_for_timeout(300)
    assert background(light) == background(dark)
    light.reload()
    assert background(light) == background(dark), "the choice is kept"


def test_a_table_sorts_by_value_and_back(open_page):
    page = open_page("/eda/report/34_differences.html")
    table = page.locator("table.sortable", has=page.locator("th", has_text="weekday")).first
    column = table.locator("tbody tr td:nth-child(2)")
    table.locator("th").nth(1).locator("button").click()
    rising = [int(text.replace(",", "")) for text in column.all_inner_texts()]
    table.locator("th").nth(1).locator("button").click()
    falling = [int(text.replace(",", "")) for text in column.all_inner_texts()]
    assert rising == sorted(rising) and falling == rising[::-1] and rising != falling


def test_an_interactive_chart_tells_more_when_it_is_pointed_at(open_page):
    page = open_page("/eda/report/15_eda.html")
    page.locator("figure.chart:has(> script)").first.scroll_into_view_if_needed()
    page.wait_for_selector("figure.chart.live")
    tooltip = page.locator("#vg-tooltip-element.visible")
    for mark in page.locator("figure.chart.live").first.locator("g.role-mark path").all()[:40]:
        mark.hover(force=True)
        if tooltip.count():
            break
    assert tooltip.inner_text()
    assert sum(url.endswith("vega.js") for url in page.asked) == 1


def test_without_vega_the_pictures_are_there(browser, server):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(urljoin(str(server.base_url), "/eda/report/15_eda.html"))
    assert page.locator("figure.chart svg").count() >= 20 and page.locator("figcaption").count() >= 20
    context.close()


def test_search_finds_what_is_written_and_not_the_code_that_is_folded_away(open_page, reported):
    page, quarto = open_page("/eda/report/index.html"), (reported / "site" / "search.json").exists()
    page.locator("#quarto-search button, .aa-DetachedSearchButton, button.search").first.click()
    page.keyboard.type("quarantine")
    hits = page.locator(".aa-Item, .search-result-section, .searching li a")
    hits.first.wait_for()
    if not quarto:
        hits.first.click()
        page.wait_for_url("**/report/*.html#*")
    assert page.complaints == []


def test_folded_code_is_not_searched(open_page, reported):
    if (reported / "site" / "search.json").exists():
        pytest.skip("the search is Quarto's")
    found = """async word => {
      const { search } = await import(new URL("../pagefind/pagefind.js", document.baseURI));
      const pages = await Promise.all((await search(word)).results.map(result => result.data()));
      return pages.filter(page => page.url.includes("15_eda")).map(page => page.content);
    }"""
    page = open_page("/eda/report/index.html")
    texts = page.evaluate(found, "exploration")
    assert texts and not any("alt.Chart(" in text for text in texts)


def test_quartos_search_forgets_the_code_that_is_folded_away(project, tmp_path):
    import nbformat.v4

    from moviesmlops.site import Page, forget_code

    (project / "report").mkdir()
    cells = [nbformat.v4.new_code_cell("films.median()"), nbformat.v4.new_markdown_cell("the median")]
    nbformat.write(nbformat.v4.new_notebook(cells=cells), project / "report" / "15_eda.ipynb")
    index = tmp_path / "search.json"
    index.write_text(json.dumps([{"href": "report/15_eda.html#a", "text": "Code\nfilms.median()\nthe median"}]))
    forget_code(index, project, [Page("15_eda.ipynb", "Exploration", "Read", True)])
    assert json.loads(index.read_text())[0]["text"].strip() == "the median"


@pytest.fixture
def project(tmp_path) -> Path:
    """A clone in small, to render in without touching this one's `report`."""
    for name in ("nbs", "theme"):
        shutil.copytree(ROOT / name, tmp_path / "clone" / name)
    for name in ("_quarto.yml", "settings.ini"):
        shutil.copy(ROOT / name, tmp_path / "clone")
    return tmp_path / "clone"


def fake_quarto(folder: Path, script: str) -> str:
    program = folder / "quarto"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(program.stat().st_mode | stat.S_IEXEC)
    return f"{folder}{os.pathsep}{os.environ['PATH']}"


def test_a_quarto_that_fails_stops_the_build_with_its_message(project, reported, tmp_path, monkeypatch):
    path = fake_quarto(tmp_path, "echo 'Preparing'; echo 'ERROR: no such theme' >&2; exit 1")
    monkeypatch.setenv("PATH", path)
    with pytest.raises(SiteFailed, match="quarto render: ERROR: no such theme") as raised:
        make_site(reported, "sample", project)
    assert "\n" not in str(raised.value) and not (project / "report").exists()


def test_without_quarto_the_same_pages_and_a_word_on_how_to_get_it(project, reported, tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("PATH", str(tmp_path))
    for part in ("report", "catalog", "site/ask"):
        shutil.copytree(reported / part, tmp_path / "build" / part)
    made = make_site(tmp_path / "build", "sample", project)
    assert "https://quarto.org" in capsys.readouterr().out
    assert {path.stem for path in (made / "report").glob("*.html")} == {Path(page.notebook).stem for page in PAGES}


def test_quarto_renders_the_reading_copies_and_gets_no_directive(project, reported, tmp_path, monkeypatch):
    seen = tmp_path / "seen"
    path = fake_quarto(tmp_path, f"mkdir -p _site/report && cp -r . {seen} && touch _site/report/index.html")
    monkeypatch.setenv("PATH", path)
    build = tmp_path / "build"
    for part in ("report", "catalog", "site/ask"):
        shutil.copytree(reported / part, build / part)
    made = make_site(build, "sample", project)
    assert (made / "index.html").exists() and (seen / "theme" / "vega.js").exists()
    for page in PAGES:
        cells = json.loads((seen / "report" / page.notebook).read_text())["cells"]
        assert cells[0]["cell_type"] == "raw" and cells[0]["source"][0] == "---\n"
        assert not any(line.startswith("#|") for cell in cells for line in cell["source"])
        kinds = {kind for cell in cells for output in cell.get("outputs", []) for kind in output.get("data", {})}
        assert kinds <= {"text/markdown", "text/plain"}, "HTML would make Quarto fetch require.js"
