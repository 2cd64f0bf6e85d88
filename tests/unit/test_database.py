"""The SQLite file of the catalogue: compared with the Parquet file and with totals in SQL, and refused if missing."""

import re
import shutil
import sqlite3
from functools import partial
from pathlib import Path

import pytest

from moviesmlops.builds import write_manifest
from moviesmlops.catalog import CatalogNotFound, Fts5Missing, add_credits, write_database
from moviesmlops.credits import load_credits
from moviesmlops.etl import read_films
from moviesmlops.filters import write_filters
from moviesmlops.live import Build
from moviesmlops.spanish_titles import load_spanish_titles
from support import ROOT


@pytest.fixture(params=["sample_build", pytest.param("real_build", marks=pytest.mark.real)])
def catalog(request) -> Path:
    return request.getfixturevalue(request.param) / "catalog"


def test_the_lists_of_each_film_are_stored_in_their_order(catalog):
    films = read_films(catalog)
    with sqlite3.connect(catalog / "catalog.sqlite") as connection:
        for table, entity, column in (
            ("genres", "genre", "genres"), ("companies", "company", "production_companies"),
            ("countries", "country", "production_countries"), ("languages", "language", "spoken_languages"),
        ):  # fmt: skip
            found = connection.execute(
                f"SELECT film_id, name FROM film_{table} JOIN {table} ON id = {entity}_id ORDER BY film_id, place"
            ).fetchall()
            ordered = films.sort_values("id")
            lists = zip(ordered.id.tolist(), ordered[column].tolist(), strict=True)
            assert found == [(film, entry["name"]) for film, entries in lists for entry in entries], table


def test_totals_match_the_films_and_foreign_keys_are_valid(catalog):
    with sqlite3.connect(catalog / "catalog.sqlite") as connection:
        assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
        grouped = "SELECT franchise_id, count(*), sum(revenue) FROM films WHERE franchise_id NOT NULL GROUP BY 1"
        totals = "SELECT id, films, revenue FROM franchises ORDER BY id"
        assert connection.execute(grouped).fetchall() == connection.execute(totals).fetchall()
        distinct = "SELECT DISTINCT company_id, film_id FROM film_companies"
        sums = f"SELECT company_id, count(*), sum(revenue) FROM ({distinct}) JOIN films ON id = film_id GROUP BY 1"
        assert (
            connection.execute(sums).fetchall()
            == connection.execute("SELECT id, films, revenue FROM companies ORDER BY id").fetchall()
        )


def test_the_same_films_give_the_same_bytes(request, catalog, tmp_path):
    import pandas as pd

    is_sample = "sample" in request.node.name
    credits = load_credits("sample" if is_sample else str(request.getfixturevalue("real_table")))
    originals = pd.read_parquet(catalog / "original_titles.parquet")
    with sqlite3.connect(catalog / "catalog.sqlite") as connection:
        imdb_ids = pd.read_sql("SELECT id, imdb_id FROM films", connection)
    write_database(read_films(catalog), originals, tmp_path, load_spanish_titles(), imdb_ids)
    write_filters(tmp_path)
    add_credits(tmp_path, read_films(catalog).id.tolist(), credits)
    for name in ("catalog.sqlite", "film_titles.npy", "trigram_names.npy", "film_orders.npy", "films_by_genre.npy"):
        assert (tmp_path / name).read_bytes() == (catalog / name).read_bytes()


def test_a_build_without_a_database_is_refused_with_one_line(sample_build, tmp_path):
    old = shutil.copytree(sample_build, tmp_path / "old")
    (old / "catalog" / "catalog.sqlite").unlink()
    write_manifest(old, "sample", {})
    with pytest.raises(CatalogNotFound, match=r"catalog\.sqlite: not found; make a new build with: moviesmlops build"):
        Build.open(old)


def test_a_build_without_the_arrays_for_filters_is_refused_with_one_line(sample_build, tmp_path):
    old = shutil.copytree(sample_build, tmp_path / "old")
    (old / "catalog" / "film_orders.npy").unlink()
    write_manifest(old, "sample", {})
    with pytest.raises(CatalogNotFound, match=r"film_orders\.npy: not found; make a new build with: moviesmlops build"):
        Build.open(old)


def test_an_sqlite_without_full_text_search_is_reported_in_one_line(monkeypatch, catalog, tmp_path):
    class ConnectionWithoutFts5(sqlite3.Connection):
        def executescript(self, script):
            if "fts5" in script:
                raise sqlite3.OperationalError("no such module: fts5")
            return super().executescript(script)

    connect = partial(sqlite3.connect, factory=ConnectionWithoutFts5)
    monkeypatch.setattr(sqlite3, "connect", connect)
    with pytest.raises(Fts5Missing, match="FTS5") as error:
        write_database(read_films(catalog), read_films(catalog)[["id"]].head(0).assign(original_title=""), tmp_path)
    assert "\n" not in str(error.value)


def test_the_queries_in_contributing_return_rows(catalog):
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    queries = re.search(r"```sql\n(.*?)```", text, re.DOTALL)[1].split(";\n")
    with sqlite3.connect(catalog / "catalog.sqlite") as connection:
        assert all(connection.execute(query).fetchall() for query in queries if query.strip())


def test_the_directors_of_a_film_are_in_the_database(sample_build):
    query = """SELECT directors.name FROM films JOIN film_directors ON film_id = films.id
               JOIN directors ON directors.id = director_id WHERE title = ? ORDER BY place"""
    with sqlite3.connect(sample_build / "catalog" / "catalog.sqlite") as connection:
        assert connection.execute(query, ["Toy Story"]).fetchall() == [("John Lasseter",)]
        most = connection.execute("SELECT name, films FROM actors ORDER BY id LIMIT 1").fetchone()
        films = "SELECT count(*) FROM film_actors JOIN actors ON actors.id = actor_id WHERE name = ?"
        assert connection.execute(films, most[:1]).fetchone() == most[1:]
