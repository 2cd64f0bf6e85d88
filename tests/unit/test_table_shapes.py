"""The sample as other programs write it: the films are the same, or one line says why the table is refused."""

import gzip
import json
import lzma
import pickle
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pytest

from moviesmlops.pipeline import make_build, make_catalog
from moviesmlops.builds import file_digests, open_recommenders
from moviesmlops.errors import MoviesError, QueryError
from moviesmlops.etl import NESTED_COLUMNS, build_catalog, validated_table
from moviesmlops.queries import Queries
from moviesmlops.sources import COLUMNS, DOWNLOADED_FROM, OPTIONAL_COLUMNS, SAMPLE_PATH, load_raw, redact_source
from resaves import (
    change_cells, group_thousands, infer_types, to_mysql_csv, parquet_with_timestamps, to_arrow, to_csv,
    to_parquet, to_spark_csv,
    to_tar, to_zip, to_unquoted_tsv, write_with_duckdb,
)  # fmt: skip
from support import api_client

CONTENT = SAMPLE_PATH.read_bytes()
Rows = pd.DataFrame


@pytest.fixture(scope="module")
def sample() -> Rows:
    return load_raw("sample")[COLUMNS]


@pytest.fixture(scope="module")
def films(sample) -> pa.Table:
    return validated_table(build_catalog(sample).films)


def cells(change: Callable[[str], str], *names: str, **how: object) -> Callable[[Rows], bytes]:
    """A function that writes the table with some columns changed cell by cell."""
    return lambda rows: to_csv(change_cells(rows, change, *names), **how)


def constant(value: str, *names: str) -> Callable[[Rows], bytes]:
    return cells(lambda _: value, *names)


def json_of(change: Callable[[object], object] = lambda value: value, **how: object) -> Callable[[str], str]:
    """A nested cell as JSON; other values are unchanged."""

    def written(text: str) -> str:
        try:
            return json.dumps(change(eval(text, {"__builtins__": {}})), **how)
        except (SyntaxError, TypeError, NameError):
            return text

    return written


def with_keys(key: str, kind: type) -> Callable[[object], object]:
    """Entries with the key in another type."""

    def changed(value: object) -> object:
        if isinstance(value, dict):
            return value | {key: kind(value[key])} if key in value else value
        return [changed(entry) for entry in value] if isinstance(value, list) else value

    return changed


def numbers(change: Callable[[float], str], *names: str, **how: object) -> Callable[[Rows], bytes]:
    """Numeric cells in another format; other values are unchanged."""

    def written(text: str) -> str:
        try:
            return change(float(text))
        except ValueError:
            return text

    return cells(written, *names, **how)


def java_double(value: float) -> str:
    """A double as Java and Spark write it: 3.73554033E8."""
    if value < 10**7:
        return repr(value)
    mantissa, exponent = f"{value:.16e}".split("e")
    return f"{float(mantissa)!r}E{int(exponent)}"


def shortest(value: float) -> str:
    """A number as R writes it: with an exponent if that is shorter."""
    mantissa, exponent = f"{value:.15e}".split("e")
    return min(f"{value:.0f}", f"{float(mantissa):g}e{exponent}", key=len)


def dates(change: str, **how: object) -> Callable[[Rows], bytes]:
    """Release dates in another format; other values are unchanged."""
    return cells(lambda text: f"{pd.Timestamp(text):{change}}" if text.count("-") == 2 else text, "release_date", **how)


def maps(rows: Rows) -> bytes:
    """Parquet with lists of maps of text, as Spark infers them from JSON."""
    table = to_arrow(rows)
    for name, (key, _) in NESTED_COLUMNS.items():
        value = pa.map_(pa.string(), pa.string())
        kind = value if name == "belongs_to_collection" else pa.list_(value)
        pairs = [as_pairs(each, key) for each in table[name].to_pylist()]
        table = table.set_column(table.schema.get_field_index(name), name, pa.array(pairs, kind))
    return to_parquet(table)


def as_pairs(value: object, key: str) -> object:
    if isinstance(value, dict):
        return [(key, str(value[key])), ("name", value["name"])]
    return [as_pairs(entry, key) for entry in value] if isinstance(value, list) else None


def with_nulls(rows: Rows) -> bytes:
    """Parquet with a null after the entries of each list."""
    table = to_arrow(rows)
    lists = [value and [*value, None] for value in table["genres"].to_pylist()]
    place = table.schema.get_field_index("genres")
    return to_parquet(table.set_column(place, "genres", pa.array(lists, table["genres"].type)))


