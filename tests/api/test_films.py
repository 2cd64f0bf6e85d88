"""Pages of films and lists of films: the same counts as the questions, page by page and as CSV."""

import csv
import io
import random
from base64 import urlsafe_b64encode
from pathlib import Path
from urllib.parse import parse_qs, quote, urlencode, urlsplit

import pytest

from independent import MONTHS, WEEKDAYS, get_entry_names, group_films, parse_films, raw_rows
from moviesmlops.film_routes import ListaDePeliculas, Pelicula
from support import get_all

ORDERS = ["popularidad", "estreno", "titulo", "recaudacion", "retorno", "puntuacion"]


@pytest.fixture(scope="module")
def films_and_client(table_and_client):
    table, client = table_and_client
    return parse_films(table), client


def total(client, **filters: object) -> int:
    answer = client.get("/peliculas", params=filters | {"max": 1})
    assert answer.status_code == 200, answer.text
    assert answer.headers["x-total-count"] == str(answer.json()["total"])
    return answer.json()["total"]


def all_pages(client, size: int, **filters: object) -> list[dict]:
    """The films of all pages, following the links."""
    films, path = [], f"/peliculas?{urlencode(filters | {'max': size})}"
    while path:
        answer = client.get(path)
        films += answer.json()["resultados"]
        link = answer.headers.get("link")
        assert bool(link) == bool(answer.json()["siguiente"])
        path = link.removeprefix("<").removesuffix('>; rel="next"') if link else None
    return films


def csv_rows(client, **filters: object) -> list[dict]:
    answer = client.get("/peliculas", params=filters, headers={"Accept": "text/csv"})
    assert answer.status_code == 200 and answer.headers["content-type"].startswith("text/csv")
    return list(csv.DictReader(io.StringIO(answer.text)))


def ids(films: list[dict]) -> list[int]:
    return [int(film["id"]) for film in films]


def test_a_film_has_all_details_in_the_table(films_and_client):
    films, client = films_and_client
    raw = {row["id"]: row for row in films}
    chosen = random.Random(0).sample(films, min(len(films), 400))
    for film, answer in zip(chosen, get_all(client, [f"/peliculas/{film['id']}" for film in chosen]), strict=True):
        page, row = answer.json(), raw[film["id"]]
        assert (page["titulo"], page["estreno"]) == (row["title"], row["release_date"])
        assert page["titulo_original"] == (row["original_title"] or row["title"])
        assert page["presupuesto"] == (film["budget"] or None) and page["recaudacion"] == (film["revenue"] or None)
        assert page["generos"] == get_entry_names("genres")(film)
        assert page["productoras"] == get_entry_names("production_companies")(film)
        assert [country["nombre"] for country in page["paises"]] == get_entry_names("production_countries")(film)
        collection = film["belongs_to_collection"]
        assert page["franquicia"] == (collection["name"] if collection else None)
        assert page["enlaces"]["tmdb"].endswith(f"/{row['id']}")
        assert page["enlaces"]["imdb"] == (f"https://www.imdb.com/title/{row['imdb_id']}/" if row["imdb_id"] else None)


def test_unknown_amounts_are_null(client, sample_build):
    for film in client.get("/peliculas?max=100&orden=recaudacion").json()["resultados"]:
        assert film["presupuesto"] != 0 and film["recaudacion"] != 0 and film["retorno"] != 0
        assert (film["retorno"] is None) == (film["presupuesto"] is None or film["recaudacion"] is None)
    assert any(film["recaudacion"] is None for film in all_pages(client, 100))


@pytest.mark.parametrize("path", ["/retorno/Toy%20Story", "/recomendacion/Toy%20Story?n=1"])
def test_an_answer_about_a_film_links_to_its_page(client, path):
    link = client.get(path).headers["link"]
    assert link == '</peliculas/862>; rel="about"'
    assert client.get("/peliculas/862").json()["titulo"] == "Toy Story"


