"""Every answer of the API against a second, independent computation."""

from collections.abc import Iterable
from urllib.parse import quote

import pytest

from independent import MONTHS, WEEKDAYS, films, films_by, names_in
from support import get_all



@pytest.fixture(scope="module")
def asked(table_and_client):
    """What the API answers to a question about each of many names, and the films of its table read independently."""
    table, client = table_and_client

    def ask(path: str, names: Iterable[str]) -> list[dict]:
        return [answer.json() for answer in get_all(client, [f"/{path}/{quote(name, safe='')}" for name in names])]

    return ask, films(table)


def test_every_month_counts_its_films(asked):
    ask, kept = asked
    expected = [sum(film["date"].month == number for film in kept) for number in range(1, 13)]
    answers = [{"mes": month, "cantidad": count} for month, count in zip(MONTHS, expected, strict=True)]
    assert ask("peliculas_mes", MONTHS) == answers


def test_every_weekday_counts_its_films(asked):
    ask, kept = asked
    expected = [sum(film["date"].weekday() == number for film in kept) for number in range(7)]
    answers = [{"dia": day, "cantidad": count} for day, count in zip(WEEKDAYS, expected, strict=True)]
    assert ask("peliculas_dia", WEEKDAYS) == answers


def test_every_country_counts_its_films_and_no_neighbours(asked):
    ask, kept = asked
    groups = films_by(kept, names_in("production_countries"))
    assert len(groups) >= 20
    answers = [{"pais": country, "cantidad": len(members)} for country, members in groups.items()]
    assert ask("peliculas_pais", groups) == answers


def test_every_country_code_counts_the_films_of_that_code(asked):
    ask, kept = asked
    groups = films_by(kept, lambda film: [entry["iso_3166_1"] for entry in film["production_countries"]])
    assert [answer["cantidad"] for answer in ask("peliculas_pais", groups)] == list(map(len, groups.values()))


def test_every_franchise_adds_up_its_films(asked):
    ask, kept = asked
    groups = films_by(kept, names_in("belongs_to_collection"))
    for (franchise, members), answer in zip(groups.items(), ask("franquicia", groups), strict=True):
        total = sum(film["revenue"] for film in members)
        assert answer == {
            "franquicia": franchise, "cantidad": len(members), "ganancia_total": total,
            "ganancia_promedio": total / len(members),
        }  # fmt: skip


def test_every_company_adds_up_its_films(asked):
    ask, kept = asked
    groups = films_by(kept, names_in("production_companies"))
    for (company, members), answer in zip(groups.items(), ask("productoras", groups), strict=True):
        total = sum(film["revenue"] for film in members)
        assert answer == {"productora": company, "ganancia_total": total, "cantidad": len(members)}


def test_every_title_answers_with_its_most_popular_film(asked):
    ask, kept = asked
    groups = films_by(kept, lambda film: [film["title"]])
    for (title, members), answer in zip(groups.items(), ask("retorno", groups), strict=True):
        best = min(members, key=lambda film: (-float(film["popularity"] or -1), int(film["id"])))
        returned = best["revenue"] / best["budget"] if best["budget"] else 0
        assert answer == {
            "pelicula": title, "inversion": best["budget"], "ganacia": best["revenue"], "retorno": returned,
            "anio": best["date"].year,
        }  # fmt: skip