def short_floats(rows: Rows, name: str, kind: pa.DataType) -> bytes:
    """Parquet with a column of numbers in short floats."""
    table = to_arrow(rows)
    numbers = pa.array(pd.to_numeric(rows[name], errors="coerce"), from_pandas=True).cast(kind)
    return to_parquet(table.set_column(table.schema.get_field_index(name), name, numbers))


def renamed(change: Callable[[str], str], **how: object) -> Callable[[Rows], bytes]:
    return lambda rows: to_csv(rows.rename(columns=change), **how)


READ: dict[str, dict[str, Callable[[Rows], bytes]]] = {
    "null strings": {
        "NA": partial(to_csv, na_rep="NA"),
        "n/a": partial(to_csv, na_rep="n/a"),
        "NaT": partial(to_csv, na_rep="NaT"),
        "#N/A": partial(to_csv, na_rep="#N/A"),
        "<NA>": partial(to_csv, na_rep="<NA>"),
        "a dash": partial(to_csv, na_rep="-"),
        "a padded string": partial(to_csv, na_rep=" null "),
        "a space": partial(to_csv, na_rep=" "),
        "Unknown": partial(to_csv, na_rep="Unknown"),
        "sin datos": partial(to_csv, na_rep="sin datos"),
        "<null>": partial(to_csv, na_rep="<null>"),
    },
    "nested values": {
        "JSON": cells(json_of(), *NESTED_COLUMNS),
        "JSON with escaped characters and slashes": cells(
            lambda text: json_of(ensure_ascii=True)(text).replace("/", "\\/"), *NESTED_COLUMNS
        ),
        "JSON without spaces": cells(json_of(separators=(",", ":"), ensure_ascii=False), *NESTED_COLUMNS),
        "Python with JSON constants": cells(lambda text: text.replace("None", "null"), "belongs_to_collection"),
        "ids as text": cells(json_of(with_keys("id", str)), "genres", "production_companies", "belongs_to_collection"),
        "ids as floats": cells(
            lambda text: repr(with_keys("id", float)(eval(text))) if text[:1] in "[{" else text, "genres"
        ),
        "a list around a collection": cells(
            lambda text: f"[{text}]" if text.startswith("{") else text, "belongs_to_collection"
        ),
        "False for no collection": lambda rows: to_csv(rows.assign(
            belongs_to_collection=rows.belongs_to_collection.fillna("False").where(rows.title.notna())
        )),
        "braces for no collection": lambda rows: to_csv(rows.assign(
            belongs_to_collection=rows.belongs_to_collection.fillna("{}").where(rows.title.notna())
        )),
        "real lists": lambda rows: to_parquet(to_arrow(rows)),
        "real lists with nulls": with_nulls,
        "maps": maps,
        "DuckDB's JSON": lambda rows: write_with_duckdb(change_cells(rows, json_of(), *NESTED_COLUMNS), "HEADER"),
        "nan among the entries": cells(lambda text: text[:-1] + ", nan]" if len(text) > 2 else text, "genres"),
    },
    "numbers": {
        "spaces between thousands": cells(group_thousands(" "), "budget", "revenue"),
        "narrow spaces between thousands": cells(group_thousands("\u202f"), "revenue"),
        "apostrophes between thousands": cells(group_thousands("'"), "budget"),
        "dollars": cells(lambda text: f"${int(text):,}" if text.isdigit() else text, "budget", "revenue"),
        "thousands of votes": cells(lambda text: group_thousands(",")(text.removesuffix(".0")), "vote_count"),
        "decimal commas": cells(lambda text: text.replace(".", ","), "popularity", "runtime", "vote_average"),
        "decimal commas in money": numbers(lambda value: f"{value:.2f}".replace(".", ","), "budget", "revenue"),
        "ids as formulas": cells('="{}"'.format, "id"),
        "ids as floats": numbers("{:.1f}".format, "id", "budget", "revenue"),
        "padded": cells("  {}\t".format, "id", "budget", "popularity", "vote_average"),
        "doubles of Spark": numbers(java_double, "budget", "revenue", "vote_count", "popularity"),
        "floats of 32 bits": lambda rows: short_floats(rows, "vote_average", pa.float32()),
        "R's exponents": numbers(shortest, "budget", "revenue"),
    },
    "dates": {
        "T and Z": dates("%Y-%m-%dT%H:%M:%SZ"),
        "milliseconds and an offset": dates("%Y-%m-%d 00:00:00.000+02:00"),
        "minutes": dates("%Y-%m-%d 12:30"),
        "padded": dates(" %Y-%m-%d "),
        "an apostrophe": dates("'%Y-%m-%d"),
        "formulas": dates('="%Y-%m-%d"'),
        "Parquet, nanoseconds in UTC": lambda rows: parquet_with_timestamps(rows, "ns", "UTC", 0),
        "Parquet, noon in Buenos Aires": lambda rows: parquet_with_timestamps(rows, "us", "America/Buenos_Aires", 12),
        "Parquet, days": partial(write_with_duckdb, options="FORMAT parquet"),
    },
    "containers": {
        "zstd": lambda rows: pa.compress(CONTENT, "zstd", asbytes=True),
        "xz": lambda rows: lzma.compress(CONTENT),
        "gzip twice": lambda rows: gzip.compress(gzip.compress(CONTENT)),
        "tar.bz2": lambda rows: to_tar(CONTENT, "w:bz2"),
        "a zip in a gzip": lambda rows: gzip.compress(to_zip(CONTENT)),
        "Parquet in a gzip": lambda rows: gzip.compress(rows.to_parquet()),
        "UTF-16, big-endian": partial(to_csv, encoding="utf-16-be"),
        "UTF-32": partial(to_csv, encoding="utf-32"),
    },
    "headers": {
        "tabs": partial(to_csv, sep="\t"),
        "bars": partial(to_csv, sep="|"),
        "a line that names the separator": lambda rows: b'\xef\xbb\xbf"sep=|"\r\n' + to_csv(rows, sep="|"),
        "mixed case": renamed(str.title),
        "padded": renamed(" {} ".format),
        "spaces for underscores": renamed(lambda name: name.replace("_", " ").upper(), sep=";"),
        "an index and empty columns": lambda rows: to_csv(rows.assign(**{" ": None, "\t": None}), index=True),
        "a comma after each row, no last line break": lambda rows: to_csv(rows, lineterminator=",\n").replace(
            b",\n", b"\n", 1
        )[:-1],
        "backticks": renamed("`{}`".format),
        "another order": lambda rows: to_csv(rows[sorted(rows, reverse=True)]),
    },
    "backslashes": {
        "Spark": to_spark_csv,
        "MySQL": to_mysql_csv,
        "Python's csv": partial(to_csv, doublequote=False, escapechar="\\"),
        "Spark with semicolons": lambda rows: to_spark_csv(rows.rename(columns=str.upper)),
    },
    "other programs": {
        "read_csv and to_csv": lambda rows: to_csv(infer_types(rows)),
        "DuckDB": partial(write_with_duckdb, options="HEADER, DELIMITER ';'"),
        "everything in quotes": partial(to_csv, quoting=1, lineterminator="\r\n"),
    },
}  # fmt: skip


