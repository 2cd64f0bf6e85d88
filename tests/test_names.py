"""What people type, and what the API makes of it."""

from urllib.parse import quote

import pytest


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


@pytest.mark.parametrize("beginning", ["Serb", "German", "Nether", "United", "a"])
def test_a_part_of_a_name_is_no_name(client, beginning):
    assert client.get(f"/peliculas_pais/{beginning}").status_code == 404


@pytest.mark.parametrize(
    "typed", ["enero", "ENERO", "January", " enero ", "Ene"],
)
def test_a_month_may_be_written_many_ways(client, typed):
    assert client.get(f"/peliculas_mes/{typed}").json()["mes"] == "enero"


def test_setiembre_is_september(client):
    assert client.get("/peliculas_mes/setiembre").json() == client.get("/peliculas_mes/September").json()


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


def test_congo_is_one_name_with_two_codes(real_client):
    both, *each = (real_client.get(f"/peliculas_pais/{name}").json()["cantidad"] for name in ("Congo", "CD", "CG"))
    assert max(each) <= both <= sum(each) and min(each) < both


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
