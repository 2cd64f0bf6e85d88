"""The rules of the ETL, compared with the standard library and on hostile input."""

import ast
import io
import json
import re
import tokenize
from contextlib import suppress

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings, strategies as st

from independent import parse_films as independent_films
from moviesmlops.sources import SAMPLE_PATH, load_raw
from moviesmlops.etl import (
    NESTED_COLUMNS, InvalidLiteral, NoFilmsLeft, build_catalog, parse_literal, parse_nested_column, read_films,
)  # fmt: skip
from support import REAL


@pytest.fixture(scope="module")
def sample():
    return load_raw("sample")


JSON_CONSTANTS = {
    "null": "None", "nan": "None", "NaN": "None", "true": "True", "TRUE": "True", "false": "False", "FALSE": "False",
}  # fmt: skip
PARSER_ERRORS = (ValueError, SyntaxError, TypeError, MemoryError, RecursionError, tokenize.TokenError)


def replace_json_constants(text: str) -> str:
    """Replace JSON constants outside of strings with Python's."""
    tokens = tokenize.generate_tokens(io.StringIO(text.strip()).readline)
    return tokenize.untokenize((kind, JSON_CONSTANTS.get(token, token)) for kind, token, *_ in tokens)


def parse_value(text: str) -> object:
    """Parse a text as JSON if it starts like JSON, else as a Python literal; raises `PARSER_ERRORS`."""
    if text.lstrip("[{ \t\r\n").startswith('"'):
        with suppress(*PARSER_ERRORS):
            return json.loads(text)
    try:
        return ast.literal_eval(text)
    except PARSER_ERRORS:
        return ast.literal_eval(replace_json_constants(text))


def as_integer_key(value: object) -> object:
    """An integer key of an entry that may be written as text or as a float."""
    if type(value) is str and re.fullmatch("[0-9]{1,18}([.]0)?", value):
        return int(float(value)) if len(value) < 15 else int(value.split(".")[0])
    return int(value) if type(value) is float and value == value // 1 else value


def expected_entries(text: str, key: str, key_type: type) -> list[dict] | None:
    """The key and the name of each entry, with the standard library only; None for an invalid text."""
    try:
        value = parse_value(text)
    except PARSER_ERRORS:
        return None
    entries = [] if value is None or value is False else [value] if type(value) is dict else value
    if type(entries) is not list:
        return None
    entries = [entry for entry in entries if entry is not None]
    if not all(type(entry) is dict for entry in entries):
        return None
    entries = [entry for entry in entries if any(value is not None for value in entry.values())]
    kept = [{key: entry.get(key), "name": entry.get("name")} for entry in entries]
    for entry in kept:
        if key_type is int:
            entry[key] = as_integer_key(entry[key])
        if type(entry[key]) is not key_type or type(entry["name"]) is not str:
            return None
        try:
            np.array(entry[key], np.int64 if key_type is int else str)
            f"{entry[key]}{entry['name']}".encode()
        except (OverflowError, UnicodeEncodeError):
            return None
    return kept


def check_entries(texts: list[str], key: str, key_type: type) -> None:
    parsed = parse_nested_column(pd.Series(texts, dtype="str"), key, key_type)
    expected = [expected_entries(text, key, key_type) for text in texts]
    assert parsed.invalid.tolist() == [entries is None for entries in expected]
    assert parsed.values.tolist() == [entries or [] for entries in expected]


PIECES = [
    "{'id': 1, 'name': 'a'}", "{'name': 'é, b', 'id': 0}", "{'id': '1', 'name': 'x'}", "{'id': True, 'name': 'x'}",
    "{'id': 1, 'name': 'a', 'id': 2}", "{'id': 1, 'name': 'a', 'logo': null}", "'id': ", "'name': ", "'b'", '"it\'s"',
    "'a' 'b'", "12", "01", "-1", "1.0", "1_0", "9" * 18, "9" * 20, ", ", ",", "[", "]", "{", "}", "'", '"', "\\", "\\'",
    "\\ud800", "\n", "\t", "\0", " ", "true", "None", "NaN", "id", "name", "#",
    '[{"id": 1, "name": "a"}]', '{"id": "18", "name": "\\/"}', '"\\ud83d\\ude00"', "{}", "{'id': 18.0, 'name': 'b'}",
]  # fmt: skip
COMBINED = st.lists(st.sampled_from(PIECES), max_size=6).map("".join)


@settings(max_examples=1000, deadline=None)
@given(
    texts=st.lists(COMBINED.map("[{}]".format) | COMBINED | st.text(max_size=30), min_size=1, max_size=8),
    key_type=st.sampled_from([int, str]),
)
def test_any_text_is_parsed_as_by_the_standard_library(texts, key_type):
    texts = [text.encode("utf-8", "ignore").decode() for text in texts if text]  # an empty cell is null
    check_entries(texts, "id", key_type)


HOSTILE = ["[" * 100_000, "(" * 5000 + ")" * 5000, "-" * 100_000 + "1", "9" * 10_000, "{[]: 1}", "\0"]


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_is_invalid_and_does_not_affect_other_rows(text):
    with pytest.raises(InvalidLiteral):
        parse_literal(text)
    check_entries([text, "[{'id': 1, 'name': 'a'}]"], "id", int)