@pytest.mark.parametrize(("kind", "name"), [(kind, name) for kind, members in READ.items() for name in members])
def test_a_table_in_another_format_gives_the_same_films(kind, name, sample, films, tmp_path):
    (tmp_path / "films").write_bytes(READ[kind][name](sample))
    catalog = build_catalog(load_raw(str(tmp_path / "films")))
    found = validated_table(catalog.films)
    assert found.num_rows == films.num_rows
    assert [column for column in films.column_names if not found[column].equals(films[column])] == []


@pytest.mark.parametrize(("escape", "null"), [(False, ""), (True, "NULL"), (True, "\\N")])
def test_a_quote_is_a_character_in_a_table_without_quoted_fields(escape, null, sample, tmp_path):
    rows = sample.copy()
    rows.loc[3:5, "overview"] = ['"Stop!" A line', '"An unclosed quote', "A line\nand C:\\temp"]
    (tmp_path / "films").write_bytes(to_unquoted_tsv(rows, escape, null))
    found = validated_table(build_catalog(load_raw(str(tmp_path / "films"))).films)
    expected = validated_table(build_catalog(rows if escape else rows.replace("\n", " ", regex=True)).films)
    assert found.equals(expected)


def test_imdb_ids_are_read_as_numbers_and_addresses(sample, tmp_path):
    rows = sample.assign(imdb_id=sample.imdb_id.str.removeprefix("tt").str.lstrip("0"))
    rows.loc[0, "imdb_id"] = "https://www.imdb.com/title/tt0114709/"
    (tmp_path / "films.csv").write_bytes(to_csv(rows))
    catalog = build_catalog(load_raw(str(tmp_path / "films.csv")))
    assert catalog.imdb_ids.equals(build_catalog(sample).imdb_ids) and "imdb_id" in str(catalog.normalized_cells)


