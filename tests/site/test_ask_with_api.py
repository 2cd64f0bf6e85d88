"""The Ask page on a server with the API: filters of recommendations, and the films behind each count."""

import csv
import io
from urllib.parse import urlencode

import httpx2
import pytest

from visits import WIDTHS

MODELS = ("ampliado", "coseno", "knn")  # in the order of the page
TOY_STORY = "/eda/ask/index.html#/recomendacion/Toy%20Story?id=862"


@pytest.fixture
def open_ask_page(open_site_page):
    """A function that opens an address of the page and waits for its content."""

    def open_and_wait(address: str, *options: str):
        page = open_site_page(address, *options)
        page.wait_for_selector("body[data-ready]")
        return page

    return open_and_wait


@pytest.fixture(scope="module")
def api(site_server):
    """A function that asks the API and returns the answer."""
    with httpx2.Client(base_url=site_server, headers={"Accept-Language": "en"}) as client:
        yield lambda path, **parameters: client.get(path, params=parameters or None)


def recommended(page) -> list[list[str]]:
    """The titles that each model recommends."""
    return [section.locator(".title a").all_inner_texts() for section in page.locator(".model").all()]


def expected_titles(api, **filters: object) -> list[list[str]]:
    answers = [api("/peliculas/862/recomendaciones", modelo=model, **filters).json() for model in MODELS]
    return [[film["titulo"] for film in answer["resultados"]] for answer in answers]


@pytest.mark.parametrize(
    "filters",
    [{"n": 20}, {"genero": "Comedy", "n": 10}, {"sin_genero": "Family"}, {"desde": 1990, "hasta": 2005, "n": 20},
     {"idioma": "es"}, {"pais": "España", "n": 20}, {"sin_saga": "true", "n": 20}],
    ids=str,
)  # fmt: skip
def test_filtered_recommendations_are_those_of_the_api(open_ask_page, api, filters):
    page = open_ask_page(f"{TOY_STORY}&{urlencode(filters)}")
    expected = expected_titles(api, **filters)
    assert recommended(page) == expected and any(expected)
    for section, titles in zip(page.locator(".model").all(), expected, strict=True):
        assert section.locator(".parts").count() == len(titles), "each has its reasons"
        if len(titles) < filters.get("n", 5):
            assert "no other films match the filters" in section.locator(".shortage").inner_text()
    assert page.errors == []


def test_the_form_filters_and_its_choices_are_in_the_address(open_ask_page, api):
    page = open_ask_page(TOY_STORY)
    assert recommended(page) == expected_titles(api) and not page.locator(".filters").is_visible()
    page.get_by_text("Filters and number of films").click()
    page.get_by_label("Genre", exact=True).select_option("Adventure")
    page.get_by_label("Exclude genre").select_option("Horror")
    page.get_by_label("From year").fill("1980")
    page.get_by_label("To year").fill("2015")
    page.get_by_label("Original language").select_option(label="English")
    page.get_by_role("combobox", name="Country", exact=True).first.press_sequentially("estados")
    page.locator("#similar [role=option]").first.click()
    page.get_by_label("Films per model").select_option("20")
    page.get_by_label("Exclude films from the same franchise").check()
    page.get_by_role("button", name="Filter", exact=True).click()
    page.wait_for_function("() => document.querySelector('.shortage')")
    filters = {"genero": "Adventure", "sin_genero": "Horror", "desde": 1980, "hasta": 2015, "idioma": "en",
               "pais": "United States of America", "sin_saga": "true", "n": 20}  # fmt: skip
    assert recommended(page) == expected_titles(api, **filters)
    assert page.evaluate("document.activeElement.textContent") == "Filter", "the focus stays where it was"
    page.reload()
    page.wait_for_selector("body[data-ready]")
    assert recommended(page) == expected_titles(api, **filters)
    assert page.get_by_label("Genre", exact=True).input_value() == "Adventure"
    page.get_by_role("button", name="Remove filters").click()
    page.wait_for_function("() => document.querySelectorAll('.model .title').length === 15")
    assert "genero" not in page.url
    assert recommended(page) == expected_titles(api)
    assert page.get_by_label("Genre", exact=True).input_value() == "" and page.errors == []


