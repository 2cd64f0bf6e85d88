"""Every page in a browser, at phone and desktop width, in light and dark."""

import json
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from support import ROOT
from visits import WIDTHS


def test_a_page_has_no_errors_is_small_and_fits_the_screen(inspect_page, site_server, address, width):
    page = inspect_page(address, width)
    assert [url for url in page.requests if urlsplit(url).netloc not in {urlsplit(site_server).netloc, ""}] == []
    assert page.errors == []
    assert page.page_width <= WIDTHS[width]["width"], "the page scrolls sideways"
    assert page.chart_right <= WIDTHS[width]["width"], "a chart is cut off"
    assert page.size < (1_000_000 if address.endswith("index.html") else 3_000_000)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_page_meets_the_rules_of_accessibility(inspect_page, address, scheme):
    assert inspect_page(address, scheme=scheme).violations == []


def test_code_is_folded_except_in_the_method_notebooks(inspect_page, page):
    result = inspect_page(f"/eda/report/{Path(page.notebook).stem}.html")
    notebook = json.loads((ROOT / "nbs" / page.notebook).read_text(encoding="utf-8"))
    has_code = any(cell["cell_type"] == "code" for cell in notebook["cells"])
    assert bool(result.code_blocks) == (has_code and not page.is_home)
    assert result.visible_code == (0 if page.folded else result.code_blocks)


def test_no_text_in_a_chart_is_smaller_than_11_pixels(inspect_page, address, width):
    page = inspect_page(address, width)
    assert [text for text in page.chart_texts if text[0] < 11] == []
    assert page.visible_charts == page.charts


def test_code_is_never_cut_off_and_wide_tables_have_a_hint(inspect_page, address, width):
    page = inspect_page(address, width)
    assert page.cut_code == []
    assert [is_wider for is_wider, _ in page.tables] == [has_hint for _, has_hint in page.tables]


def test_markup_in_the_table_is_shown_as_text(inspect_page, address, width):
    page = inspect_page(address, width)
    assert not page.script_ran and page.elements_of_text == 0
    assert not address.endswith("50_exploration.html") or "<i class=inside>" in page.text


def test_markup_in_the_table_is_shown_as_text_on_the_ask_page(inspect_page):
    page = inspect_page("/eda/ask/index.html")
    assert not page.script_ran and page.elements_of_text == 0