def test_a_film_may_be_called_unknown_in_a_table_where_that_word_is_null(sample, tmp_path):
    rows = sample.assign(tagline=sample.tagline.fillna("Unknown"))
    rows.loc[3, "title"] = "Unknown"
    (tmp_path / "films.csv").write_bytes(to_csv(rows))
    films = build_catalog(load_raw(str(tmp_path / "films.csv"))).films
    assert films.title[3] == "Unknown" and "Unknown" not in set(films.tagline)


REFUSED: dict[str, dict[str, tuple[Callable[[Rows], bytes], list[str]]]] = {
    "unreadable columns": {
        "dates with dots": (dates("%d.%m.%Y"), ["release_date", "30.12.2002", "1995-10-30", "--date-format"]),
        "dates in words": (dates("%b %d, %Y"), ["release_date", "Dec 30, 2002", "1995-10-30"]),
        "years": (dates("%Y"), ["release_date", "most often '20", "1995-10-30"]),
        "text runtimes": (constant("an hour", "runtime"), ["runtime", "'an hour' (213)", "213 of 222 rows", "minutes"]),
        "votes in percent": (numbers("{:.0%}".format, "vote_average"), ["vote_average", "%'", "from 0 to 10"]),
        "votes out of 100": (numbers(lambda value: f"{value * 10:g}", "vote_average"), ["vote_average", "0 to 10"]),
        "exponents from Excel": (numbers("{:.2E}".format, "revenue"), ["revenue", "0.00E+00", "whole numbers"]),
        "exponents of %g": (numbers("{:g}".format, "revenue"), ["revenue", "rounded", "3.73554e+08", "whole numbers"]),
        "exponents with two decimals": (numbers("{:.2e}".format, "budget"), ["budget", "rounded", "3.00e+07"]),
        "IMDb ids": (constant("tt0114709", "id"), ["id cannot be read", "'tt0114709'", "whole numbers"]),
    },
    "nested values": {
        "names separated by bars": (constant("Drama|Comedy", "genres"), ["genres", "'Drama|Comedy'", "{'id': 18"]),
        "names in a list": (constant('["Pixar"]', "production_companies"), ["production_companies", "'id': 3"]),
        "an array without commas": (
            constant("[{'id': 18, 'name': 'Drama'} {'id': 35, 'name': 'Comedy'}]", "genres"), ["genres", "lists such"]
        ),
        "the name of a collection alone": (
            constant("Toy Story Collection", "belongs_to_collection"), ["belongs_to_collection", "Toy Story Collection"]
        ),
        "codes alone": (constant("['AR', 'ES']", "production_countries"), ["production_countries", "iso_3166_1"]),
    },
    "numbers": {
        "two dots": (cells(group_thousands("."), "revenue"), ["revenue", "373.554.033", "450,000"]),
        "three zeros": (constant("450.000", "budget"), ["budget", "'450.000'", "450000"]),
        "votes with dots": (cells(group_thousands("."), "vote_count"), ["vote_count", "'5.415'"]),
        "revenues of 32 bits": (
            lambda rows: short_floats(rows, "revenue", pa.float32()), ["revenue has 32-bit floats", "expected 64-bit"]
        ),
        "dots and a comma": (constant("1.000.000,50", "budget"), ["budget", "1.000.000,50"]),
    },
    "containers": {
        "an LFS pointer": (lambda rows: b"version https://git-lfs.github.com/spec/v1\n", ["LFS", "git lfs pull"]),
        "an HTML page": (lambda rows: "<html><p>Sign in".encode("utf-16"), ["an HTML page"]),
        "a JSON list": (lambda rows: rows.to_json(orient="records").encode(), ["JSON"]),
        "an Excel workbook": (lambda rows: bytes.fromhex("d0cf11e0a1b11ae1"), ["Excel workbook", "CSV UTF-8"]),
        "a database": (lambda rows: b"SQLite format 3\0" + bytes(99), ["SQLite database"]),
        "a LibreOffice spreadsheet": (lambda rows: to_zip(b"", "content.xml"), ["a spreadsheet; save it as CSV UTF-8"]),
        "R's data": (lambda rows: gzip.compress(b"RDX3\nX\n"), ["an R data file"]),
        "a pickle": (lambda rows: pickle.dumps(rows, 2), ["a Python pickle"]),
        "an SQL script": (lambda rows: b"INSERT INTO films VALUES (1, 'a');\n", ["an SQL script"]),
        "cp1252": (partial(to_csv, encoding="cp1252", errors="replace"), ["not UTF-8", "CSV UTF-8"]),
        "truncated UTF-16": (lambda rows: CONTENT.decode().encode("utf-16")[:-1], ["invalid utf-16"]),
        "truncated zstd": (lambda rows: pa.compress(CONTENT, "zstd", asbytes=True)[:-9], ["truncated or damaged"]),
    },
    "headers": {
        "a missing column": (lambda rows: to_csv(rows.drop(columns=["tagline"])), ["missing columns: tagline"]),
        "a duplicate column": (lambda rows: to_csv(rows.rename(columns={"video": "Title"})), ["'title' twice"]),
        "a title above the header": (lambda rows: b"Films\n" + to_csv(rows), ["begins with 'Films' and has none"]),
        "another separator": (partial(to_csv, sep="^"), ["'adult^belongs_to", "separated by commas, semicolons, tabs"]),
        "no header": (lambda rows: to_csv(rows, header=False), ["none of the expected columns", "header begins with"]),
    },
}  # fmt: skip