def test_each_month_weekday_country_genre_and_language_has_as_many_films_as_are_counted(films_and_client):
    films, client = films_and_client
    for number, month in enumerate(MONTHS, 1):
        assert total(client, mes=month) == sum(film["date"].month == number for film in films)
        assert total(client, mes=month) == client.get(f"/peliculas_mes/{month}").json()["cantidad"]
    for number, day in enumerate(WEEKDAYS):
        assert total(client, dia=day) == sum(film["date"].weekday() == number for film in films)
    for column, parameter, path in (("production_countries", "pais", "peliculas_pais"), ("genres", "genero", "")):
        for name, group in group_films(films, get_entry_names(column)).items():
            assert total(client, **{parameter: name}) == len(group), name
            assert not path or client.get(f"/{path}/{name}").json()["cantidad"] == len(group)
    for language in {film["original_language"] for film in films} - {""}:
        found = sum(film["original_language"] == language for film in films)
        assert total(client, idioma=language) == found


@pytest.mark.parametrize("parameter", ["productora", "franquicia"])
def test_companies_and_franchises_have_as_many_films_as_are_counted(films_and_client, parameter):
    films, client = films_and_client
    column = {"productora": "production_companies", "franquicia": "belongs_to_collection"}[parameter]
    route = {"productora": "productoras", "franquicia": "franquicia"}[parameter]
    names = sorted(group_films(films, get_entry_names(column)))
    names = random.Random(1).sample(names, min(len(names), 500))
    lists = get_all(client, [f"/peliculas?{urlencode({parameter: name, 'max': 1})}" for name in names])
    counts = get_all(client, [f"/{route}/{quote(name, safe='')}" for name in names])
    for name, page, count in zip(names, lists, counts, strict=True):
        assert page.json()["total"] == count.json()["cantidad"], name


def sort_key(order: str):
    def key(film: dict) -> tuple:
        value = film["puntuacion_ponderada" if order == "puntuacion" else order]
        if order == "estreno":
            return (-int(value.replace("-", "")), film["id"])
        return (-1e18 if value is None else value) * -1, film["id"]

    return key


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("filters", [{}, {"genero": "Drama"}, {"desde": 1990, "hasta": 1999}, {"q": "the"}])
def test_the_pages_together_are_the_csv_file_in_the_order_requested(client, order, filters):
    films = all_pages(client, 7, orden=order, **filters)
    rows = csv_rows(client, orden=order, **filters)
    assert ids(films) == ids(rows) and len(films) == total(client, **filters) == len(set(ids(films)))
    if order != "titulo":
        assert films == sorted(films, key=sort_key(order))
    else:
        keys = ["".join(filter(str.isalnum, film["titulo"].lower())) for film in films if film["titulo"].isascii()]
        assert abs(keys.index(min(keys)) - 0) < 3 and keys.index(max(keys)) > len(keys) - 4


@pytest.mark.real
def test_all_pages_of_the_real_table_are_the_csv_file_and_the_raw_table(real_client, real_table):
    films = parse_films(real_table)
    spanish = [film for film in films if film["original_language"] == "es"]
    rows = csv_rows(real_client)
    assert sorted(ids(rows)) == sorted(int(film["id"]) for film in films)
    paged = all_pages(real_client, 100, idioma="español", orden="titulo")
    assert sorted(ids(paged)) == sorted(int(film["id"]) for film in spanish)
    assert ids(paged) == ids(csv_rows(real_client, idioma="español", orden="titulo"))
    titles = {film["id"]: film["title"] for film in films}
    assert all(row["titulo"].removeprefix("'") == titles[row["id"]].removeprefix("'") for row in rows)


def test_filters_together_select_what_passes_each_of_them(films_and_client):
    films, client = films_and_client
    rng = random.Random(2)
    genres = sorted(group_films(films, get_entry_names("genres")))
    countries = sorted(group_films(films, get_entry_names("production_countries")))
    for _ in range(150):
        genre, country, start = rng.choice(genres), rng.choice(countries), rng.randint(1950, 2010)
        expected = {
            int(film["id"]) for film in films
            if genre in get_entry_names("genres")(film) and country in get_entry_names("production_countries")(film)
            and start <= film["date"].year <= start + 10
        }  # fmt: skip
        filters = {"genero": genre, "pais": country, "desde": start, "hasta": start + 10}
        assert total(client, **filters) == len(expected)
        assert set(ids(all_pages(client, 100, **filters))) == expected


