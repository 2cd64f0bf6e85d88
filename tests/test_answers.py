"""Every answer of the API against a second, independent computation."""

from urllib.parse import quote

import pytest

from independent import films, films_by, names_in

MONTHS = "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre".split()
WEEKDAYS = "lunes martes miercoles jueves viernes sabado domingo".split()


@pytest.fixture(scope="module")
def asked(table_and_client):
    """What the API answers, and the films of its table read independently."""
    table, client = table_and_client
    return (lambda path, name: client.get(f"/{path}/{quote(name, safe='')}").json()), films(table)


def test_every_month_counts_its_films(asked):
    ask, kept = asked
    for number, month in enumerate(MONTHS, 1):
        expected = sum(film["date"].month == number for film in kept)
        assert ask("peliculas_mes", month) == {"mes": month, "cantidad": expected}


def test_every_weekday_counts_its_films(asked):
    ask, kept = asked
    for number, day in enumerate(WEEKDAYS):
        expected = sum(film["date"].weekday() == number for film in kept)
        assert ask("peliculas_dia", day) == {"dia": day, "cantidad": expected}


def test_every_country_counts_its_films_and_no_neighbours(asked):
    ask, kept = asked
    groups = films_by(kept, names_in("production_countries"))
    assert len(groups) >= 20
    for country, members in groups.items():
        assert ask("peliculas_pais", country) == {"pais": country, "cantidad": len(members)}


def test_every_country_code_counts_the_films_of_that_code(asked):
    ask, kept = asked
    groups = films_by(kept, lambda film: [entry["iso_3166_1"] for entry in film["production_countries"]])
    for code, members in groups.items():
        assert ask("peliculas_pais", code)["cantidad"] == len(members), code


def test_every_franchise_adds_up_its_films(asked):
    ask, kept = asked
    for franchise, members in films_by(kept, names_in("belongs_to_collection")).items():
        total = sum(film["revenue"] for film in members)
        assert ask("franquicia", franchise) == {
            "franquicia": franchise, "cantidad": len(members), "ganancia_total": total,
            "ganancia_promedio": total / len(members),
        }  # fmt: skip


def test_every_company_adds_up_its_films(asked):
    ask, kept = asked
    for company, members in films_by(kept, names_in("production_companies")).items():
        total = sum(film["revenue"] for film in members)
        assert ask("productoras", company) == {
            "productora": company, "ganancia_total": total, "cantidad": len(members)
        }  # fmt: skip


def test_every_title_answers_with_its_most_popular_film(asked):
    ask, kept = asked
    for title, members in films_by(kept, lambda film: [film["title"]]).items():
        best = min(members, key=lambda film: (-float(film["popularity"] or -1), int(film["id"])))
        returned = best["revenue"] / best["budget"] if best["budget"] else 0
        assert ask("retorno", title) == {
            "pelicula": title, "inversion": best["budget"], "ganacia": best["revenue"], "retorno": returned,
            "anio": best["date"].year,
        }  # fmt: skip


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
