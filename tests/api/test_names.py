"""How the API interprets the names that users type."""

from urllib.parse import quote

import pandas as pd
import pytest

from independent import find_film, parse_films, group_films, normalize_name, sort_by_popularity
from moviesmlops.catalog import write_database
from moviesmlops.etl import build_catalog
from moviesmlops.queries import Queries
from moviesmlops.sources import load_raw
from support import get_all
from typing_errors import draw_trials, measure_trial


@pytest.mark.parametrize("typed", ["España", "Spain", "ES", "ESP", "espana", " ESPAÑA "])
def test_a_country_is_found_by_all_its_names(client, typed):
    assert client.get(f"/peliculas_pais/{typed}").json() == client.get("/peliculas_pais/Spain").json()


@pytest.mark.parametrize(
    ("typed", "name"),
    [("USA", "United States of America"), ("EE. UU.", "United States of America"), ("Reino Unido", "United Kingdom"),
     ("República Checa", "Czech Republic"), ("Unión Soviética", "Soviet Union"), ("SU", "Soviet Union"),
     ("Alemania", "Germany"), ("DEU", "Germany"), ("Países Bajos", "Netherlands"), ("Serbia", "Serbia"),
     ("Serbia y Montenegro", "Serbia and Montenegro"), ("RDA", "East Germany")],
)  # fmt: skip
def test_the_answer_has_the_country_name_of_the_table(client, typed, name):
    assert client.get(f"/peliculas_pais/{typed}").json()["pais"] == name


@pytest.mark.parametrize("part", ["Inglaterra", "England", "Escocia", "Gales", "Wales", "irlanda del norte"])
def test_a_part_of_a_country_is_unknown_and_the_country_is_the_first_suggestion(client, part):
    answer = client.get(f"/peliculas_pais/{part}")
    assert answer.status_code == 404 and answer.json()["sugerencias"][0] == "United Kingdom"
    assert client.get(f"/nombres/paises?q={part}").json()[0]["nombre"] == "United Kingdom"


@pytest.mark.parametrize("prefix", ["Serb", "German", "Nether", "United", "a"])
def test_a_part_of_a_country_name_is_unknown(client, prefix):
    assert client.get(f"/peliculas_pais/{prefix}").status_code == 404


@pytest.mark.parametrize(
    "typed",
    ["enero", "ENERO", "January", " enero ", "Ene", "jan.", "1", "01"],
)
def test_a_month_can_be_written_in_several_ways(client, typed):
    assert client.get(f"/peliculas_mes/{typed}").json()["mes"] == "enero"


def test_setiembre_is_september(client):
    assert client.get("/peliculas_mes/setiembre").json() == client.get("/peliculas_mes/September").json()


@pytest.mark.parametrize(("typed", "month"), [("sept.", "septiembre"), ("Set", "septiembre"), ("agost", "agosto"),
                                              ("12", "diciembre"), ("Decem", "diciembre")])  # fmt: skip
def test_a_month_can_be_abbreviated_or_a_number(client, typed, month):
    assert client.get(f"/peliculas_mes/{typed}").json()["mes"] == month


@pytest.mark.parametrize(("typed", "day"), [("tues", "martes"), ("thurs", "jueves"), ("mie", "miercoles"),
                                            ("sáb.", "sabado"), ("Weds", "miercoles"), ("sun", "domingo")])  # fmt: skip
def test_a_weekday_can_be_abbreviated(client, typed, day):
    assert client.get(f"/peliculas_dia/{typed}").json()["dia"] == day


@pytest.mark.parametrize("path", ["peliculas_dia/3", "peliculas_mes/0", "peliculas_mes/13", "peliculas_mes/1%2F2",
                                  "peliculas_mes/-1", "peliculas_mes/ma", "peliculas_dia/m"])  # fmt: skip
def test_ambiguous_months_and_weekdays_are_unknown(client, path):
    assert client.get(f"/{path}").status_code == 404


@pytest.mark.parametrize("typed", ["Miércoles", "miercoles", "MIÉRCOLES", "wednesday"])
def test_a_weekday_can_be_written_in_several_ways(client, typed):
    assert client.get(f"/peliculas_dia/{typed}").json()["dia"] == "miercoles"


@pytest.mark.parametrize(
    "title", ["Face/Off", "Who's Afraid of Virginia Woolf?", "99 and 44/100% Dead", "Revolution #9", "Amélie"]
)
def test_a_title_with_a_slash_or_other_punctuation_is_found(client, title):
    answer = client.get(f"/retorno/{quote(title, safe='')}")
    assert answer.status_code == 200 and answer.json()["pelicula"] == title


def test_a_slash_need_not_be_encoded(client):
    assert client.get("/retorno/Face/Off").json()["pelicula"] == "Face/Off"


@pytest.mark.parametrize("title", ["Toy%0AStory", "%0AToy%0A%0DStory%0A", "Toy%0AStory%20(1995)"])
def test_a_title_that_was_copied_with_its_line_breaks_is_found(client, title):
    assert client.get(f"/retorno/{title}").json()["anio"] == 1995
    assert client.get(f"/recomendacion/{title}").json()["titulo"] == "Toy Story"