def test_the_words_of_a_title_find_the_films_that_the_search_finds(client):
    for words in ("toy", "star w", "el laberinto", "god", "Toy Story (1995)"):
        found = client.get("/titulos", params={"q": words, "max": 50}).json()
        listed = client.get("/peliculas", params={"q": words, "max": 100}).json()["resultados"]
        assert {film["id"] for film in found} == {film["id"] for film in listed}, words


def test_names_are_understood_as_in_the_questions(client):
    assert total(client, pais="España") == total(client, pais="ESP") == total(client, pais="spain")
    assert total(client, genero="ciencia ficción") == total(client, genero="Science Fiction") > 0
    assert total(client, idioma="Inglés") == total(client, idioma="en") > 0
    assert total(client, franquicia="toy story") == 3
    answer = client.get("/peliculas?pais=Espanya")
    assert answer.status_code == 404 and answer.json()["sugerencias"][0] == "Spain"
    assert client.get("/peliculas?genero=comdia").json()["sugerencias"] == ["Comedy"]
    empty = "mes=&dia=&pais=&productora=&franquicia=&genero=&idioma=&q="
    assert client.get(f"/peliculas?{empty}&max=1").json()["total"] == total(client)


def cursor(text: str) -> str:
    return urlsafe_b64encode(text.encode()).decode().rstrip("=")


@pytest.mark.parametrize(
    "after",
    ["x", "ñ", "%00", "=====", cursor("null"), cursor("[]"), cursor("{}"), cursor("[1,2,3]"), cursor('"abc"'),
     cursor('["popularidad",1,"a"]'), cursor('["popularidad","1",2]'), cursor('["titulo","a",2]'),
     cursor('["popularidad",true,2]'), cursor('["popularidad",1,2.5]'), cursor('["popularidad",NaN,2]'),
     cursor('["popularidad",1,2,3]'), cursor('["popularidad",[1],2]'), cursor("[" * 400)],
)  # fmt: skip
def test_an_invalid_cursor_is_a_422_in_one_line(client, after):
    answer = client.get("/peliculas", params={"despues": after})
    assert answer.status_code == 422 and "\n" not in answer.json()["detail"]
    assert "orden=popularidad" in answer.json()["detail"]


def test_a_cursor_goes_on_where_it_was_even_if_its_film_is_gone(client):
    films = all_pages(client, 100, orden="recaudacion")
    between = cursor(f'["recaudacion",{films[9]["recaudacion"] - 1},1]')
    page = client.get("/peliculas", params={"orden": "recaudacion", "despues": between, "max": 1}).json()
    assert page["resultados"][0] == films[10]
    past = client.get("/peliculas", params={"orden": "recaudacion", "despues": cursor('["recaudacion",-1,1]')}).json()
    assert past["resultados"] == [] and past["siguiente"] is None and past["total"] == len(films)
    for huge in ("1e308", "-" + "9" * 18, str(2**63 - 1)):
        answer = client.get("/peliculas", params={"despues": cursor(f'["popularidad",{huge},{2**63 - 1}]')})
        assert answer.status_code == 200, huge


def test_json_and_csv_of_one_address_have_their_own_etags(client):
    address = "/peliculas?pais=ES"
    json_answer = client.get(address)
    csv_answer = client.get(address, headers={"Accept": "text/csv"})
    assert json_answer.headers["etag"] != csv_answer.headers["etag"]
    for answer in (json_answer, csv_answer, client.get("/peliculas?formato=csv")):
        assert "Accept" in answer.headers["vary"].split(", ")
    for accept, known, status in (
        ("text/csv", csv_answer, 304), ("text/csv", json_answer, 200), ("application/json", json_answer, 304),
        ("application/json", csv_answer, 200), ("*/*", json_answer, 304),
    ):  # fmt: skip
        headers = {"Accept": accept, "If-None-Match": known.headers["etag"]}
        assert client.get(address, headers=headers).status_code == status
    assert client.get(f"{address}&formato=csv").text == csv_answer.text
    assert client.get(f"{address}&formato=json", headers={"Accept": "text/csv"}).json() == json_answer.json()
    preferred = client.get(address, headers={"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"})
    assert preferred.headers["content-type"] == "application/json"


