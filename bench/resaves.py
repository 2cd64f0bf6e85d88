"""A table of films as other programs save it: python bench/resaves.py [SOURCE [WORD]]

Each form is written from the raw table and read again, and must give the same films, cell by cell, or one line that
says why not. `make storm` does it with the table that it serves; polars takes part where it is installed.
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
from moviesmlops.etl import NESTED_COLUMNS, InvalidLiteral, build_catalog, parse_literal, typed_table
from moviesmlops.sources import COLUMNS, load_raw

MONEY = ("budget", "revenue")
DECIMALS = ("popularity", "runtime", "vote_average", "vote_count")


def csv_of(rows: pd.DataFrame, **how: object) -> bytes:
    """The table as pandas writes it."""
    encoding = how.pop("encoding", "utf-8")
    errors = how.pop("errors", "strict")
    return rows.to_csv(index=how.pop("index", False), **how).encode(encoding, errors)


def per_cell(rows: pd.DataFrame, change: Callable[[str], str], *names: str) -> pd.DataFrame:
    """The table with some columns written in another way."""
    return rows.assign(**{name: rows[name].map(change, na_action="ignore") for name in names})


def typed(rows: pd.DataFrame) -> pd.DataFrame:
    """The table as `read_csv` without arguments gives it."""
    return pd.read_csv(io.BytesIO(csv_of(rows)), low_memory=False)


def grouped(mark: str) -> Callable[[str], str]:
    return lambda text: f"{int(text):,}".replace(",", mark) if text.isdigit() else text


def day_first(text: str) -> str:
    """A date as a Spanish Excel shows it; days before 1900 it does not know, and leaves as they are."""
    year, _, rest = text.partition("-")
    return "/".join(reversed(text.split("-"))) if rest and year >= "1900" else text


def month_first(text: str) -> str:
    year, month, day = text.split("-") if text.count("-") == 2 else ("", "", "")
    return f"{int(month)}/{int(day)}/{year}" if day else text


def excel(rows: pd.DataFrame) -> pd.DataFrame:
    """What Excel changes whatever is asked: booleans in capitals, and no more than 32,767 letters in a cell."""
    rows = per_cell(rows, str.upper, "adult", "video")
    return per_cell(rows, lambda text: text[:32_767], *COLUMNS)


def spark(rows: pd.DataFrame) -> bytes:
    """Quotes where they are needed, and a backslash before a quote and before a backslash that precedes one."""

    def cell(value: object) -> str:
        if not isinstance(value, str):
            return ""
        if not set(value) & set(',"\n\r'):
            return value
        return '"' + value.replace('\\"', '\\\\"').replace('"', '\\"') + '"'

    lines = [",".join(rows.columns), *(",".join(map(cell, row)) for row in rows.itertuples(index=False))]
    return ("\n".join(lines) + "\n").encode()


def mysql(rows: pd.DataFrame) -> bytes:
    """`INTO OUTFILE … ENCLOSED BY '"'` with MySQL's own way to escape."""

    def cell(value: object) -> str:
        if not isinstance(value, str):
            return "\\N"
        return '"' + value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\\n") + '"'

    lines = [",".join(rows.columns), *(",".join(map(cell, row)) for row in rows.itertuples(index=False))]
    return ("\n".join(lines) + "\n").encode()


def literal(text: object) -> object:
    try:
        return parse_literal(text) if isinstance(text, str) else None
    except InvalidLiteral:
        return None


def as_json(text: str, **how: object) -> str:
    try:
        return json.dumps(ast.literal_eval(text), **how)
    except (ValueError, SyntaxError):
        return text


def listed(rows: pd.DataFrame) -> pa.Table:
    """The table with real types: lists, numbers and dates; what cannot be typed is null."""
    table = {name: pa.array(rows[name], pa.string()) for name in rows}
    for name, (key, kind) in NESTED_COLUMNS.items():
        values = [literal(text) for text in rows[name]]
        entry = pa.struct([(key, pa.int64() if kind is int else pa.string()), ("name", pa.string())])
        if name == "belongs_to_collection":
            table[name] = pa.array([value if isinstance(value, dict) else None for value in values], entry)
        else:
            table[name] = pa.array([value if isinstance(value, list) else None for value in values], pa.list_(entry))
    for name in (*MONEY, *DECIMALS):
        table[name] = pa.array(pd.to_numeric(rows[name], errors="coerce"), from_pandas=True)
    days = pd.to_datetime(rows.release_date, format="%Y-%m-%d", errors="coerce").astype("datetime64[ms]")
    table["release_date"] = pa.array(days, from_pandas=True)
    return pa.table(table)


def parquet_of(table: pa.Table, **how: object) -> bytes:
    file = io.BytesIO()
    pq.write_table(table, file, **how)
    return file.getvalue()


