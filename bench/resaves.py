"""Read tables saved by other programs: python bench/resaves.py [SOURCE [WORD]]

The raw table is written in each format and re-read. The result must be the same films, cell by cell, or a one-line
message that says why the file is rejected. `make storm` runs this test on its own source; polars is included if it is
installed. WORD selects the formats whose names contain it.
"""

import ast
import bz2
import gzip
import importlib.util
import io
import json
import lzma
import sys
import tarfile
import tempfile
import zipfile
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from moviesmlops.errors import MoviesError
from moviesmlops.etl import NESTED_COLUMNS, InvalidLiteral, build_catalog, parse_literal, validated_table
from moviesmlops.sources import COLUMNS, load_raw

MONEY = ("budget", "revenue")
DECIMALS = ("popularity", "runtime", "vote_average", "vote_count")


def to_csv(
    rows: pd.DataFrame, encoding: str = "utf-8", errors: str = "strict", index: bool = False, **options: object
) -> bytes:
    """Write the table as CSV with pandas."""
    return rows.to_csv(index=index, **options).encode(encoding, errors)


def change_cells(rows: pd.DataFrame, change: Callable[[str], str], *names: str) -> pd.DataFrame:
    """Return the table with a function applied to the cells of the given columns."""
    return rows.assign(**{name: rows[name].map(change, na_action="ignore") for name in names})


def infer_types(rows: pd.DataFrame) -> pd.DataFrame:
    """Return the table with the types that `read_csv` infers."""
    return pd.read_csv(io.BytesIO(to_csv(rows)), low_memory=False)


def group_thousands(separator: str) -> Callable[[str], str]:
    """Return a function that writes an integer with a thousands separator."""

    def change(text: str) -> str:
        return f"{int(text):,}".replace(",", separator) if text.isdigit() else text

    return change


def day_first(text: str) -> str:
    """Format a date as Excel does in Spanish; Excel leaves dates before 1900 unchanged."""
    year, _, rest = text.partition("-")
    return "/".join(reversed(text.split("-"))) if rest and year >= "1900" else text


def month_first(text: str) -> str:
    year, month, day = text.split("-") if text.count("-") == 2 else ("", "", "")
    return f"{int(month)}/{int(day)}/{year}" if day else text


def like_excel(rows: pd.DataFrame) -> pd.DataFrame:
    """Make the changes that Excel always makes: upper-case booleans, and cells truncated to 32,767 characters."""
    rows = change_cells(rows, str.upper, "adult", "video")
    return change_cells(rows, lambda text: text[:32_767], *COLUMNS)


def to_spark_csv(rows: pd.DataFrame) -> bytes:
    """Write CSV as Spark does: a backslash escapes a quote, or a backslash before a quote."""

    def cell(value: object) -> str:
        if not isinstance(value, str):
            return ""
        if not set(value) & set(',"\n\r'):
            return value
        return '"' + value.replace('\\"', '\\\\"').replace('"', '\\"') + '"'

    lines = [",".join(rows.columns), *(",".join(map(cell, row)) for row in rows.itertuples(index=False))]
    return ("\n".join(lines) + "\n").encode()


def to_mysql_csv(rows: pd.DataFrame) -> bytes:
    """Write CSV as MySQL does with `INTO OUTFILE … ENCLOSED BY '"'`, with MySQL's escapes."""

    def cell(value: object) -> str:
        if not isinstance(value, str):
            return "\\N"
        return '"' + value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\\n") + '"'

    lines = [",".join(rows.columns), *(",".join(map(cell, row)) for row in rows.itertuples(index=False))]
    return ("\n".join(lines) + "\n").encode()


def to_unquoted_tsv(rows: pd.DataFrame, escape: bool, null: str = "") -> bytes:
    """Write tab-separated values without quotes, as Google Sheets does, or with escapes, as MySQL and PostgreSQL do."""
    escapes = {"\\": "\\\\", "\n": "\\n", "\t": "\\t"} if escape else {"\n": " "}
    cells = rows.fillna(null).apply(lambda column: column.str.translate(str.maketrans(escapes)))
    return ("\n".join("\t".join(line) for line in [rows.columns, *cells.to_numpy()]) + "\n").encode()


