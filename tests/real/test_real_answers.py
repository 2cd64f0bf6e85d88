"""Answers of the API about well-known films in the real table."""

from urllib.parse import quote

import pyarrow.parquet as pq
import pytest

from independent import MONTHS, WEEKDAYS, parse_films, raw_rows


def test_the_real_table_has_6956_different_original_titles(real_table, real_build):
    rows = raw_rows(real_table)
    others = [row["id"] for row in rows if row["original_title"] and row["original_title"] != row["title"]]
    kept = pq.read_table(real_build / "catalog" / "original_titles.parquet").to_pylist()
    assert len(others) == 6_956 and {str(row["id"]) for row in kept} <= set(others)
    known = {film["id"]: film for film in parse_films(real_table)}
    assert {film["id"]: film["original_title"] for film in kept} == {
        int(film_id): film["original_title"] for film_id, film in known.items()
        if film["original_title"] not in ("", film["title"])
    }  # fmt: skip


@pytest.mark.parametrize(
    ("typed", "title"),
    [("Matrix", "The Matrix"), ("Matrix, The", "The Matrix"), ("Avengers", "The Avengers"),
     ("Big Lebowski", "The Big Lebowski"), ("Les Choristes", "The Chorus"), ("Boot", "Das Boot"),
     ("Circle", "Circle"), ("Boot, Das", "Das Boot")],
)  # fmt: skip
def test_films_are_found_by_their_common_titles(real_client, typed, title):
    assert real_client.get(f"/retorno/{typed}").json()["pelicula"] == title


@pytest.mark.parametrize("typed", ["Hard", "La Land", "Am Legend", "Hard, Die"])
def test_words_that_are_not_articles_are_not_dropped(real_client, typed):
    assert real_client.get(f"/retorno/{typed}").json().get("pelicula") not in ("Die Hard", "La La Land", "I Am Legend")


@pytest.mark.parametrize(
    ("typed", "title"),
    [("Avngers", "The Avengers"), ("Terminatr", "The Terminator"), ("The Matrx", "The Matrix"),
     ("labirinto del fauno", "Pan's Labyrinth"), ("rings lord of the", "The Lord of the Rings")],
)  # fmt: skip
def test_the_intended_title_is_the_first_suggestion(real_client, typed, title):
    answer = real_client.get(f"/retorno/{typed}")
    assert answer.status_code == 404 and answer.json()["sugerencias"][0] == title


def test_congo_is_one_country_with_two_codes(real_client):
    both, *by_code = (real_client.get(f"/peliculas_pais/{name}").json()["cantidad"] for name in ("Congo", "CD", "CG"))
    assert max(by_code) <= both <= sum(by_code) and min(by_code) < both


@pytest.mark.parametrize(
    ("company", "films", "other"),
    [("Disney", 2, "Walt Disney Pictures"), ("20th Century Fox", 6, "Twentieth Century Fox Film Corporation")],
)
def test_a_company_links_to_companies_with_similar_names(real_client, company, films, other):
    answer = real_client.get(f"/productoras/{company}")
    assert answer.json()["cantidad"] == films, "only the company asked for is counted"
    link = answer.headers["link"]
    assert link == f'</nombres/productoras?q={quote(company)}>; rel="related"'
    found = real_client.get(link[1 : link.index(">")]).json()
    assert found[0]["nombre"] == company and other in [name["nombre"] for name in found[1:]]


def test_a_franchise_links_to_franchises_with_similar_names(real_client):
    answer = real_client.get("/franquicia/Batman")
    link = answer.headers["link"]
    assert answer.json()["franquicia"] == "Batman Collection" and "/nombres/franquicias?q=Batman>" in link
    assert len(real_client.get(link[1 : link.index(">")]).json()) > 1


def test_the_published_counts_of_the_real_table(real_client):
    def get(path: str) -> dict:
        return real_client.get(path).json()

    months = [get(f"/peliculas_mes/{month}")["cantidad"] for month in MONTHS]
    assert months == [5909, 3028, 3549, 3452, 3337, 3151, 2638, 3393, 4834, 4613, 3661, 3781]
    days = [get(f"/peliculas_dia/{day}")["cantidad"] for day in WEEKDAYS]
    assert days == [3500, 4640, 7027, 7520, 13902, 5149, 3608]
    assert get("/franquicia/Back to the Future")["ganancia_total"] == 957_637_345
    assert get("/peliculas_pais/Russia")["cantidad"] == 911
    universal = get("/productoras/Universal Studios")
    assert (universal["cantidad"], universal["ganancia_total"]) == (34, 3_265_387_180)
    godzilla = get("/retorno/Godzilla?anio=1998")
    assert (godzilla["inversion"], godzilla["ganacia"]) == (130_000_000, 379_014_294)
    assert get("/salud")["peliculas"] == 45_346