def stamped(rows: pd.DataFrame, unit: str, zone: str | None, hours: int) -> bytes:
    """Days as moments, at some hour, in some zone."""
    table = listed(rows)
    place = table.schema.get_field_index("release_date")
    days = table["release_date"].to_pandas() + pd.Timedelta(hours=hours)
    days = (days.dt.tz_localize(zone) if zone else days).astype(f"datetime64[{unit}{', ' + zone if zone else ''}]")
    return parquet_of(table.set_column(place, "release_date", pa.array(days, from_pandas=True)))


def duck(rows: pd.DataFrame, how: str, text: bool = False) -> bytes:
    """The table as DuckDB reads it by itself and writes it."""
    import duckdb

    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "in.csv").write_bytes(csv_of(rows))
        read = f"read_csv('{folder}/in.csv', all_varchar={text}, sample_size=-1, quote='\"', escape='\"')"
        duckdb.sql(f"COPY (SELECT * FROM {read}) TO '{folder}/out' ({how})")
        return Path(folder, "out").read_bytes()


def polars(rows: pd.DataFrame, write: str, text: bool = False, **how: object) -> bytes:
    """The table as polars reads it and writes it."""
    import polars

    types = {"infer_schema": False} if text else {"infer_schema_length": None}
    frame, out = polars.read_csv(csv_of(rows), **types), io.BytesIO()
    getattr(frame, write)(out, **how)
    return out.getvalue()


def tarred(content: bytes, mode: str) -> bytes:
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode=mode) as archive:
        member = tarfile.TarInfo("movies_metadata.csv")
        member.size = len(content)
        archive.addfile(member, io.BytesIO(content))
    return file.getvalue()


def zipped(content: bytes) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("films/movies_metadata.csv", content)
    return file.getvalue()


Form = Callable[[pd.DataFrame], bytes]
FORMS: dict[str, Form] = {
    "pandas: to_csv": csv_of,
    "pandas: to_csv with its index": partial(csv_of, index=True),
    "pandas: read_csv and to_csv": lambda rows: csv_of(typed(rows)),
    "pandas: na_rep NaN": partial(csv_of, na_rep="NaN"),
    "pandas: na_rep None": partial(csv_of, na_rep="None"),
    "pandas: na_rep NULL": partial(csv_of, na_rep="NULL"),
    "pandas: na_rep \\N": partial(csv_of, na_rep="\\N"),
    "pandas: na_rep <NA>": partial(csv_of, na_rep="<NA>"),
    "pandas: na_rep -": partial(csv_of, na_rep="-"),
    "pandas: everything in quotes": partial(csv_of, quoting=1),
    "pandas: quotes escaped by a backslash": partial(csv_of, doublequote=False, escapechar="\\"),
    "pandas: bars": partial(csv_of, sep="|"),
    "pandas: CRLF": partial(csv_of, lineterminator="\r\n"),
    "pandas: %.3f": lambda rows: csv_of(typed(rows), float_format="%.3f"),
    "pandas: utf-8 with mark": partial(csv_of, encoding="utf-8-sig"),
    "pandas: utf-16": partial(csv_of, encoding="utf-16"),
    "pandas: utf-16 without mark": partial(csv_of, encoding="utf-16-le"),
    "pandas: utf-32": partial(csv_of, encoding="utf-32"),
    "pandas: cp1252": partial(csv_of, encoding="cp1252", errors="replace"),
    "pandas: gzip": lambda rows: gzip.compress(csv_of(rows), 1),
    "pandas: bz2": lambda rows: bz2.compress(csv_of(rows), 1),
    "pandas: xz": lambda rows: lzma.compress(csv_of(rows), preset=0),
    "pandas: zstd": lambda rows: pa.compress(csv_of(rows), "zstd", asbytes=True),
    "pandas: zip": lambda rows: zipped(csv_of(rows)),
    "pandas: tar": lambda rows: tarred(csv_of(rows), "w"),
    "pandas: tar.gz": lambda rows: tarred(csv_of(rows), "w:gz"),
    "pandas: Parquet of text": lambda rows: rows.to_parquet(),
    "pandas: Parquet of read_csv": lambda rows: typed(rows).astype({"budget": "str", "popularity": "str", "id": "str"})
    .astype(object).where(typed(rows).notna(), None).astype({"adult": "str", "video": "str"}).to_parquet(),
    "pandas: JSON lists": lambda rows: csv_of(per_cell(rows, as_json, *NESTED_COLUMNS)),
    "pandas: compact JSON lists": lambda rows: csv_of(
        per_cell(rows, partial(as_json, separators=(",", ":"), ensure_ascii=False), *NESTED_COLUMNS)
    ),
    "pandas: JSON page": lambda rows: rows.to_json(orient="records").encode(),
    "pandas: HTML page": lambda rows: rows.head(50).to_html().encode(),
    "pandas: dates with a time": lambda rows: csv_of(per_cell(rows, "{} 00:00:00".format, "release_date")),
    "pandas: dates with time and zone": lambda rows: csv_of(per_cell(rows, "{}T12:00:00Z".format, "release_date")),
    "Parquet of real lists": lambda rows: parquet_of(listed(rows)),
    "Parquet of real lists, brotli": lambda rows: parquet_of(listed(rows), compression="brotli"),
    "Parquet, dates in UTC": lambda rows: stamped(rows, "us", "UTC", 0),
    "Parquet, dates at noon": lambda rows: stamped(rows, "ms", None, 12),
    "Excel: dates d/m/Y": lambda rows: csv_of(per_cell(excel(rows), day_first, "release_date")),
    "Excel: dates m/d/Y": lambda rows: csv_of(per_cell(excel(rows), month_first, "release_date")),
    "Excel: commas between thousands": lambda rows: csv_of(per_cell(excel(rows), grouped(","), *MONEY)),
    "Excel: dots between thousands": lambda rows: csv_of(per_cell(excel(rows), grouped("."), *MONEY)),
    "Excel: semicolons and decimal commas": lambda rows: csv_of(
        per_cell(excel(rows), lambda text: text.replace(".", ","), *DECIMALS), sep=";"
    ),
    "Excel: sep=; line": lambda rows: b"sep=;\r\n" + csv_of(excel(rows), sep=";", lineterminator="\r\n"),
    "Excel: Unicode text": lambda rows: csv_of(excel(rows), sep="\t", encoding="utf-16"),
    "Excel: columns left empty": lambda rows: csv_of(excel(rows).assign(**{" ": None, "  ": None})),
    "Excel: headers in capitals": lambda rows: csv_of(excel(rows).rename(columns=str.upper)),
    "Excel: 1.50E+07": lambda rows: csv_of(
        per_cell(excel(rows), lambda text: f"{float(text):.2E}" if text.isdigit() else text, *MONEY)
    ),
    "Excel: ids as text": lambda rows: csv_of(per_cell(excel(rows), "'{}".format, "id")),
    "Spark: CSV": spark,
    "MySQL: OUTFILE": mysql,
    "DuckDB: CSV of text": partial(duck, how="HEADER, DELIMITER ','", text=True),
    "DuckDB: CSV": partial(duck, how="HEADER, DELIMITER ','"),
    "DuckDB: CSV with tabs": partial(duck, how="HEADER, DELIMITER '\t'"),
    "DuckDB: CSV with NULL": partial(duck, how="HEADER, NULLSTR 'NULL'"),
    "DuckDB: Parquet": partial(duck, how="FORMAT parquet"),
    "DuckDB: Parquet, zstd": partial(duck, how="FORMAT parquet, COMPRESSION zstd", text=True),
}  # fmt: skip
if importlib.util.find_spec("polars"):
    FORMS |= {
        "polars: CSV of text": partial(polars, write="write_csv", text=True),
        "polars: CSV": partial(polars, write="write_csv"),
        "polars: CSV with null": partial(polars, write="write_csv", null_value="null"),
        "polars: Parquet of text": partial(polars, write="write_parquet", text=True),
        "polars: Parquet": partial(polars, write="write_parquet"),
    }


