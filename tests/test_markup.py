"""What comes from the table is text: markup in any column stays text on every page, and no script in it runs."""

import ast
import csv
import io
from pathlib import Path

import pytest

from conftest import serving
from moviesmlops.data import SAMPLE
from moviesmlops.pipeline import make_build

INSIDE = "<script>window.inside = 1</script><img src=x onerror='window.inside = 1'><i class=inside>"
TEXTS = ("title", "original_title", "overview", "tagline", "status", "homepage", "poster_path", "original_language")
NESTED = ("belongs_to_collection", "genres", "production_companies", "production_countries", "spoken_languages")


def with_markup(value: object) -> object:
    """The value of a nested column, its names and codes with markup, its numbers others."""
    if isinstance(value, dict):
        return {key: held + 10_000_000 if isinstance(held, int) else f"{held}{INSIDE}" for key, held in value.items()}
    return [with_markup(entry) for entry in value]


@pytest.fixture(scope="module")
def infested(tmp_path_factory) -> Path:
    """A build with its report of the sample and, for every second film, one more with markup in every text."""
    folder = tmp_path_factory.mktemp("infested")
    rows = list(csv.DictReader(io.StringIO(SAMPLE.read_text(encoding="utf-8"), newline="")))
    films = [row for row in rows if row["release_date"] and row["id"].isdecimal()][1::2]
    for number, row in enumerate(films, 10_000_000):
        texts = {column: row[column] + INSIDE for column in TEXTS if row[column]}
        nested = {column: repr(with_markup(ast.literal_eval(row[column]))) for column in NESTED if row[column]}
        rows.append(row | texts | nested | {"id": str(number)})
    with (folder / "films.csv").open("w", encoding="utf-8", newline="") as file:
        table = csv.DictWriter(file, rows[0])
        table.writeheader()
        table.writerows(rows)
    return make_build(str(folder / "films.csv"), folder / "build")


def test_markup_in_every_column_is_text_on_every_page(infested, browser):
    pages = sorted(path.relative_to(infested / "site").as_posix() for path in (infested / "site").rglob("*.html"))
    assert len(pages) > 25
    with serving(infested) as server:
        page = browser.new_page()
        for name in pages:
            page.goto(f"{server.base_url}/eda/{name}")
            page.wait_for_timeout(300)
            assert page.evaluate("window.inside") is None, f"{name}: a script of the table ran"
            assert page.locator("i.inside, img[src=x]").count() == 0, f"{name}: markup of the table became an element"
        page.goto(f"{server.base_url}/eda/report/15_eda.html")
        assert "<i class=inside>" in page.locator("main").inner_text(), "it is shown, as text"
        page.close()


def test_no_page_names_a_folder_of_this_machine(infested):
    for path in (infested / "site").rglob("*.html"):
        text = path.read_text(encoding="utf-8")
        assert str(infested.parent) not in text and str(Path.home()) + "/" not in text, path.name