def test_an_accept_header_in_several_lines_has_the_etag_of_its_answer(client):
    address = "/peliculas?genero=Drama"
    table, page = (client.get(address, headers={"Accept": kind}) for kind in ("text/csv", "application/json"))
    for first, second in (("text/csv", "application/json;q=0.5"), ("application/json;q=0.5", "text/csv")):
        answer = client.get(address, headers=[("Accept", first), ("Accept", second)])
        assert answer.text == table.text
        assert answer.headers["etag"] == table.headers["etag"] != page.headers["etag"]


def test_an_unknown_name_is_an_error_also_for_csv(client):
    answer = client.get("/peliculas?pais=Espanya&formato=csv")
    assert answer.status_code == 404 and answer.headers["content-type"] == "application/problem+json"


def test_a_title_cannot_be_run_as_a_formula(make_once, tmp_path):
    from moviesmlops.sources import SAMPLE_PATH
    from support import api_client

    rows = raw_rows(SAMPLE_PATH)
    titles = ["=HYPERLINK(1)", "+1", "-30-", "@Suicide Room", 'Say "hi", it\'s | here;', "Línea\u2028dos"]
    for row, title in zip(rows, titles, strict=False):
        row["title"] = title
    table = tmp_path / "films.csv"
    with table.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, rows[0])
        writer.writeheader()
        writer.writerows(rows)
    with api_client(make_once("formulas", table)) as client:
        by_id = {row["id"]: row["titulo"] for row in csv_rows(client)}
        for row, title in zip(rows, titles, strict=False):
            assert by_id[row["id"]] == (f"'{title}" if title[0] in "=+-@" else title)
            assert client.get(f"/peliculas/{row['id']}").json()["titulo"] == title


def test_the_answers_have_the_form_that_is_documented(client):
    for film in all_pages(client, 100):
        assert Pelicula.model_validate(film, strict=True).model_dump().keys() == film.keys()
    page = client.get("/peliculas?max=3").json()
    assert ListaDePeliculas.model_validate(page, strict=True).model_dump() == page
    assert list(page) == ["total", "resultados", "siguiente"]


def test_a_list_behind_a_proxy_links_to_the_next_page_with_its_prefix(sample_build: Path):
    from support import api_client

    with api_client(sample_build, ROOT_PATH="/api") as client:
        link = client.get("/api/peliculas?pais=ES&max=2").headers["link"]
        assert link.startswith("</api/peliculas?pais=ES&max=2&despues=")
        assert parse_qs(urlsplit(link[1:].split(">")[0]).query)["despues"]
        assert client.get("/api/retorno/Toy%20Story").headers["link"] == '</api/peliculas/862>; rel="about"'


@pytest.mark.parametrize("path", ["/titulos?q=the", "/titulos?q=", "/nombres/productoras?q=", "/nombres/generos?q=",
                                  "/nombres/franquicias?q=co", "/titulos?q=godzila", "/titulos?q=603"])  # fmt: skip
def test_a_search_says_how_many_names_there_are_and_gives_all_of_them_part_by_part(client, path):
    count, found = int(client.get(f"{path}&max=1").headers["x-total-count"]), []
    for start in range(0, count + 1, 7):
        answer = client.get(f"{path}&max=7&inicio={start}")
        assert answer.headers["x-total-count"] == str(count)
        found += answer.json()
    names = [str(row.get("id") or row["nombre"]) for row in found]
    assert len(names) == count == len(set(names))
    assert client.get(f"{path}&max=7&inicio=30000").json() == []


def test_a_search_without_results_has_the_total_0(client):
    answer = client.get("/titulos?q=zzzzzzqqq")
    assert answer.json() == [] and answer.headers["x-total-count"] == "0"


@pytest.mark.parametrize(("route", "column"), [("productoras", "production_companies"),
                                               ("franquicia", "belongs_to_collection")])  # fmt: skip
def test_a_header_says_of_how_many_films_the_revenue_is_known(films_and_client, route, column):
    films, client = films_and_client
    groups = group_films(films, get_entry_names(column))
    names = random.Random(3).sample(sorted(groups), min(len(groups), 300))
    for answer in get_all(client, [f"/{route}/{quote(name, safe='')}" for name in names]):
        known = sum(film["revenue"] > 0 for film in groups[answer.json()[route.removesuffix("s")]])
        assert answer.headers["x-recaudacion-conocida"] == str(known)