def differing(films: pd.DataFrame, expected: pd.DataFrame) -> list[str]:
    """The columns in which films are not what they should be."""
    ours, theirs = typed_table(films), typed_table(expected)
    return [name for name in ours.column_names if not ours[name].equals(theirs[name])]


def try_form(name: str, rows: pd.DataFrame, folder: Path) -> dict:
    """What becomes of a table in a form: the films, or the line with which it is refused."""
    word, path = name.partition(" na_rep ")[2], folder / "films"  # where a word means unknown, it does everywhere
    expected = build_catalog(rows.replace(word, None) if word else rows).films
    path.write_bytes(FORMS[name](rows))
    try:
        catalog = build_catalog(load_raw(str(path)))
    except MoviesError as error:
        message = str(error).replace(f"{folder}/", "")
        return {"form": name, "kept": "\n" not in message, "films": 0, "said": message}
    films, changed = len(catalog.films), []
    if films == len(expected):
        changed = differing(catalog.films, expected)
    kept = films == len(expected) and not changed
    said = f"changed: {', '.join(changed)}" if changed else "; ".join(catalog.readings)
    return {"form": name, "kept": kept, "films": films, "said": said}


def try_all(source: str, only: str = "") -> list[dict]:
    """Every form of a table, or those whose names hold a word."""
    rows = load_raw(source)[COLUMNS]
    with tempfile.TemporaryDirectory() as folder:
        return [try_form(name, rows, Path(folder)) for name in FORMS if only in name]


if __name__ == "__main__":
    for tried in try_all(*sys.argv[1:] or ["sample"]):
        print("kept" if tried["kept"] else "LOST", f"{tried['films']:>6,}  {tried['form']}: {tried['said'][:300]}")