def parse_or_none(text: object) -> object:
    try:
        return parse_literal(text) if isinstance(text, str) else None
    except InvalidLiteral:
        return None


def parquet_of_inferred_types(rows: pd.DataFrame) -> bytes:
    """Write Parquet with inferred types; columns with values of several types are strings."""
    table = infer_types(rows)
    texts = table.astype({"budget": "str", "popularity": "str", "id": "str"}).astype(object)
    return texts.where(table.notna(), None).astype({"adult": "str", "video": "str"}).to_parquet()


def to_json(text: str, **options: object) -> str:
    """Convert a nested cell to JSON; a cell that cannot be parsed is left unchanged."""
    try:
        return json.dumps(ast.literal_eval(text), **options)
    except (ValueError, SyntaxError):
        return text


def to_arrow(rows: pd.DataFrame) -> pa.Table:
    """Convert the table to lists, numbers and dates; values that cannot be converted become null."""
    columns = {name: pa.array(rows[name], pa.string()) for name in rows}
    for name, (key, kind) in NESTED_COLUMNS.items():
        values = [parse_or_none(text) for text in rows[name]]
        entry = pa.struct([(key, pa.int64() if kind is int else pa.string()), ("name", pa.string())])
        if name == "belongs_to_collection":
            columns[name] = pa.array([value if isinstance(value, dict) else None for value in values], entry)
        else:
            columns[name] = pa.array([value if isinstance(value, list) else None for value in values], pa.list_(entry))
    for name in (*MONEY, *DECIMALS):
        columns[name] = pa.array(pd.to_numeric(rows[name], errors="coerce"), from_pandas=True)
    days = pd.to_datetime(rows.release_date, format="%Y-%m-%d", errors="coerce").astype("datetime64[ms]")
    columns["release_date"] = pa.array(days, from_pandas=True)
    return pa.table(columns)


def to_parquet(table: pa.Table, **options: object) -> bytes:
    file = io.BytesIO()
    pq.write_table(table, file, **options)
    return file.getvalue()


def parquet_with_timestamps(rows: pd.DataFrame, unit: str, zone: str | None, hour: int) -> bytes:
    """Write Parquet with dates as timestamps, at the given hour and in the given time zone."""
    table = to_arrow(rows)
    position = table.schema.get_field_index("release_date")
    days = table["release_date"].to_pandas() + pd.Timedelta(hours=hour)
    days = (days.dt.tz_localize(zone) if zone else days).astype(f"datetime64[{unit}{', ' + zone if zone else ''}]")
    return to_parquet(table.set_column(position, "release_date", pa.array(days, from_pandas=True)))


def write_with_duckdb(rows: pd.DataFrame, options: str, as_text: bool = False) -> bytes:
    """Write the table with DuckDB, as strings or with the types that DuckDB infers."""
    import duckdb

    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "in.csv").write_bytes(to_csv(rows))
        read = f"read_csv('{folder}/in.csv', all_varchar={as_text}, sample_size=-1, quote='\"', escape='\"')"
        duckdb.sql(f"COPY (SELECT * FROM {read}) TO '{folder}/out' ({options})")
        return Path(folder, "out").read_bytes()


def write_with_polars(rows: pd.DataFrame, method: str, as_text: bool = False, **options: object) -> bytes:
    """Write the table with a method of a polars data frame, as strings or with the types that polars infers."""
    import polars

    types = {"infer_schema": False} if as_text else {"infer_schema_length": None}
    frame, out = polars.read_csv(to_csv(rows), **types), io.BytesIO()
    getattr(frame, method)(out, **options)
    return out.getvalue()


def to_tar(content: bytes, mode: str) -> bytes:
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode=mode) as archive:
        member = tarfile.TarInfo("movies_metadata.csv")
        member.size = len(content)
        archive.addfile(member, io.BytesIO(content))
    return file.getvalue()


def to_zip(content: bytes, name: str = "films/movies_metadata.csv") -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, content)
    return file.getvalue()


