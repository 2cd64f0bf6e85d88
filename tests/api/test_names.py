"""What people type, and what the API makes of it."""

from urllib.parse import quote

import pytest

from independent import film_called, films, films_by, letters_of, most_popular_first
from moviesmlops.queries import Queries
from support import get_all
from typing_errors import draw_trials, take_trial


@pytest.mark.parametrize("typed", ["España", "Spain", "ES", "ESP", "espana", " ESPAÑA "])
def test_a_country_answers_to_all_its_names(client, typed):
    assert client.get(f"/peliculas_pais/{typed}").json() == client.get("/peliculas_pais/Spain").json()


@pytest.mark.parametrize(
    ("typed", "name"),
    [("USA", "United States of America"), ("EE. UU.", "United States of America"), ("Reino Unido", "United Kingdom"),
     ("República Checa", "Czech Republic"), ("Unión Soviética", "Soviet Union"), ("SU", "Soviet Union"),
     ("Alemania", "Germany"), ("DEU", "Germany"), ("Países Bajos", "Netherlands"), ("Serbia", "Serbia"),
     ("Serbia y Montenegro", "Serbia and Montenegro"), ("RDA", "East Germany")],
)  # fmt: skip
def test_a_country_is_named_as_the_table_writes_it(client, typed, name):
    assert client.get(f"/peliculas_pais/{typed}").json()["pais"] == name


@pytest.mark.parametrize("part", ["Inglaterra", "England", "Escocia", "Gales", "Wales", "irlanda del norte"])
def test_a_part_of_a_country_is_refused_and_the_country_suggested_first(client, part):
    answer = client.get(f"/peliculas_pais/{part}")
    assert answer.status_code == 404 and answer.json()["sugerencias"][0] == "United Kingdom"
    assert client.get(f"/nombres/paises?q={part}").json()[0]["nombre"] == "United Kingdom"


@pytest.mark.parametrize("beginning", ["Serb", "German", "Nether", "United", "a"])
def test_a_part_of_a_name_is_no_name(client, beginning):
    assert client.get(f"/peliculas_pais/{beginning}").status_code == 404


@pytest.mark.parametrize(
    "typed", ["enero", "ENERO", "January", " enero ", "Ene", "jan.", "1", "01"],
)
def test_a_month_may_be_written_many_ways(client, typed):
    assert client.get(f"/peliculas_mes/{typed}").json()["mes"] == "enero"


def test_setiembre_is_september(client):
    assert client.get("/peliculas_mes/setiembre").json() == client.get("/peliculas_mes/September").json()


@pytest.mark.parametrize(("typed", "month"), [("sept.", "septiembre"), ("Set", "septiembre"), ("agost", "agosto"),
                                              ("12", "diciembre"), ("Decem", "diciembre")])  # fmt: skip
def test_a_month_may_be_shortened_or_numbered(client, typed, month):
    assert client.get(f"/peliculas_mes/{typed}").json()["mes"] == month


@pytest.mark.parametrize(("typed", "day"), [("tues", "martes"), ("thurs", "jueves"), ("mie", "miercoles"),
                                            ("sáb.", "sabado"), ("Weds", "miercoles"), ("sun", "domingo")])  # fmt: skip
def test_a_weekday_may_be_shortened(client, typed, day):
    assert client.get(f"/peliculas_dia/{typed}").json()["dia"] == day


@pytest.mark.parametrize("path", ["peliculas_dia/3", "peliculas_mes/0", "peliculas_mes/13", "peliculas_mes/1%2F2",
                                  "peliculas_mes/-1", "peliculas_mes/ma", "peliculas_dia/m"])  # fmt: skip
def test_what_might_be_two_months_or_weekdays_is_none(client, path):
    assert client.get(f"/{path}").status_code == 404


@pytest.mark.parametrize("typed", ["Miércoles", "miercoles", "MIÉRCOLES", "wednesday"])
def test_a_weekday_may_be_written_many_ways(client, typed):
    assert client.get(f"/peliculas_dia/{typed}").json()["dia"] == "miercoles"


@pytest.mark.parametrize(
    "title", ["Face/Off", "Who's Afraid of Virginia Woolf?", "99 and 44/100% Dead", "Revolution #9", "Amélie"]
)
def test_a_title_with_a_slash_or_another_sign_is_found(client, title):
    answer = client.get(f"/retorno/{quote(title, safe='')}")
    assert answer.status_code == 200 and answer.json()["pelicula"] == title


