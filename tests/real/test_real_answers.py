"""What the API answers about the films of the real table as people know them."""

from urllib.parse import quote

import pyarrow.parquet as pq
import pytest

from independent import MONTHS, WEEKDAYS, films, raw_rows


def test_the_real_table_holds_as_many_other_original_titles_as_was_counted(real_table, real_build):
    rows = raw_rows(real_table)
    others = [row["id"] for row in rows if row["original_title"] and row["original_title"] != row["title"]]
    kept = pq.read_table(real_build / "catalog" / "original_titles.parquet").to_pylist()
    assert len(others) == 6_956 and {str(row["id"]) for row in kept} <= set(others)
    known = {film["id"]: film for film in films(real_table)}
    assert {film["id"]: film["original_title"] for film in kept} == {
        int(number): film["original_title"] for number, film in known.items()
        if film["original_title"] not in ("", film["title"])
    }  # fmt: skip


@pytest.mark.parametrize(
    ("typed", "title"),
    [("Matrix", "The Matrix"), ("Matrix, The", "The Matrix"), ("Avengers", "The Avengers"),
     ("Big Lebowski", "The Big Lebowski"), ("Les Choristes", "The Chorus"), ("Boot", "Das Boot"),
     ("Circle", "Circle"), ("Boot, Das", "Das Boot")],
)  # fmt: skip
def test_people_find_the_films_of_the_real_table_as_they_know_them(real_client, typed, title):
    assert real_client.get(f"/retorno/{typed}").json()["pelicula"] == title


@pytest.mark.parametrize("typed", ["Hard", "La Land", "Am Legend", "Hard, Die"])
def test_what_only_looks_like_an_article_is_none(real_client, typed):
    assert real_client.get(f"/retorno/{typed}").json().get("pelicula") not in ("Die Hard", "La La Land", "I Am Legend")


@pytest.mark.parametrize(
    ("typed", "title"),
    [("Avngers", "The Avengers"), ("Terminatr", "The Terminator"), ("The Matrx", "The Matrix"),
     ("labirinto del fauno", "Pan's Labyrinth"), ("rings lord of the", "The Lord of the Rings")],
)  # fmt: skip
def test_what_was_meant_is_suggested_first(real_client, typed, title):
    answer = real_client.get(f"/retorno/{typed}")
    assert answer.status_code == 404 and answer.json()["sugerencias"][0] == title


def test_congo_is_one_name_with_two_codes(real_client):
    both, *each = (real_client.get(f"/peliculas_pais/{name}").json()["cantidad"] for name in ("Congo", "CD", "CG"))
    assert max(each) <= both <= sum(each) and min(each) < both


@pytest.mark.parametrize(
    ("company", "films", "other"),
    [("Disney", 2, "Walt Disney Pictures"), ("20th Century Fox", 6, "Twentieth Century Fox Film Corporation")],
)
def test_a_company_that_is_one_of_many_links_to_the_others(real_client, company, films, other):
    answer = real_client.get(f"/productoras/{company}")
    assert answer.json()["cantidad"] == films, "what was asked is answered"
    link = answer.headers["link"]
    assert link == f'</nombres/productoras?q={quote(company)}>; rel="related"'
    found = real_client.get(link[1 : link.index(">")]).json()
    assert found[0]["nombre"] == company and other in [name["nombre"] for name in found[1:]]


def test_a_franchise_that_is_one_of_many_links_to_the_others(real_client):
    answer = real_client.get("/franquicia/Batman")
    link = answer.headers["link"]
    assert answer.json()["franquicia"] == "Batman Collection" and "/nombres/franquicias?q=Batman>" in link
    assert len(real_client.get(link[1 : link.index(">")]).json()) > 1


def test_the_published_counts_of_the_real_table(real_client):
    def count(path: str) -> dict:
        return real_client.get(path).json()

    months = [count(f"/peliculas_mes/{month}")["cantidad"] for month in MONTHS]
    assert months == [5909, 3028, 3549, 3452, 3337, 3151, 2638, 3393, 4834, 4613, 3661, 3781]
    days = [count(f"/peliculas_dia/{day}")["cantidad"] for day in WEEKDAYS]
    assert days == [3500, 4640, 7027, 7520, 13902, 5149, 3608]
    assert count("/franquicia/Back to the Future")["ganancia_total"] == 957_637_345
    assert count("/peliculas_pais/Russia")["cantidad"] == 911
    universal = count("/productoras/Universal Studios")
    assert (universal["cantidad"], universal["ganancia_total"]) == (34, 3_265_387_180)
    godzilla = count("/retorno/Godzilla?anio=1998")
    assert (godzilla["inversion"], godzilla["ganacia"]) == (130_000_000, 379_014_294)
    assert count("/salud")["peliculas"] == 45_346