def test_accents_and_case_are_optional(client):
    assert client.get("/retorno/AMELIE").json()["pelicula"] == "Amélie"


def test_each_original_title_returns_its_film_or_the_most_popular_one_of_that_name(table_and_client):
    table, client = table_and_client
    ranked = sort_by_popularity(parse_films(table))
    by_title = group_films(ranked, lambda film: [normalize_name(film["title"])])
    by_original = group_films(ranked, lambda film: [normalize_name(film["original_title"])])
    others = [film for film in ranked if film["original_title"] not in ("", film["title"])]
    assert len(others) >= 70
    paths = [f"/retorno/{quote(film['original_title'], safe='')}" for film in others]
    for film, response in zip(others, get_all(client, paths), strict=True):
        found, answer = find_film(film["original_title"], by_title, by_original), response.json()
        assert answer["pelicula"] == found["title"] and answer["anio"] == found["date"].year, film["original_title"]
        assert (answer["inversion"], answer["ganacia"]) == (found["budget"], found["revenue"])


def test_a_film_is_found_by_its_original_title(client):
    expected = client.get("/retorno/Pan's Labyrinth").json()
    for path in ("El laberinto del fauno", "EL LABERINTO DEL FAUNO?anio=2006", "el laberinto del fauno?id=1417"):
        assert client.get(f"/retorno/{path}").json() == expected, path
    assert client.get("/retorno/El laberinto del fauno?id=862").status_code == 422, "this is the id of Toy Story"
    assert client.get("/recomendacion/El laberinto del fauno").json()["titulo"] == "Pan's Labyrinth"


def test_a_search_returns_the_original_title_that_matched(client):
    assert client.get("/titulos?q=laberinto fau").json() == [
        {"id": 1417, "titulo": "Pan's Labyrinth", "anio": 2006, "original": "El laberinto del fauno"}
    ]
    assert client.get("/titulos?q=pan's lab").json() == [{"id": 1417, "titulo": "Pan's Labyrinth", "anio": 2006}]
    assert client.get("/titulos?q=el labirinto del fauno").json()[0]["original"] == "El laberinto del fauno"


@pytest.mark.parametrize(
    ("typed", "title", "year"),
    [("El padrino", "The Godfather", 1972), ("padrino", "The Godfather", 1972), ("Psicosis", "Psycho", 1960),
     ("Volver al futuro", "Back to the Future", 1985), ("Regreso al futuro", "Back to the Future", 1985),
     ("Cenicienta?anio=2015", "Cinderella", 2015), ("La Cenicienta?id=11224", "Cinderella", 1950)],
)  # fmt: skip
def test_a_film_is_found_by_its_titles_in_spain_and_latin_america(client, typed, title, year):
    answer = client.get(f"/retorno/{typed}").json()
    assert (answer["pelicula"], answer["anio"]) == (title, year)


def test_a_title_of_the_table_comes_before_a_spanish_title_of_another_film(tmp_path):
    films = build_catalog(load_raw("sample")).films
    titles = pd.DataFrame({"id": [238, 862], "titulo": ["Alien", "Jungla"], "region": "ES", "origin": "test"})
    write_database(films, pd.DataFrame({"id": [], "original_title": []}), tmp_path / "catalog", titles)
    queries = Queries.load(tmp_path)
    assert queries.film("Alien").title == "Alien" and queries.film("alien", 1972).id == 238
    assert queries.film("jungla").id == 862


def test_a_search_returns_the_spanish_title_that_matched(client):
    assert client.get("/titulos?q=el rey l").json()[0] == {
        "id": 8587, "titulo": "The Lion King", "anio": 1994, "en_espanol": "El rey león"
    }  # fmt: skip


@pytest.mark.parametrize(
    ("typed", "title"),
    [("Godfather", "The Godfather"), ("Godfather, The", "The Godfather"), ("dark knight", "The Dark Knight"),
     ("Laberinto del fauno", "Pan's Labyrinth"), ("vita è bella, La", "Life Is Beautiful")],
)  # fmt: skip
def test_a_title_is_found_without_its_article_or_with_the_article_at_the_end(client, typed, title):
    assert client.get(f"/retorno/{typed}").json()["pelicula"] == title


@pytest.mark.parametrize("build", ["sample_build", pytest.param("real_build", marks=pytest.mark.real)])
@pytest.mark.parametrize("kind", ["peliculas", "franquicias", "productoras"])
def test_suggestions_for_mistyped_names_reach_the_required_accuracy(request, build, kind):
    index = Queries.load(request.getfixturevalue(build)).indexes[kind]
    names = [name.name for name in index.all_names("name")]
    trials = [trial for trial in draw_trials(names, 1_000, seed=2) if len(normalize_name(trial.name)) >= 8]
    ranks = [measure_trial(index, trial)[0] for trial in trials]
    assert sum(rank == 0 for rank in ranks) >= 0.85 * len(ranks)
    assert sum(rank < 5 for rank in ranks) >= 0.95 * len(ranks)