@pytest.mark.parametrize(("kind", "name"), [(kind, name) for kind, members in REFUSED.items() for name in members])
def test_an_unreadable_table_is_refused_with_the_reason_in_one_line(kind, name, sample, tmp_path):
    write, expected = REFUSED[kind][name]
    (tmp_path / "films").write_bytes(write(sample))
    with pytest.raises(MoviesError) as raised:
        build_catalog(load_raw(str(tmp_path / "films")))
    message = str(raised.value)
    assert message.startswith(f"{tmp_path}/films: ") and "\n" not in message
    assert [text for text in expected if text not in message] == [], message


def with_bad_dates(sample: Rows, folder: Path, count: int) -> str:
    rows = sample.copy()
    rows.loc[rows.index[rows.title.notna()][:count], "release_date"] = "30/10/1995"
    (folder / "films.csv").write_bytes(to_csv(rows))
    return str(folder / "films.csv")


def test_a_few_unreadable_rows_are_quarantined_and_a_table_with_many_is_refused(sample, tmp_path, monkeypatch):
    few, count = build_catalog(load_raw(with_bad_dates(sample, tmp_path, 20))), len(build_catalog(sample).quarantine)
    assert (few.quarantine.reason == "release_date is '30/10/1995'").sum() == 20 == len(few.quarantine) - count
    many = with_bad_dates(sample, tmp_path, 21)
    with pytest.raises(MoviesError, match=r"21 of 222 rows .* most often '30/10/1995' \(21\).* MOVIES_MAX_LOSS"):
        build_catalog(load_raw(many))
    monkeypatch.setenv("MOVIES_MAX_LOSS", "50")
    assert len(build_catalog(load_raw(many)).quarantine) == count + 21


def test_rows_without_a_date_and_repeated_ids_do_not_count_as_losses(sample):
    rows = pd.concat([sample, sample, sample], ignore_index=True)
    rows.loc[len(sample) :, "release_date"] = rows.release_date.where(rows.index % 2 == 0)
    assert len(build_catalog(rows).films) == len(build_catalog(sample).films)


def test_the_existing_build_stays_when_a_table_is_refused(sample, tmp_path):
    make_catalog("sample", tmp_path / "build")
    before = file_digests(tmp_path / "build")
    with pytest.raises(MoviesError, match="21"):
        make_catalog(with_bad_dates(sample, tmp_path, 21), tmp_path / "build")
    assert file_digests(tmp_path / "build") == before


@pytest.mark.parametrize("date_format", ["%d/%m/%Y", "%m-%d-%Y", "%Y%m%d", "%d %b %Y"])
def test_dates_are_read_in_the_given_format(date_format, sample, films, tmp_path, monkeypatch):
    monkeypatch.setenv("MOVIES_DATE_FORMAT", date_format)
    (tmp_path / "films.csv").write_bytes(dates(date_format)(sample))
    assert validated_table(build_catalog(load_raw(str(tmp_path / "films.csv"))).films).equals(films)