def test_a_slash_may_also_stand_as_it_is(client):
    assert client.get("/retorno/Face/Off").json()["pelicula"] == "Face/Off"


def test_accents_and_case_are_optional(client):
    assert client.get("/retorno/AMELIE").json()["pelicula"] == "Amélie"


def test_every_original_title_answers_its_film_or_the_most_popular_one_of_that_name(table_and_client):
    table, client = table_and_client
    ranked = most_popular_first(films(table))
    by_title = films_by(ranked, lambda film: [letters_of(film["title"])])
    by_original = films_by(ranked, lambda film: [letters_of(film["original_title"])])
    others = [film for film in ranked if film["original_title"] not in ("", film["title"])]
    assert len(others) >= 70
    paths = [f"/retorno/{quote(film['original_title'], safe='')}" for film in others]
    for film, asked in zip(others, get_all(client, paths), strict=True):
        found, answer = film_called(film["original_title"], by_title, by_original), asked.json()
        assert answer["pelicula"] == found["title"] and answer["anio"] == found["date"].year, film["original_title"]
        assert (answer["inversion"], answer["ganacia"]) == (found["budget"], found["revenue"])


def test_an_original_title_is_as_good_as_the_title(client):
    whole = client.get("/retorno/Pan's Labyrinth").json()
    for asked in ("El laberinto del fauno", "EL LABERINTO DEL FAUNO?anio=2006", "el laberinto del fauno?id=1417"):
        assert client.get(f"/retorno/{asked}").json() == whole, asked
    assert client.get("/retorno/El laberinto del fauno?id=862").status_code == 422, "that is Toy Story"
    assert client.get("/recomendacion/El laberinto del fauno").json()["titulo"] == "Pan's Labyrinth"


def test_a_search_says_by_which_original_title_it_found_a_film(client):
    assert client.get("/titulos?q=laberinto fau").json() == [
        {"id": 1417, "titulo": "Pan's Labyrinth", "anio": 2006, "original": "El laberinto del fauno"}
    ]
    assert client.get("/titulos?q=pan's lab").json() == [{"id": 1417, "titulo": "Pan's Labyrinth", "anio": 2006}]
    assert client.get("/titulos?q=el labirinto del fauno").json()[0]["original"] == "El laberinto del fauno"


@pytest.mark.parametrize(
    ("typed", "title"),
    [("Godfather", "The Godfather"), ("Godfather, The", "The Godfather"), ("dark knight", "The Dark Knight"),
     ("Laberinto del fauno", "Pan's Labyrinth"), ("vita è bella, La", "Life Is Beautiful")],
)  # fmt: skip
def test_a_title_answers_without_its_article_and_with_it_behind(client, typed, title):
    assert client.get(f"/retorno/{typed}").json()["pelicula"] == title


@pytest.mark.parametrize("build", ["sample_build", pytest.param("real_build", marks=pytest.mark.real)])
@pytest.mark.parametrize("kind", ["peliculas", "franquicias", "productoras"])
def test_mistyped_names_are_found_as_often_as_was_promised(request, build, kind):
    index = Queries.load(request.getfixturevalue(build)).indexes[kind]
    names = [name.name for name in index.all_names("name")]
    trials = [trial for trial in draw_trials(names, 1_000, seed=2) if len(letters_of(trial.name)) >= 8]
    places = [take_trial(index, trial)[0] for trial in trials]
    assert sum(place == 0 for place in places) >= 0.85 * len(places)
    assert sum(place < 5 for place in places) >= 0.95 * len(places)


@pytest.mark.parametrize("typed", ["ﷺ" * 200, "a " * 100, "x" * 2_000, "?" * 500, "\n" * 9, "क" * 200, "é" * 5_000])
def test_the_strangest_names_are_refused_politely(client, typed):
    for path in ("retorno", "franquicia", "productoras", "peliculas_pais", "peliculas_mes"):
        answer = client.get(f"/{path}/{quote(typed, safe='')}")
        assert answer.status_code == 404 and answer.json()["status"] == 404
    assert client.get(f"/titulos?q={quote(typed[:200], safe='')}").status_code == 200


