"""Using the site in a browser: menus, search, tables, charts and colours."""

from urllib.parse import urljoin

import pytest

from visits import open_page


def test_the_navigation_opens_pages(open_site_page):
    page = open_site_page("/eda/report/index.html")
    page.locator("nav.pages summary, #quarto-sidebar a.sidebar-item-text").filter(has_text="Report").first.click()
    page.get_by_role("link", name="Exploration", exact=True).first.click()
    page.wait_for_url("**/50_exploration.html")
    assert page.get_by_role("heading", level=1).count() == 1


def test_the_sidebar_shows_only_the_section_of_the_page(open_site_page):
    pages = open_site_page("/eda/report/04_etl.html").locator("nav.pages, #quarto-sidebar")
    assert pages.get_by_role("link", name="Sources", exact=True).is_visible()
    assert not pages.get_by_role("link", name="Data card", exact=True).is_visible()


def test_a_phone_shows_the_table_of_contents_and_the_links_to_the_notebook(open_site_page):
    page = open_site_page("/eda/report/04_etl.html", "phone")
    assert page.locator("p.links").get_by_role("link", name="Download").is_visible()
    page.get_by_text("On this page", exact=True).filter(visible=True).click()
    page.locator("details.contents").get_by_role("link", name="Parsing numbers and dates").click()
    assert page.evaluate("location.hash") == "#parsing-numbers-and-dates"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_choice_of_colours_holds_on_all_pages(open_site_page, site_server, scheme):
    page = open_site_page("/eda/report/index.html", scheme=scheme)
    before = background(page)
    page.locator("button.theme, .quarto-color-scheme-toggle").filter(visible=True).click()
    page.wait_for_function("before => getComputedStyle(document.body).backgroundColor !== before", arg=before)
    chosen = background(page)
    for other in ("/eda/ask/index.html", "/eda/report/04_etl.html"):
        page.goto(urljoin(site_server, other))
        assert background(page) == chosen, other
    page.goto(urljoin(site_server, "/eda/ask/index.html"))
    page.locator("button.theme").click()
    page.goto(urljoin(site_server, "/eda/report/index.html"))
    assert background(page) == before and page.errors == []


def test_the_phone_menu_opens(open_site_page):
    page = open_site_page("/eda/report/index.html", "phone")
    if not page.locator("button.menu").count():
        pytest.skip("the menu is Quarto's")
    page.locator("button.menu").click()
    page.locator("nav.pages summary", has_text="Code").click()
    page.locator("nav.pages").get_by_role("link", name="ETL", exact=True).click()
    page.wait_for_url("**/04_etl.html")


@pytest.fixture
def menu(open_site_page):
    page = open_site_page("/eda/report/04_etl.html", "phone")
    if not page.locator("button.menu").count():
        pytest.skip("the menu is Quarto's")
    page.locator("button.menu").click()
    return page


def test_the_phone_menu_is_below_the_bar_and_scrolls(menu):
    pages, bar = menu.locator("nav.pages"), menu.locator("header.bar").bounding_box()
    box = pages.bounding_box()
    assert box["y"] >= bar["y"] + bar["height"] - 1 and box["y"] + box["height"] <= 845
    last = pages.get_by_role("link").last
    assert last.bounding_box()["y"] > 844, "the list is longer than the screen"
    menu.mouse.move(195, 400)
    menu.mouse.wheel(0, 5_000)
    menu.wait_for_function("link => link.getBoundingClientRect().y < 844", arg=last.element_handle())
    assert menu.evaluate("scrollY") == 0


def test_escape_closes_the_menu_and_focuses_its_button(menu):
    menu.keyboard.press("Tab")
    menu.keyboard.press("Escape")
    assert not menu.locator("nav.pages").is_visible()
    button = menu.locator("button.menu")
    assert button.get_attribute("aria-expanded") == "false"
    assert button.evaluate("button => button === document.activeElement")


def test_the_correlation_chart_labels_each_variable_on_both_sides(open_site_page, width):
    page = open_site_page("/eda/report/50_exploration.html", width)
    words = page.locator("#correlations svg").filter(visible=True).locator("text").all_text_contents()
    for name in ("budget", "revenue", "runtime", "popularity", "vote_average", "vote_count"):
        assert words.count(name) == 1 + (name not in ("budget", "vote_count")), "once on each side of the triangle"