def test_the_page_shows_the_error_of_the_api_in_its_language(open_ask_page):
    page = open_ask_page(f"{TOY_STORY}&pais=Nadalandia")
    assert page.locator(".models .refused").inner_text().startswith("unknown country 'Nadalandia'")
    page.get_by_role("button", name="Español").click()
    page.locator(".models .refused", has_text="No se conoce el país «Nadalandia»").wait_for()


def titles_in_table(page) -> list[str]:
    return page.locator("table.films tbody a").all_inner_texts()


@pytest.mark.parametrize(
    ("question", "name", "parameter"),
    [("peliculas_mes", "mayo", "mes"), ("peliculas_dia", "viernes", "dia"), ("peliculas_pais", "Spain", "pais"),
     ("productoras", "Paramount Pictures", "productora"), ("franquicia", "Alien Collection", "franquicia")],
)  # fmt: skip
def test_the_films_behind_a_count_can_be_opened_page_by_page_and_as_csv(open_ask_page, api, question, name, parameter):
    page = open_ask_page(f"/eda/ask/index.html#/{question}/{name}")
    count = api(f"/{question}/{name}").json()["cantidad"]
    page.get_by_role("link", name=f"Show the {count} films").click()
    page.locator("table.films").wait_for()
    films = api("/peliculas", **{parameter: name, "max": 100}).json()["resultados"]
    assert page.evaluate("document.activeElement.matches('#answer h2')")
    assert titles_in_table(page) == [film["titulo"] for film in films[:20]]
    while page.get_by_role("button", name="Show more").is_visible():
        shown = len(titles_in_table(page))
        page.get_by_role("button", name="Show more").click()
        page.wait_for_function("rows => document.querySelectorAll('table.films tbody tr').length > rows", arg=shown)
        assert page.evaluate("document.activeElement.textContent") == films[shown]["titulo"]
    assert titles_in_table(page) == [film["titulo"] for film in films]
    assert page.locator("#answer [role=status]").inner_text() == f"{count} of {count} films"
    link = page.get_by_role("link", name="Download as CSV")
    rows = list(csv.DictReader(io.StringIO(api(link.get_attribute("href")).text)))
    assert len(rows) == count and [int(row["id"]) for row in rows] == [film["id"] for film in films]
    assert page.errors == []


def test_a_list_shows_what_is_unknown_and_what_is_doubtful(open_ask_page):
    page = open_ask_page("/eda/ask/index.html#/peliculas?franquicia=Three%20Colors")
    cells = page.locator("table.films tbody tr").first.locator("td").all_inner_texts()
    assert cells[1:] == ["1993", "unknown", "unknown", "unknown"]
    page = open_ask_page("/eda/ask/index.html#/peliculas?q=farewell%20to%20arms")
    row = page.locator("table.films tbody tr", has_text="1932").inner_text()
    assert "US$4 (doubtful)" in row and "US$25 (doubtful)" in row and "6.25 × (doubtful)" in row


def test_a_list_can_be_sorted_and_its_films_opened(open_ask_page, api):
    page = open_ask_page("/eda/ask/index.html#/peliculas?pais=Spain")
    page.get_by_label("Sort by").select_option("revenue")
    page.wait_for_function("() => location.hash.includes('orden=recaudacion')")
    expected = [film["titulo"] for film in api("/peliculas", pais="Spain", orden="recaudacion").json()["resultados"]]
    page.locator("table.films tbody a").first.filter(has_text=expected[0]).wait_for()
    assert titles_in_table(page) == expected
    page.locator("table.films tbody a").first.click()
    page.locator("#similar").wait_for()
    assert page.locator("#answer h2").inner_text().startswith(expected[0])


def test_the_list_of_january_says_that_it_is_inflated(open_ask_page):
    assert "January is inflated" in open_ask_page("/eda/ask/index.html#/peliculas?mes=enero").inner_text("#answer")
    assert "inflated" not in open_ask_page("/eda/ask/index.html#/peliculas?mes=mayo").inner_text("#answer")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("content", [f"{TOY_STORY}&n=20&genero=Comedy", "/eda/ask/index.html#/peliculas?pais=Spain"])
def test_filters_and_lists_are_readable_on_each_screen(inspect_page, content, width, scheme):
    page = inspect_page(content, width, scheme)
    assert page.page_width <= WIDTHS[width]["width"] and page.violations == [] and page.errors == []