Writer = Callable[[pd.DataFrame], bytes]
FORMATS: dict[str, Writer] = {
    "pandas: to_csv": to_csv,
    "pandas: to_csv with its index": partial(to_csv, index=True),
    "pandas: read_csv and to_csv": lambda rows: to_csv(infer_types(rows)),
    "pandas: na_rep NaN": partial(to_csv, na_rep="NaN"),
    "pandas: na_rep None": partial(to_csv, na_rep="None"),
    "pandas: na_rep NULL": partial(to_csv, na_rep="NULL"),
    "pandas: na_rep \\N": partial(to_csv, na_rep="\\N"),
    "pandas: na_rep <NA>": partial(to_csv, na_rep="<NA>"),
    "pandas: na_rep -": partial(to_csv, na_rep="-"),
    "pandas: everything in quotes": partial(to_csv, quoting=1),
    "pandas: quotes escaped by a backslash": partial(to_csv, doublequote=False, escapechar="\\"),
    "pandas: bars": partial(to_csv, sep="|"),
    "pandas: CRLF": partial(to_csv, lineterminator="\r\n"),
    "pandas: %.3f": lambda rows: to_csv(infer_types(rows), float_format="%.3f"),
    "pandas: utf-8 with mark": partial(to_csv, encoding="utf-8-sig"),
    "pandas: utf-16": partial(to_csv, encoding="utf-16"),
    "pandas: utf-16 without mark": partial(to_csv, encoding="utf-16-le"),
    "pandas: utf-32": partial(to_csv, encoding="utf-32"),
    "pandas: cp1252": partial(to_csv, encoding="cp1252", errors="replace"),
    "pandas: gzip": lambda rows: gzip.compress(to_csv(rows), 1),
    "pandas: bz2": lambda rows: bz2.compress(to_csv(rows), 1),
    "pandas: xz": lambda rows: lzma.compress(to_csv(rows), preset=0),
    "pandas: zstd": lambda rows: pa.compress(to_csv(rows), "zstd", asbytes=True),
    "pandas: zip": lambda rows: to_zip(to_csv(rows)),
    "pandas: tar": lambda rows: to_tar(to_csv(rows), "w"),
    "pandas: tar.gz": lambda rows: to_tar(to_csv(rows), "w:gz"),
    "pandas: Parquet of text": lambda rows: rows.to_parquet(),
    "pandas: Parquet of read_csv": parquet_of_inferred_types,
    "pandas: JSON lists": lambda rows: to_csv(change_cells(rows, to_json, *NESTED_COLUMNS)),
    "pandas: compact JSON lists": lambda rows: to_csv(
        change_cells(rows, partial(to_json, separators=(",", ":"), ensure_ascii=False), *NESTED_COLUMNS)
    ),
    "pandas: JSON page": lambda rows: rows.to_json(orient="records").encode(),
    "pandas: HTML page": lambda rows: rows.head(50).to_html().encode(),
    "pandas: dates with a time": lambda rows: to_csv(change_cells(rows, "{} 00:00:00".format, "release_date")),
    "pandas: dates with time and zone": lambda rows: to_csv(change_cells(rows, "{}T12:00:00Z".format, "release_date")),
    "Parquet of real lists": lambda rows: to_parquet(to_arrow(rows)),
    "Parquet of real lists, brotli": lambda rows: to_parquet(to_arrow(rows), compression="brotli"),
    "Parquet, dates in UTC": lambda rows: parquet_with_timestamps(rows, "us", "UTC", 0),
    "Parquet, dates at noon": lambda rows: parquet_with_timestamps(rows, "ms", None, 12),
    "Excel: dates d/m/Y": lambda rows: to_csv(change_cells(like_excel(rows), day_first, "release_date")),
    "Excel: dates m/d/Y": lambda rows: to_csv(change_cells(like_excel(rows), month_first, "release_date")),
    "Excel: commas between thousands": lambda rows: to_csv(
        change_cells(like_excel(rows), group_thousands(","), *MONEY)
    ),
    "Excel: dots between thousands": lambda rows: to_csv(change_cells(like_excel(rows), group_thousands("."), *MONEY)),
    "Excel: semicolons and decimal commas": lambda rows: to_csv(
        change_cells(like_excel(rows), lambda text: text.replace(".", ","), *DECIMALS), sep=";"
    ),
    "Excel: sep=; line": lambda rows: b"sep=;\r\n" + to_csv(like_excel(rows), sep=";", lineterminator="\r\n"),
    "Excel: Unicode text": lambda rows: to_csv(like_excel(rows), sep="\t", encoding="utf-16"),
    "Excel: columns left empty": lambda rows: to_csv(like_excel(rows).assign(**{" ": None, "  ": None})),
    "Excel: headers in capitals": lambda rows: to_csv(like_excel(rows).rename(columns=str.upper)),
    "Excel: 1.50E+07": lambda rows: to_csv(
        change_cells(like_excel(rows), lambda text: f"{float(text):.2E}" if text.isdigit() else text, *MONEY)
    ),
    "Excel: ids as text": lambda rows: to_csv(change_cells(like_excel(rows), "'{}".format, "id")),
    "Spark: CSV": to_spark_csv,
    "MySQL: OUTFILE": to_mysql_csv,
    "MySQL: batch mode": partial(to_unquoted_tsv, escape=True, null="NULL"),
    "PostgreSQL: COPY": partial(to_unquoted_tsv, escape=True, null="\\N"),
    "DuckDB: CSV of text": partial(write_with_duckdb, options="HEADER, DELIMITER ','", as_text=True),
    "DuckDB: CSV": partial(write_with_duckdb, options="HEADER, DELIMITER ','"),
    "DuckDB: CSV with tabs": partial(write_with_duckdb, options="HEADER, DELIMITER '\t'"),
    "DuckDB: CSV with NULL": partial(write_with_duckdb, options="HEADER, NULLSTR 'NULL'"),
    "DuckDB: Parquet": partial(write_with_duckdb, options="FORMAT parquet"),
    "DuckDB: Parquet, zstd": partial(write_with_duckdb, options="FORMAT parquet, COMPRESSION zstd", as_text=True),
}  # fmt: skip
if importlib.util.find_spec("polars"):
    FORMATS |= {
        "polars: CSV of text": partial(write_with_polars, method="write_csv", as_text=True),
        "polars: CSV": partial(write_with_polars, method="write_csv"),
        "polars: CSV with null": partial(write_with_polars, method="write_csv", null_value="null"),
        "polars: Parquet of text": partial(write_with_polars, method="write_parquet", as_text=True),
        "polars: Parquet": partial(write_with_polars, method="write_parquet"),
    }


