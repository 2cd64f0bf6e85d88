"""Hostile sources, and the error message expected for each."""

import gzip
import io
import zipfile
from collections.abc import Callable
from typing import NamedTuple

import pyarrow as pa
import pyarrow.parquet as pq

from moviesmlops.sources import COLUMNS, SAMPLE_PATH

CONTENT = SAMPLE_PATH.read_bytes()
HEADER = (",".join(COLUMNS) + "\n").encode()
ROW = CONTENT[len(HEADER) :].splitlines(keepends=True)[0]
MB = 2**20


def zip_file(content: bytes, name: str = "movies_metadata.csv", method: int = zipfile.ZIP_DEFLATED) -> bytes:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", method) as file:
        file.writestr(name, content)
    return archive.getvalue()


def change_header(archive: bytes, offset: int, value: int) -> bytes:
    """A zip archive with a changed field in its local and central headers: 0 is the flags, 2 the method."""
    local, central = archive.index(b"PK\x03\x04") + 6 + offset, archive.index(b"PK\x01\x02") + 8 + offset
    changed = bytearray(archive)
    for start in (local, central):
        changed[start : start + 2] = value.to_bytes(2, "little")
    return bytes(changed)


def parquet(**columns: pa.Array) -> bytes:
    rows = len(next(iter(columns.values())))
    table = {name: pa.nulls(rows, pa.string()) for name in COLUMNS} | columns
    file = io.BytesIO()
    pq.write_table(pa.table(table), file, compression="zstd")
    return file.getvalue()


def wide_header() -> bytes:
    return b",".join(b"column%d" % number for number in range(1_000_000)) + b"\n" + b"," * 999_999 + b"\n"


class HostileSource(NamedTuple):
    name: str  # of the file
    content: Callable[[], bytes]
    message: str  # expected in the error message; empty if the source is accepted
    heavy: bool = False  # takes several seconds


CASES = [
    HostileSource("empty.csv", lambda: b"", "the file is empty"),
    HostileSource("blank.csv", lambda: b"\n\n\n", "the file is empty"),
    HostileSource("header.csv", lambda: HEADER, "no rows under the header"),
    HostileSource("header_alone.csv", HEADER.strip, "no rows under the header"),
    HostileSource("page.csv", lambda: b"\xef\xbb\xbf \n<!DOCTYPE html><title>Sign in</title>", "an HTML page"),
    HostileSource("page.zip", lambda: b"<html><body>Sign in</body></html>", "an HTML page"),
    HostileSource("page.csv.gz", lambda: gzip.compress(b"<html>Sign in</html>\n"), "an HTML page"),
    HostileSource("twice.csv", lambda: CONTENT.replace(b"adult,", b"title,", 1), "has the column 'title' twice"),
    HostileSource("wide.csv", wide_header, "1,000,000 columns"),
    HostileSource("binary.csv", lambda: bytes(range(256)) * 4096, "save the table as UTF-8"),
    HostileSource("nul.csv", lambda: HEADER + b"\0" * MB + b"\n", "131,072"),
    HostileSource("utf16.csv", lambda: CONTENT.decode().encode("utf-16")[:-1], "invalid utf-16 text"),
    HostileSource("open_quote.csv", lambda: CONTENT + b'"never closed\n', "a quote is unclosed"),
    HostileSource("field.csv", lambda: CONTENT + ROW.replace(b"Toy Story", b"T" * MB, 1), "131,072"),
    HostileSource(
        "row.csv", lambda: CONTENT + b"x," * (20 * MB) + b"\n" + ROW, "a row is longer than 16,777,216 bytes",
    ),
    HostileSource("million_fields.csv", lambda: CONTENT + b"x," * 1_000_000 + b"\n", ""),
    HostileSource("encrypted.zip", lambda: change_header(zip_file(CONTENT), 0, 1), "encrypted"),
    HostileSource("odd_method.zip", lambda: change_header(zip_file(CONTENT), 2, 97), "compression"),
    HostileSource("cut.zip", lambda: zip_file(CONTENT)[:-3000], "truncated or damaged"),
    HostileSource("nested.zip", lambda: zip_file(zip_file(CONTENT), "films.zip"), "no .csv file"),
    HostileSource("folder.zip", lambda: zip_file(b"", "movies_metadata.csv/"), "no .csv file"),
    HostileSource("none.zip", lambda: zip_file(b""), "the file is empty"),
    HostileSource("cut.csv.gz", lambda: gzip.compress(CONTENT)[:-3000], "truncated or damaged"),
    HostileSource("twice.csv.gz", lambda: gzip.compress(CONTENT) + b"rubbish", "truncated or damaged"),
    HostileSource("text.parquet", lambda: b"PAR1" + CONTENT, "unreadable Parquet file"),
    HostileSource("cut.parquet", lambda: parquet(title=pa.array(["x"]))[:-100], "unreadable Parquet file"),
    HostileSource("bytes.parquet", lambda: parquet(title=pa.array([b"\xff\xfe"] * 3)), "unreadable Parquet file"),
    HostileSource("no_film.csv", lambda: HEADER + b",,\n" * 10, "no films are left"),
    HostileSource("bomb.zip", lambda: zip_file(HEADER + bytes(600 * MB)), "more than 536,870,912 bytes", True),
    HostileSource(
        "bomb.csv.gz", lambda: gzip.compress(HEADER + bytes(600 * MB), 1), "more than 536,870,912 bytes", True,
    ),
    HostileSource(
        "two_gigabytes.csv.gz", lambda: gzip.compress(CONTENT + b'"' + bytes(2048 * MB), 1), "more than", True,
    ),
    HostileSource("short_rows.csv", lambda: HEADER + b",\n" * 100_000_000, "more than 2,000,000 lines", True),
    HostileSource(
        "uneven.csv", lambda: HEADER + b"a,\n" * 1_999_000, "more than 50,000 rows do not fit the header", True,
    ),
    HostileSource("two_million_rows.csv", lambda: HEADER + (b"," * 23 + b"\n") * 1_999_000, "no films are left", True),
    HostileSource(
        "large_fields.csv", lambda: HEADER + (b"x" * 131_000 + b"," * 23 + b"\n") * 4000, "no films are left", True,
    ),
    HostileSource("large_rows.csv", lambda: HEADER + (b"x," * 8_000_000 + b"\n") * 32, "no films are left", True),
    HostileSource("rows.parquet", lambda: parquet(title=pa.nulls(3_000_000, pa.string())), "2,000,000 rows", True),
    HostileSource(
        "bomb.parquet", lambda: parquet(title=pa.array(["x" * MB] * 2000)), "more than 536,870,912 bytes", True,
    ),
]  # fmt: skip
