"""Every answer of the API is compared with an independent computation."""

from collections.abc import Iterable
from urllib.parse import quote

import pytest

from independent import MONTHS, WEEKDAYS, parse_films, group_films, get_entry_names
from support import get_all


@pytest.fixture(scope="module")
def ask_and_films(table_and_client):
    """A function that sends a question for each of many names, and the films of the table, read independently."""
    table, client = table_and_client

    def ask(path: str, names: Iterable[str]) -> list[dict]:
        return [answer.json() for answer in get_all(client, [f"/{path}/{quote(name, safe='')}" for name in names])]

    return ask, parse_films(table)


def test_each_month_has_the_right_number_of_films(ask_and_films):
    ask, table_films = ask_and_films
    expected = [sum(film["date"].month == number for film in table_films) for number in range(1, 13)]
    answers = [{"mes": month, "cantidad": count} for month, count in zip(MONTHS, expected, strict=True)]
    assert ask("peliculas_mes", MONTHS) == answers


def test_each_weekday_has_the_right_number_of_films(ask_and_films):
    ask, table_films = ask_and_films
    expected = [sum(film["date"].weekday() == number for film in table_films) for number in range(7)]
    answers = [{"dia": day, "cantidad": count} for day, count in zip(WEEKDAYS, expected, strict=True)]
    assert ask("peliculas_dia", WEEKDAYS) == answers


def test_each_country_has_the_right_number_of_films(ask_and_films):
    ask, table_films = ask_and_films
    groups = group_films(table_films, get_entry_names("production_countries"))
    assert len(groups) >= 20
    answers = [{"pais": country, "cantidad": len(members)} for country, members in groups.items()]
    assert ask("peliculas_pais", groups) == answers


def test_each_country_code_has_the_right_number_of_films(ask_and_films):
    ask, table_films = ask_and_films
    groups = group_films(table_films, lambda film: [entry["iso_3166_1"] for entry in film["production_countries"]])
    assert [answer["cantidad"] for answer in ask("peliculas_pais", groups)] == list(map(len, groups.values()))


def test_each_franchise_has_the_right_count_and_revenue(ask_and_films):
    ask, table_films = ask_and_films
    groups = group_films(table_films, get_entry_names("belongs_to_collection"))
    for (franchise, members), answer in zip(groups.items(), ask("franquicia", groups), strict=True):
        total = sum(film["revenue"] for film in members)
        assert answer == {
            "franquicia": franchise, "cantidad": len(members), "ganancia_total": total,
            "ganancia_promedio": total / len(members),
        }  # fmt: skip


def test_each_company_has_the_right_count_and_revenue(ask_and_films):
    ask, table_films = ask_and_films
    groups = group_films(table_films, get_entry_names("production_companies"))
    for (company, members), answer in zip(groups.items(), ask("productoras", groups), strict=True):
        total = sum(film["revenue"] for film in members)
        assert answer == {"productora": company, "ganancia_total": total, "cantidad": len(members)}


def test_each_title_returns_its_most_popular_film(ask_and_films):
    ask, table_films = ask_and_films
    groups = group_films(table_films, lambda film: [film["title"]])
    for (title, members), answer in zip(groups.items(), ask("retorno", groups), strict=True):
        best = min(members, key=lambda film: (-float(film["popularity"] or -1), int(film["id"])))
        returned = best["revenue"] / best["budget"] if best["budget"] else 0
        assert answer == {
            "pelicula": title, "inversion": best["budget"], "ganacia": best["revenue"], "retorno": returned,
            "anio": best["date"].year,
        }  # fmt: skip