def different_columns(films: pd.DataFrame, expected: pd.DataFrame) -> list[str]:
    table, expected_table = validated_table(films), validated_table(expected)
    return [name for name in table.column_names if not table[name].equals(expected_table[name])]


def try_format(name: str, rows: pd.DataFrame, folder: Path) -> dict:
    """Write and read a table in a format; `kept` says whether the result is correct."""
    path, na_rep = folder / "films", name.partition(" na_rep ")[2]
    expected = build_catalog(rows.replace(na_rep, None) if na_rep else rows).films  # all these cells mean unknown
    path.write_bytes(FORMATS[name](rows))
    try:
        catalog = build_catalog(load_raw(str(path)))
    except MoviesError as error:
        message = str(error).replace(f"{folder}/", "")
        return {"form": name, "kept": "\n" not in message, "films": 0, "said": message}
    films, changed = len(catalog.films), []
    if films == len(expected):
        changed = different_columns(catalog.films, expected)
    kept = films == len(expected) and not changed
    message = f"changed: {', '.join(changed)}" if changed else "; ".join(catalog.normalized_cells)
    return {"form": name, "kept": kept, "films": films, "said": message}


def try_all(source: str, only: str = "") -> list[dict]:
    """Return the results for all formats, or for those whose names contain a word."""
    rows = load_raw(source)[COLUMNS]
    with tempfile.TemporaryDirectory() as folder:
        return [try_format(name, rows, Path(folder)) for name in FORMATS if only in name]


if __name__ == "__main__":
    for result in try_all(*sys.argv[1:] or ["sample"]):
        status = "kept" if result["kept"] else "LOST"
        print(f"{status} {result['films']:>6,}  {result['form']}: {result['said'][:300]}")