def test_films_that_share_a_title_are_told_apart_by_year_and_id(client):
    years = {client.get(f"/retorno/Godzilla?anio={year}").json()["anio"] for year in (1954, 1998, 2014)}
    assert years == {1954, 1998, 2014}
    assert client.get("/retorno/Godzilla?id=929").json()["anio"] == 1998
    assert client.get("/retorno/Godzilla").json()["anio"] == 2014, "the most popular of the three"


def test_two_films_of_one_title_and_year_are_told_apart_by_id(client):
    found = client.get("/titulos?q=Black Rain").json()
    assert len(found) == 2 and {film["anio"] for film in found} == {1989}
    revenue = {client.get(f"/retorno/Black Rain?id={film['id']}").json()["ganacia"] for film in found}
    assert len(revenue) == 2


def test_a_year_that_no_such_film_has_lists_the_years(client):
    answer = client.get("/retorno/Godzilla?anio=1960")
    assert answer.status_code == 404 and answer.json()["sugerencias"] == [1954, 1998, 2014]


def test_an_id_of_another_film_is_a_contradiction(client):
    answer = client.get("/retorno/Toy Story?id=929")
    assert answer.status_code == 422 and "929" in answer.json()["detail"]
    assert client.get("/retorno/Godzilla?id=929&anio=1954").status_code == 422


def test_an_unknown_id_is_not_found(client):
    assert client.get("/retorno/Godzilla?id=999999999").status_code == 404


def test_a_franchise_answers_with_or_without_collection(client):
    whole = client.get("/franquicia/Toy Story Collection").json()
    assert client.get("/franquicia/toy story").json() == whole and whole["franquicia"] == "Toy Story Collection"


def test_names_that_fall_together_are_never_summed(client):
    one, other = (client.get(f"/productoras/{name}").json() for name in ("StudioCanal", "Studio Canal"))
    assert one["productora"] == "StudioCanal" and other["productora"] == "Studio Canal"
    either = client.get("/productoras/studiocanal").json()
    assert either in (one, other) and either["cantidad"] == max(one["cantidad"], other["cantidad"])


def test_search_as_you_type_finds_beginnings_of_words(client):
    titles = [film["titulo"] for film in client.get("/titulos?q=god the").json()]
    assert titles[0] == "The Godfather" and all("god" in title.lower() and "the" in title.lower() for title in titles)


@pytest.mark.parametrize(("query", "name"), [("españ", "Spain"), ("alem", "Germany"), ("reino", "United Kingdom")])
def test_countries_are_listed_by_the_beginning_of_any_of_their_names(client, query, name):
    assert name in [found["nombre"] for found in client.get(f"/nombres/paises?q={query}").json()]


def test_a_title_is_listed_without_its_signs_too(client):
    assert client.get("/titulos?q=faceoff").json()[0]["titulo"] == "Face/Off"


@pytest.mark.parametrize(
    ("code", "name"),
    [("FRA", "France"), ("GBR", "United Kingdom"), ("USA", "United States of America"), ("MEX", "Mexico"),
     ("ARG", "Argentina"), ("JPN", "Japan"), ("IND", "India"), ("COD", "Congo"), ("COL", "Colombia"),
     ("CHE", "Switzerland")],
)  # fmt: skip
def test_a_country_answers_to_its_three_letter_code(client, code, name):
    assert client.get(f"/peliculas_pais/{code}").json()["pais"] == name


def test_search_offers_near_titles_where_none_fits(client):
    assert client.get("/titulos?q=toy stroy").json()[0]["titulo"].startswith("Toy Story")


def test_the_lists_of_names_hold_what_the_questions_accept(client):
    for kind, path in (("franquicias", "franquicia"), ("productoras", "productoras"), ("paises", "peliculas_pais")):
        names = client.get(f"/nombres/{kind}?max=50").json()
        assert [name["cantidad"] for name in names] == sorted((name["cantidad"] for name in names), reverse=True)
        for name in names:
            answer = client.get(f"/{path}/{quote(name['nombre'], safe='')}").json()
            assert answer["cantidad"] == name["cantidad"]


@pytest.mark.parametrize("path", ["productoras/Pixar Animation Studios", "franquicia/Toy Story", "franquicia/Toy"])
def test_a_name_that_stands_alone_links_nowhere(client, path):
    assert "link" not in client.get(f"/{path}").headers