def test_the_wheel_scrolls_the_page_and_zooms_the_chart_with_ctrl(open_site_page):
    page = open_site_page("/eda/report/50_exploration.html")
    figure = page.locator("figure#years")
    figure.scroll_into_view_if_needed()
    figure.locator(".wide > div").wait_for()
    years, before = figure.locator(".wide .role-axis-label").first, page.evaluate("scrollY")
    label_before = years.text_content()
    figure.locator(".wide").hover()
    page.mouse.wheel(0, 200)
    page.wait_for_function("before => scrollY > before", arg=before)
    assert years.text_content() == label_before
    before = page.evaluate("scrollY")
    figure.locator(".wide").hover()
    page.keyboard.down("Control")
    page.mouse.wheel(0, -400)
    changed = "([label, before]) => label.textContent !== before"
    page.wait_for_function(changed, arg=[years.element_handle(), label_before])
    assert page.evaluate("scrollY") == before


def test_an_answer_that_overflows_its_box_has_a_hint(open_site_page, width):
    page = open_site_page("/eda/report/58_reference.html", width)
    boxes = page.locator(".plain .output pre").all()
    overflowing = [box.evaluate("box => box.scrollHeight > box.clientHeight + 1") for box in boxes]
    assert [box.locator("xpath=preceding-sibling::p").is_visible() for box in boxes] == overflowing
    assert any(overflowing) or not boxes, "the recommendations are long; Quarto's boxes have no hint"


def test_the_current_page_is_visible_in_the_list_of_pages(open_site_page):
    page = open_site_page("/eda/report/22_routes.html")
    current = page.locator("nav.pages [aria-current]")
    if not current.count():
        pytest.skip("the list is Quarto's")
    box, window = current.bounding_box(), page.viewport_size
    assert box["y"] >= 0 and box["y"] + box["height"] <= window["height"] and page.evaluate("scrollY") == 0


def background(page) -> str:
    return page.evaluate("getComputedStyle(document.body).backgroundColor")


def test_a_page_follows_the_system_colours_and_the_readers_choice(open_site_page):
    light, dark = open_site_page("/eda/report/index.html"), open_site_page("/eda/report/index.html", scheme="dark")
    assert background(light) != background(dark)
    light.locator("button.theme, .quarto-color-scheme-toggle").first.click()
    changed = "colour => getComputedStyle(document.body).backgroundColor === colour"
    light.wait_for_function(changed, arg=background(dark))
    light.reload()
    assert background(light) == background(dark), "the choice is kept"


def test_a_table_can_be_sorted_in_both_directions(open_site_page):
    page = open_site_page("/eda/report/55_differences.html")
    table = page.locator("table.sortable", has=page.locator("th", has_text="weekday")).first
    column = table.locator("tbody tr td:nth-child(2)")
    table.locator("th").nth(1).locator("button").click()
    ascending = [int(text.replace(",", "")) for text in column.all_inner_texts()]
    table.locator("th").nth(1).locator("button").click()
    descending = [int(text.replace(",", "")) for text in column.all_inner_texts()]
    assert ascending == sorted(ascending) and descending == ascending[::-1] and ascending != descending


def test_an_interactive_chart_shows_a_tooltip(open_site_page):
    page = open_site_page("/eda/report/50_exploration.html")
    page.locator("figure.chart:has(> script)").first.scroll_into_view_if_needed()
    page.wait_for_selector("figure.chart.live")
    tooltip = page.locator("#vg-tooltip-element.visible")
    for mark in page.locator("figure.chart.live").first.locator("g.role-mark path").all()[:40]:
        mark.hover(force=True)
        if tooltip.count():
            break
    assert tooltip.inner_text()
    assert sum(url.endswith("vega.js") for url in page.requests) == 1


def test_charts_are_shown_without_javascript(browser, site_server):
    page = open_page(browser, urljoin(site_server, "/eda/report/50_exploration.html"), java_script_enabled=False)
    assert page.locator("figure.chart svg").count() >= 20 and page.locator("figcaption").count() >= 10
    page.context.close()


def test_search_opens_a_page_with_the_word(open_site_page, report_build):
    page, quarto = open_site_page("/eda/report/index.html"), (report_build / "site" / "search.json").exists()
    page.locator("#quarto-search button, .aa-DetachedSearchButton, button.search").first.click()
    page.keyboard.type("quarantine")
    results = page.locator(".aa-Item, .search-result-section, .searching li a")
    results.first.wait_for()
    if not quarto:
        results.first.click()
        page.wait_for_url("**/report/*.html#*")
    assert page.errors == []


def test_search_ignores_folded_code(open_site_page, report_build):
    if (report_build / "site" / "search.json").exists():
        pytest.skip("the search is Quarto's")
    search_texts = """async word => {
      const { search } = await import(new URL("../pagefind/pagefind.js", document.baseURI));
      const pages = await Promise.all((await search(word)).results.map(result => result.data()));
      return pages.filter(page => page.url.includes("50_exploration")).map(page => page.content);
    }"""
    page = open_site_page("/eda/report/index.html")
    texts = page.evaluate(search_texts, "exploration")
    assert texts and not any("alt.Chart(" in text for text in texts)