@pytest.mark.parametrize("table", ["sample", REAL])
def test_the_films_match_an_independent_computation(table, sample_build, request):
    build = sample_build if table == "sample" else request.getfixturevalue("real_build")
    path = SAMPLE_PATH if table == "sample" else request.getfixturevalue("real_table")
    films, expected = read_films(build / "catalog"), independent_films(path)
    assert films.id.tolist() == [int(film["id"]) for film in expected]
    assert films.title.tolist() == [film["title"] for film in expected]
    assert films.release_date.dt.date.tolist() == [film["date"] for film in expected]
    assert films.revenue.tolist() == [film["revenue"] for film in expected]
    for column in ("genres", "production_countries", "production_companies"):
        for ours, theirs in zip(films[column], expected, strict=True):
            assert [entry["name"] for entry in ours] == [entry["name"] for entry in theirs[column]]


BROKEN = {
    "genres": ["[{'id': 1}]", "not a list", "[" * 3000, "[{'id': 'x', 'name': 'a'}]", "[1, 2]"],
    "budget": ["/poster.jpg", "-1", "1.5", "inf", "1e30", "1.50E+07"],
    "id": ["1997-08-20", "", "12.5"],
    "popularity": ["Beware of frost bites", "nan"],
    "title": [""],
    "release_date": ["30/10/1995", "1995"],
    "vote_count": ["5.415"],
}


@pytest.mark.parametrize(("column", "value"), [(column, value) for column in BROKEN for value in BROKEN[column]])
def test_a_broken_row_is_quarantined_with_its_reason(sample, column, value):
    raw = sample.head(20).copy()
    raw.loc[7, column] = value or None
    catalog = build_catalog(raw)
    assert catalog.quarantine.row.tolist() == [8]
    assert column in catalog.quarantine.reason[0]
    step = "invalid release_date" if column == "release_date" else "broken row"
    assert catalog.steps.set_index("removes").removed[step] == 1
    assert len(catalog.films) == len(build_catalog(sample.head(20)).films) - 1


def test_the_first_row_of_an_id_is_kept(sample):
    raw = pd.concat([sample.head(3), sample.head(1).assign(title="Another")], ignore_index=True)
    assert build_catalog(raw).films.title.tolist() == sample.title.head(3).tolist()


def test_the_return_is_always_finite(sample):
    raw = sample.head(4).copy()
    raw["budget"], raw["revenue"] = ["0", None, "2", "1"], ["5", "5", None, "9000000000000"]
    assert build_catalog(raw).films["return"].tolist() == [0, 0, 0, 9e12]
    assert np.isfinite(build_catalog(sample).films["return"]).all()


def test_a_table_that_leaves_no_film_is_refused_with_the_removed_rows(sample):
    undated = sample.head(5).assign(release_date=None)
    for rows in (sample.head(0), undated):
        message = f"no films are left from {len(rows)} rows: null release_date −{len(rows)}"
        with pytest.raises(NoFilmsLeft, match=message):
            build_catalog(rows)


IMPOSSIBLE = {"vote_average": ["10.5", "-1", "4000"], "vote_count": ["-1"], "runtime": ["-90"], "popularity": ["-0.1"]}


def test_an_impossible_number_affects_only_its_own_row(sample):
    wrong = [(column, value) for column, values in IMPOSSIBLE.items() for value in values]
    raw = sample.copy()
    for row, (column, value) in enumerate(wrong):
        raw.loc[row, column] = value
    without, found = build_catalog(sample.drop(index=range(len(wrong)))), build_catalog(raw)
    assert found.films.weighted_rating.tolist() == without.films.weighted_rating.tolist()
    reasons = dict(zip(found.quarantine.row, found.quarantine.reason, strict=True))
    for row, (column, value) in enumerate(wrong, 1):
        assert reasons[row] == f"{column} is {value!r}"


@pytest.mark.parametrize("day", ["0001-01-01", "1066-10-14", "9999-12-31"])
def test_a_date_in_an_impossible_year_is_invalid(day, sample):
    raw = sample.head(5).copy()
    raw.loc[2, "release_date"] = day
    catalog = build_catalog(raw)
    assert len(catalog.films) == 4 and catalog.steps.set_index("removes").removed["invalid release_date"] == 1


def test_films_are_read_with_the_types_that_were_written(sample_build, sample):
    pd.testing.assert_frame_equal(read_films(sample_build / "catalog"), build_catalog(sample).films)


def test_pandas_reads_the_catalogue_directly(sample_build):
    films = pd.read_parquet(sample_build / "catalog" / "films.parquet")
    assert films.release_date.dt.year.equals(films.release_year.astype("int32"))
    assert films.genres.iloc[0][0]["name"] == "Animation"


@pytest.mark.parametrize("column", NESTED_COLUMNS)
def test_every_nested_value_of_the_real_table_is_parsed_as_by_the_standard_library(real_table, column):
    texts = load_raw(str(real_table))[column].dropna().unique().tolist()
    assert len(texts) > 1_000
    check_entries(texts, *NESTED_COLUMNS[column])
