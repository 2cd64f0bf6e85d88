"""A table with markup in every text: what must stay text on every page."""

import ast
import csv
import io
from pathlib import Path

from moviesmlops.sources import SAMPLE

INSIDE = "<script>window.inside = 1</script><img src=x onerror='window.inside = 1'><i class=inside>"
TEXTS = ("title", "original_title", "overview", "tagline", "status", "homepage", "poster_path", "original_language")
NESTED = ("belongs_to_collection", "genres", "production_companies", "production_countries", "spoken_languages")


def with_markup(value: object) -> object:
    """The value of a nested column, with markup in its names and codes, and other numbers."""
    if isinstance(value, dict):
        return {key: held + 10_000_000 if isinstance(held, int) else f"{held}{INSIDE}" for key, held in value.items()}
    return [with_markup(entry) for entry in value]


def write_table(path: Path) -> Path:
    """Write the sample and, for every second film, one more row with markup in each text."""
    rows = list(csv.DictReader(io.StringIO(SAMPLE.read_text(encoding="utf-8"), newline="")))
    films = [row for row in rows if row["release_date"] and row["id"].isdecimal()][1::2]
    for number, row in enumerate(films, 10_000_000):
        texts = {column: row[column] + INSIDE for column in TEXTS if row[column]}
        nested = {column: repr(with_markup(ast.literal_eval(row[column]))) for column in NESTED if row[column]}
        rows.append(row | texts | nested | {"id": str(number)})
    with path.open("w", encoding="utf-8", newline="") as file:
        table = csv.DictWriter(file, rows[0])
        table.writeheader()
        table.writerows(rows)
    return path
