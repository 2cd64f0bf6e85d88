"""Every page in the browser, on a phone and on a desktop, in light and in dark."""

from pathlib import Path
from urllib.parse import urlsplit

import pytest

from visits import WIDTHS


def test_a_page_is_without_errors_light_and_fits(visited, site_server, address, width):
    page = visited(address, width)
    assert [url for url in page.requests if urlsplit(url).netloc not in {urlsplit(site_server).netloc, ""}] == []
    assert page.errors == []
    assert page.page_width <= WIDTHS[width]["width"], "the page scrolls sideways"
    assert page.chart_right <= WIDTHS[width]["width"], "a chart is cut off"
    assert page.size < (1_000_000 if address.endswith("index.html") else 3_000_000)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_text_contrasts_with_its_background(visited, address, scheme):
    assert visited(address, scheme=scheme).low_contrast == []


def test_code_is_folded_where_one_reads_and_open_where_one_follows_the_method(visited, page):
    seen = visited(f"/eda/report/{Path(page.notebook).stem}.html")
    assert bool(seen.code_blocks) != page.home
    assert seen.visible_code == (0 if page.folded else seen.code_blocks)


def test_no_text_in_a_chart_is_smaller_than_11_pixels(visited, address, width):
    page = visited(address, width)
    assert [text for text in page.chart_texts if text[0] < 11] == []
    assert page.visible_charts == page.charts


def test_code_is_never_cut_and_a_table_that_is_says_so(visited, address, width):
    page = visited(address, width)
    assert page.cut_code == []
    assert [wider for wider, _ in page.tables] == [hinted for _, hinted in page.tables]


def test_markup_in_the_table_is_shown_as_text(visited, address, width):
    page = visited(address, width)
    assert not page.script_ran and page.elements_of_text == 0
    assert not address.endswith("13_explore.html") or "<i class=inside>" in page.text


def test_markup_in_the_table_is_text_on_the_page_ask_too(visited):
    page = visited("/eda/ask/index.html")
    assert not page.script_ran and page.elements_of_text == 0