@pytest.mark.parametrize("null_string", ["None", "NULL", "N/A", "NaN"])
def test_a_single_title_that_is_a_null_string_is_kept(null_string, sample, tmp_path):
    rows = sample.copy()
    rows.loc[3, "title"] = null_string
    (tmp_path / "films.csv").write_bytes(to_csv(rows))
    catalog = build_catalog(load_raw(str(tmp_path / "films.csv")))
    assert catalog.films.title[3] == null_string and catalog.normalized_cells == {}


@pytest.mark.parametrize("null_string", ["None", "NULL", "N/A"])
def test_the_quality_report_counts_the_null_strings(null_string, sample, tmp_path):
    rows = sample.assign(tagline=sample.tagline.fillna(null_string))
    (tmp_path / "films.csv").write_bytes(to_csv(rows))
    make_catalog(str(tmp_path / "films.csv"), tmp_path / "build")
    quality = json.loads((tmp_path / "build" / "catalog" / "quality.json").read_text(encoding="utf-8"))
    assert quality["normalized_cells"] == {f"{null_string!r} as unknown": int(sample.tagline.isna().sum())}


@pytest.mark.parametrize(("column", "value"), [("vote_average", "65"), ("vote_count", "5.415"), ("budget", "1.50E+07")])
def test_an_invalid_number_is_quarantined_with_its_reason(column, value, sample, tmp_path):
    rows = sample.copy()
    rows.loc[3, column] = value
    (tmp_path / "films.csv").write_bytes(to_csv(rows))
    broken = build_catalog(load_raw(str(tmp_path / "films.csv"))).quarantine.set_index("row").reason
    assert broken[4] == f"{column} is {value!r}"


def test_optional_columns_may_be_missing(sample, films, tmp_path):
    (tmp_path / "films.csv").write_bytes(to_csv(sample.drop(columns=list(OPTIONAL_COLUMNS))))
    catalog = build_catalog(load_raw(str(tmp_path / "films.csv")))
    assert validated_table(catalog.films).equals(films) and catalog.original_titles.empty


def test_a_value_beyond_the_named_columns_makes_its_row_invalid(sample, tmp_path):
    (tmp_path / "films.csv").write_bytes(to_csv(sample.assign(**{" ": [None, "a note", *[None] * 220]})))
    broken = build_catalog(load_raw(str(tmp_path / "films.csv"))).quarantine.set_index("row").reason
    assert broken[2] == "more fields than columns"


def test_a_message_after_a_download_names_the_url_and_not_the_cached_file(tmp_path, monkeypatch):
    (tmp_path / "films.csv").write_bytes(b"{}")
    url = "https://ana:secret@example.org/films.csv?key=1"
    monkeypatch.setitem(DOWNLOADED_FROM, str(tmp_path / "films.csv"), redact_source(url))
    with pytest.raises(MoviesError, match=r"^https://example\.org/films\.csv: this is JSON"):
        load_raw(str(tmp_path / "films.csv"))


def test_a_table_of_old_films_answers_questions_but_recommends_none(sample, tmp_path):
    (tmp_path / "films.csv").write_bytes(to_csv(sample[sample.release_date < "1970"]))
    build = make_build(str(tmp_path / "films.csv"), tmp_path / "build")
    queries = Queries.load(build)
    assert sum(queries.peliculas_dia(day)["cantidad"] for day in ("lunes", "martes", "miércoles", "jueves")) > 0
    for recommender in open_recommenders(build).values():
        with pytest.raises(QueryError, match="1970"):
            recommender.similar(queries.titulos("", 1)[0]["id"])
    with api_client(build) as client:
        assert client.get("/listo").status_code == client.get("/retorno/Casablanca").status_code == 200
        answer = client.get("/recomendacion/Casablanca")
        assert answer.status_code == 404 and "1970" in answer.json()["detail"]


def test_a_blank_title_is_no_title(sample, tmp_path):
    rows = sample.copy()
    rows.loc[3, ["title", "tagline"]] = ["   ", " \t"]
    (tmp_path / "films.csv").write_bytes(to_csv(rows))
    catalog = build_catalog(load_raw(str(tmp_path / "films.csv")))
    assert catalog.quarantine.set_index("row").reason[4] == "no title" and "" not in set(catalog.films.title)
    assert catalog.normalized_cells == {"'' as unknown": 1}
