"""Invalid input returns a clear error in RFC 9457 format, never a 500."""

from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given, settings, strategies as st
from werkzeug import http

from support import api_client

QUESTIONS = ["peliculas_mes", "peliculas_dia", "franquicia", "peliculas_pais", "productoras", "retorno", "nombres"]


def assert_problem(answer, status: int):
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    body = answer.json()
    assert body["status"] == status and body["detail"] and "\n" not in body["detail"]
    assert body["type"].startswith("/docs/errores#")
    return body


@pytest.mark.parametrize(
    ("path", "code"),
    [("/retorno/Godzila", "unknown_name"), ("/peliculas/999999999", "unknown_id"), ("/retorno/tt0114709", "imdb_id"),
     ("/retorno/Godzilla?anio=1900", "unknown_year"), ("/retorno/Alien?id=862", "id_of_another_film"),
     ("/salud?a=1", "unknown_parameter"), ("/titulos?q=a&q=b", "repeated_parameter"),
     ("/titulos?max=0", "invalid_parameter"), ("/peliculas?despues=x", "invalid_cursor"),
     ("/recomendaciones?ids=a", "invalid_ids"), ("/recomendaciones", "wrong_number_of_films"),
     ("/nowhere", "not_found"), ("/eda/", "no_report")],
)  # fmt: skip
def test_the_type_of_an_error_is_the_address_of_its_description(client, sample_build, path, code):
    kind = assert_problem(client.get(path), client.get(path).status_code)["type"]
    page, _, anchor = kind.partition("#")
    assert anchor == code and f'id="{code}"' in client.get(page).text
    with api_client(sample_build, ROOT_PATH="/api") as behind_proxy:
        kind = behind_proxy.get(f"/api{path}").json()["type"]
        assert kind == f"/api/docs/errores#{code}" and f'id="{code}"' in behind_proxy.get(kind).text


@pytest.mark.parametrize("path", QUESTIONS)
def test_an_error_contains_the_unknown_name(client, path):
    assert "«brumario»" in assert_problem(client.get(f"/{path}/brumario"), 404)["detail"]


def test_a_misspelt_name_gets_suggestions(client):
    assert assert_problem(client.get("/retorno/Godzila"), 404)["sugerencias"][0] == "Godzilla"
    assert assert_problem(client.get("/peliculas_pais/Espanya"), 404)["sugerencias"][0] == "Spain"


@pytest.mark.parametrize(
    ("typed", "meant"),
    [("harry poter", "Harry Potter"), ("indiana jnes", "Indiana Jones"), ("godfater", "The Godfather")],
)
def test_a_title_with_one_misspelt_word_is_suggested(client, typed, meant):
    assert client.get(f"/retorno/{typed}").json()["sugerencias"][0].startswith(meant)
    assert client.get(f"/titulos?q={typed}").json()[0]["titulo"].startswith(meant)


def test_errors_are_in_english_if_the_client_prefers_it(client):
    spanish = client.get("/retorno/Godzila").json()["detail"]
    english = client.get("/retorno/Godzila", headers={"Accept-Language": "en-GB,en;q=0.9"}).json()["detail"]
    assert spanish.startswith("No se conoce") and english.startswith("unknown title")


@pytest.mark.parametrize(
    "query", ["titulos?max=0", "titulos?max=51", "titulos?max=x", "retorno/Godzilla?anio=nunca",
              "retorno/Godzilla?id=1e9", "retorno/Godzilla?id=" + "9" * 5000, "titulos?q=" + "a" * 500]
)  # fmt: skip
def test_an_invalid_parameter_is_a_422_that_names_it(client, query):
    parameter = query.split("?")[1].split("=")[0]
    assert parameter in assert_problem(client.get(f"/{query}"), 422)["detail"]


def test_an_unknown_path_and_a_wrong_method_return_problem_documents(client):
    assert_problem(client.get("/pelicula"), 404)
    assert_problem(client.get("/eda/../../etc/passwd"), 404)
    assert client.post("/salud").headers["allow"] == "GET, HEAD, OPTIONS"
    assert_problem(client.post("/salud"), 405)


def test_only_the_root_redirects(client):
    assert client.get("/", follow_redirects=False).status_code == 307
    for path in ("/salud/", "/docs/", "/titulos/", "/peliculas_mes"):
        assert client.get(path, follow_redirects=False).status_code == 404