@pytest.mark.parametrize("typed", ["ﷺ" * 200, "a " * 100, "x" * 2_000, "?" * 500, "\n" * 9, "क" * 200, "é" * 5_000])
def test_extreme_names_are_a_404(client, typed):
    for path in ("retorno", "franquicia", "productoras", "peliculas_pais", "peliculas_mes"):
        answer = client.get(f"/{path}/{quote(typed, safe='')}")
        assert answer.status_code == 404 and answer.json()["status"] == 404
    assert client.get(f"/titulos?q={quote(typed[:200], safe='')}").status_code == 200


def test_films_with_the_same_title_are_selected_by_year_or_id(client):
    years = {client.get(f"/retorno/Godzilla?anio={year}").json()["anio"] for year in (1954, 1998, 2014)}
    assert years == {1954, 1998, 2014}
    assert client.get("/retorno/Godzilla?id=929").json()["anio"] == 1998
    assert client.get("/retorno/Godzilla").json()["anio"] == 2014, "the most popular of the three"


def test_films_with_the_same_title_and_year_are_selected_by_id(client):
    found = client.get("/titulos?q=Black Rain").json()
    assert len(found) == 2 and {film["anio"] for film in found} == {1989}
    revenue = {client.get(f"/retorno/Black Rain?id={film['id']}").json()["ganacia"] for film in found}
    assert len(revenue) == 2


def test_a_wrong_year_is_a_404_that_lists_the_years(client):
    answer = client.get("/retorno/Godzilla?anio=1960")
    assert answer.status_code == 404 and answer.json()["sugerencias"] == [1954, 1998, 2014]


def test_an_id_of_another_film_is_a_422(client):
    answer = client.get("/retorno/Toy Story?id=929")
    assert answer.status_code == 422 and "929" in answer.json()["detail"]
    assert client.get("/retorno/Godzilla?id=929&anio=1954").status_code == 422


def test_an_unknown_id_is_a_404(client):
    assert client.get("/retorno/Godzilla?id=999999999").status_code == 404


def test_a_franchise_is_found_with_or_without_collection(client):
    expected = client.get("/franquicia/Toy Story Collection").json()
    assert client.get("/franquicia/toy story").json() == expected and expected["franquicia"] == "Toy Story Collection"


def test_companies_with_the_same_key_are_not_added_up(client):
    one, other = (client.get(f"/productoras/{name}").json() for name in ("StudioCanal", "Studio Canal"))
    assert one["productora"] == "StudioCanal" and other["productora"] == "Studio Canal"
    either = client.get("/productoras/studiocanal").json()
    assert either in (one, other) and either["cantidad"] == max(one["cantidad"], other["cantidad"])


def test_search_as_you_type_matches_the_start_of_words(client):
    titles = [film["titulo"] for film in client.get("/titulos?q=god the").json()]
    assert titles[0] == "The Godfather" and all("god" in title.lower() and "the" in title.lower() for title in titles)


@pytest.mark.parametrize(("query", "name"), [("españ", "Spain"), ("alem", "Germany"), ("reino", "United Kingdom")])
def test_countries_are_found_by_the_start_of_any_of_their_names(client, query, name):
    assert name in [found["nombre"] for found in client.get(f"/nombres/paises?q={query}").json()]


def test_a_search_ignores_punctuation(client):
    assert client.get("/titulos?q=faceoff").json()[0]["titulo"] == "Face/Off"


@pytest.mark.parametrize(
    ("code", "name"),
    [("FRA", "France"), ("GBR", "United Kingdom"), ("USA", "United States of America"), ("MEX", "Mexico"),
     ("ARG", "Argentina"), ("JPN", "Japan"), ("IND", "India"), ("COD", "Congo"), ("COL", "Colombia"),
     ("CHE", "Switzerland")],
)  # fmt: skip
def test_a_country_is_found_by_its_three_letter_code(client, code, name):
    assert client.get(f"/peliculas_pais/{code}").json()["pais"] == name


def test_a_search_without_matches_returns_similar_titles(client):
    assert client.get("/titulos?q=toy stroy").json()[0]["titulo"].startswith("Toy Story")


def test_the_questions_accept_all_listed_names(client):
    for kind, path in (("franquicias", "franquicia"), ("productoras", "productoras"), ("paises", "peliculas_pais")):
        names = client.get(f"/nombres/{kind}?max=50").json()
        assert [name["cantidad"] for name in names] == sorted((name["cantidad"] for name in names), reverse=True)
        for name in names:
            answer = client.get(f"/{path}/{quote(name['nombre'], safe='')}").json()
            assert answer["cantidad"] == name["cantidad"]


@pytest.mark.parametrize("path", ["productoras/Pixar Animation Studios", "franquicia/Toy Story", "franquicia/Toy"])
def test_an_answer_has_no_link_if_there_are_no_related_names(client, path):
    assert "link" not in client.get(f"/{path}").headers
