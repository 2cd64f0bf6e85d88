"""A table with HTML markup in its texts, which must be shown as text on every page."""

import ast
import csv
import io
from pathlib import Path

from moviesmlops.sources import SAMPLE_PATH

MARKUP = "<script>window.inside = 1</script><img src=x onerror='window.inside = 1'><i class=inside>"
TEXTS = ("title", "original_title", "overview", "tagline", "status", "homepage", "poster_path", "original_language")
NESTED = ("belongs_to_collection", "genres", "production_companies", "production_countries", "spoken_languages")


def add_markup(value: object) -> object:
    """A nested value with markup appended to its names and codes, and with changed ids."""
    if isinstance(value, dict):
        return {key: item + 10_000_000 if isinstance(item, int) else f"{item}{MARKUP}" for key, item in value.items()}
    return [add_markup(entry) for entry in value]


def write_table(path: Path) -> Path:
    """Write the sample plus, for every second film, a row with markup in each text."""
    rows = list(csv.DictReader(io.StringIO(SAMPLE_PATH.read_text(encoding="utf-8"), newline="")))
    films = [row for row in rows if row["release_date"] and row["id"].isdecimal()][1::2]
    for film_id, row in enumerate(films, 10_000_000):
        texts = {column: row[column] + MARKUP for column in TEXTS if row[column]}
        nested = {column: repr(add_markup(ast.literal_eval(row[column]))) for column in NESTED if row[column]}
        rows.append(row | texts | nested | {"id": str(film_id)})
    with path.open("w", encoding="utf-8", newline="") as file:
        table = csv.DictWriter(file, rows[0])
        table.writeheader()
        table.writerows(rows)
    return path