@pytest.mark.parametrize(
    ("asked", "correct"),
    [("/peliculas_mes?mes=enero", "/peliculas_mes/enero"), ("/peliculas_mes/?mes=enero", "/peliculas_mes/enero"),
     ("/peliculas_dia?dia=lunes", "/peliculas_dia/lunes"), ("/franquicia?franquicia=Alien", "/franquicia/Alien"),
     ("/peliculas_pais?pais=España", "/peliculas_pais/Espa%C3%B1a"),
     ("/productoras?productora=Lucasfilm", "/productoras/Lucasfilm"),
     ("/retorno?pelicula=Face/Off&anio=1997", "/retorno/Face%2FOff?anio=1997"),
     ("/recomendacion?titulo=Alien&modelo=knn&n=3", "/recomendacion/Alien?modelo=knn&n=3"),
     ("/nombres?tipo=paises&q=esp", "/nombres/paises?q=esp"), ("/peliculas_mes", "/peliculas_mes/{mes}"),
     ("//peliculas_mes/enero", "/peliculas_mes/enero"),
     ("//retorno//Toy Story?anio=1995", "/retorno/Toy%20Story?anio=1995"),
     ("//salud", "/salud"), ("/salud/", "/salud"), ("/nombres//paises", "/nombres/paises")],
)  # fmt: skip
def test_a_path_in_another_form_is_a_404_that_shows_the_correct_one(client, asked, correct):
    body = assert_problem(client.get("http://testserver" + asked), 404)
    assert body["sugerencias"] == [correct] and body["detail"].endswith(f"la forma correcta es {correct}")
    if "{" not in correct:
        assert client.get(correct).status_code == 200


@pytest.mark.parametrize(
    "path", ["/pelicula", "/nombres/a/b", "/eda//x", "/retorno?pelicula=" + "x" * 999, "/metricas"]
)
def test_no_path_is_shown_if_none_is_meant(client, path):
    assert "sugerencias" not in assert_problem(client.get(path), 404)


def test_the_correct_path_has_the_prefix_of_a_proxy(sample_build):
    with api_client(sample_build, ROOT_PATH="/api") as behind_proxy:
        for path in ("/api/peliculas_mes?mes=enero", "/peliculas_mes?mes=enero"):
            assert behind_proxy.get(path).json()["sugerencias"] == ["/api/peliculas_mes/enero"]


LISTS = {
    "peliculas": ["mes", "dia", "pais", "productora", "franquicia", "genero", "idioma", "desde", "hasta", "q", "orden",
                  "max", "despues", "formato"],
    "recomendaciones": ["id", "ids", "cada", "modelo", "n", "genero", "sin_genero", "desde", "hasta", "idioma", "pais",
                        "sin_saga"],
}  # fmt: skip
VALUES = st.text(max_size=80) | st.sampled_from(
    ["862", "597", "csv", "true", "Drama", "España", "1990", "titulo", "-1", "1e9", "9" * 30, "WyJ0aXR1bG8iLCJhIiwxXQ",
     "=1+1", "%00", "\x00", "\ud7ff", '"', "a*", "NEAR(", "OR"]
)  # fmt: skip


@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(path=st.sampled_from(["peliculas", "recomendaciones", "peliculas/862/recomendaciones"]), data=st.data())
def test_no_parameters_of_a_list_cause_a_500(client, path, data):
    names = LISTS["recomendaciones" if path.endswith("recomendaciones") else "peliculas"]
    query = data.draw(st.lists(st.tuples(st.sampled_from(names), VALUES), max_size=4))
    answer = client.get(f"/{path}", params=query, headers={"Accept": data.draw(st.sampled_from(["*/*", "text/csv"]))})
    assert answer.status_code in (200, 404, 422), query


PARAMETERS = {"retorno": "anio", "nombres": "q", "recomendacion": "modelo"}


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(path=st.sampled_from([*QUESTIONS, "recomendacion"]), text=st.text(max_size=300), query=st.text(max_size=60))
def test_no_text_causes_a_500(client, path, text, query):
    url = f"/{path}/{quote(text, safe='')}"
    assert client.get(url).status_code in (200, 404, 422)
    if path in PARAMETERS:
        assert client.get(url, params={PARAMETERS[path]: query}).status_code in (200, 404, 422)


def test_an_unknown_parameter_is_an_error(client):
    assert "«year»" in assert_problem(client.get("/retorno/Godzilla?year=1998"), 422)["detail"]
    assert "anio" in client.get("/retorno/Godzilla?year=1998").json()["detail"]


def test_the_docs_load_nothing_from_other_hosts(client):
    page = client.get("/docs").text
    assert "swagger-ui" in page and "https://" not in page


def test_a_long_accept_language_costs_no_more_than_its_beginning(client, monkeypatch):
    read, parse = [], http.parse_accept_header
    monkeypatch.setattr(http, "parse_accept_header", lambda value, kind: read.append(len(value)) or parse(value, kind))
    languages = ",".join(f"a{number};q=0.5" for number in range(30_000))
    assert_problem(client.get("/nada", headers={"Accept-Language": languages}), 404)
    answer = client.get("/nada", headers={"Accept-Language": f"en,{languages}"})
    assert answer.json()["title"] == "Not Found", "the beginning asks for English"
    assert max(read) <= 1_000


@pytest.mark.parametrize("path", ["/docs", "/"])
def test_a_page_may_have_any_parameters_in_a_link(client, path):
    assert client.get(f"{path}?utm_source=letter", follow_redirects=False).status_code in (200, 307)
