"""The rules of the catalogue, held against the standard library and against hostile input."""

import ast

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings, strategies as st

from independent import films as independent_films
from moviesmlops.data import COLUMNS, SAMPLE, load_raw
from moviesmlops.etl import NESTED, BadLiteral, build_catalog, parse_literal, read_films


@pytest.fixture(scope="module")
def sample():
    return load_raw("sample")


def outcome(read, text: str):
    """What a reader makes of a text: a value with its types, or a refusal."""
    try:
        return repr(read(text))
    except (BadLiteral, ValueError, SyntaxError, TypeError, MemoryError, RecursionError):
        return "refused"


def test_every_nested_value_of_the_real_table_is_read_as_python_reads_it(real_table):
    raw = load_raw(str(real_table))
    distinct = pd.unique(pd.concat([raw[name] for name in NESTED]).dropna())
    assert len(distinct) > 30_000
    for text in distinct:
        assert outcome(parse_literal, text) == outcome(ast.literal_eval, text)


LITERALS = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inside: st.lists(inside, max_size=3) | st.dictionaries(st.text(max_size=5), inside, max_size=3),
    max_leaves=12,
)


@settings(max_examples=2000, deadline=None)
@given(LITERALS.map(repr) | st.text(alphabet="[]{}(),:'\" \\ntrueNonefalsNaIiy019.-+eux#\t\n", max_size=30))
def test_any_text_is_read_as_python_reads_it(text):
    assert outcome(parse_literal, text) == outcome(ast.literal_eval, text)


HOSTILE = ["[" * 100_000, "(" * 5000 + ")" * 5000, "-" * 100_000 + "1", "9" * 10_000, "{[]: 1}", "\0"]


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_is_refused_and_breaks_nothing(text):
    with pytest.raises(BadLiteral):
        parse_literal(text)


@pytest.mark.parametrize("table", ["sample", "real"])
def test_the_films_are_those_of_an_independent_reading(table, sample_build, request):
    build = sample_build if table == "sample" else request.getfixturevalue("real_build")
    path = SAMPLE if table == "sample" else request.getfixturevalue("real_table")
    films, expected = read_films(build / "catalog"), independent_films(path)
    assert films.id.tolist() == [int(film["id"]) for film in expected]
    assert films.title.tolist() == [film["title"] for film in expected]
    assert films.release_date.dt.date.tolist() == [film["date"] for film in expected]
    assert films.revenue.tolist() == [film["revenue"] for film in expected]
    for column in ("genres", "production_countries", "production_companies"):
        for ours, theirs in zip(films[column], expected, strict=True):
            assert [entry["name"] for entry in ours] == [entry["name"] for entry in theirs[column]]


def test_the_real_table_loses_the_rows_that_it_should(real_table):
    catalog = build_catalog(load_raw(str(real_table)))
    steps = catalog.steps.set_index("removes").removed
    assert steps.to_dict() == {
        "null release_date": 87, "no real release_date": 3, "broken row": 0, "repeated id": 30,
    }  # fmt: skip
    assert catalog.quarantine.reason.str.startswith("cut short").sum() == 3
    assert catalog.quarantine.id.isin(["1997-08-20", "2012-09-29", "2014-01-01"]).sum() == 3
    assert len(catalog.films) == 45_346 and (catalog.films.release_year >= 1970).sum() <= 37_087


BROKEN = {
    "genres": ["[{'id': 1}]", "not a list", "[" * 3000, "[{'id': '1', 'name': 'a'}]", "[1, 2]"],
    "budget": ["/poster.jpg", "-1", "1.5", "inf", "1e30"],
    "id": ["1997-08-20", "", "12.5"],
    "popularity": ["Beware of frost bites", "nan"],
    "title": [""],
}


@pytest.mark.parametrize(("column", "value"), [(column, value) for column in BROKEN for value in BROKEN[column]])
def test_a_broken_row_goes_to_the_quarantine_with_its_reason(sample, column, value):
    raw = sample.head(20).copy()
    raw.loc[7, column] = value or None
    catalog = build_catalog(raw)
    assert catalog.quarantine.row.tolist() == [8]
    assert column in catalog.quarantine.reason[0]
    assert catalog.steps.set_index("removes").removed["broken row"] == 1
    assert len(catalog.films) == len(build_catalog(sample.head(20)).films) - 1


def test_the_first_row_of_an_id_stays(sample):
    raw = pd.concat([sample.head(3), sample.head(1).assign(title="Another")], ignore_index=True)
    assert build_catalog(raw).films.title.tolist() == sample.title.head(3).tolist()


def test_the_return_is_always_finite(sample):
    raw = sample.head(4).copy()
    raw["budget"], raw["revenue"] = ["0", None, "2", "1"], ["5", "5", None, "9000000000000"]
    assert build_catalog(raw).films["return"].tolist() == [0, 0, 0, 9e12]
    assert np.isfinite(build_catalog(sample).films["return"]).all()


def test_a_table_of_no_rows_is_an_empty_catalogue(sample):
    catalog = build_catalog(sample.head(0))
    assert catalog.films.empty and catalog.quarantine.empty and list(sample) == COLUMNS


def test_types_survive_being_written(sample_build, sample):
    pd.testing.assert_frame_equal(read_films(sample_build / "catalog"), build_catalog(sample).films)


def test_plain_pandas_reads_the_catalogue_too(sample_build):
    films = pd.read_parquet(sample_build / "catalog" / "films.parquet")
    assert films.release_date.dt.year.equals(films.release_year.astype("int32"))
    assert films.genres.iloc[0][0]["name"] == "Animation"
