"""An independent computation of the catalogue with the standard library, sharing no code with the package."""

import ast
import csv
import gzip
import sys
import unicodedata
from collections import defaultdict
from datetime import date
from pathlib import Path

csv.field_size_limit(sys.maxsize)

MONTHS = [
    "enero", "febrero", "marzo", "abril", "mayo", "junio", "julio", "agosto", "septiembre", "octubre", "noviembre",
    "diciembre",
]  # fmt: skip
WEEKDAYS = ["lunes", "martes", "miercoles", "jueves", "viernes", "sabado", "domingo"]


def raw_rows(table: Path) -> list[dict]:
    opener = gzip.open if table.suffix == ".gz" else open
    with opener(table, "rt", encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def is_date(text: str) -> bool:
    try:
        return len(text) == 10 and bool(date.fromisoformat(text))
    except ValueError:
        return False


def parse_films(table: Path) -> list[dict]:
    """The films with a date, the first row of each id, with nested columns parsed."""
    seen, kept = set(), []
    for row in raw_rows(table):
        if is_date(row["release_date"]) and row["id"] not in seen:
            seen.add(row["id"])
            row["date"] = date.fromisoformat(row["release_date"])
            row["revenue"], row["budget"] = int(float(row["revenue"] or 0)), int(float(row["budget"] or 0))
            for column in ("belongs_to_collection", "production_companies", "production_countries", "genres"):
                row[column] = ast.literal_eval(row[column]) if row[column] else []
            kept.append(row)
    return kept


def group_films(kept: list[dict], names) -> dict[str, list[dict]]:
    """The films grouped by name; `names` returns the names of a film."""
    groups = defaultdict(list)
    for film in kept:
        for name in set(names(film)):
            groups[name].append(film)
    return groups


def get_entry_names(column: str):
    """A function that returns the names of a film's entries in a nested column."""

    def names(film: dict) -> list[str]:
        entries = film[column]
        return [entry["name"] for entry in (entries if isinstance(entries, list) else [entries])]

    return names


REPLACEMENTS = {"ø": "o", "ł": "l", "đ": "d", "ð": "d", "æ": "ae", "œ": "oe", "ı": "i"}


def normalize_name(name: str) -> str:
    """A name without case, accents, punctuation and spaces; a name without letters or digits is unchanged."""
    decomposed = unicodedata.normalize("NFKD", name.casefold())
    replaced = "".join(REPLACEMENTS.get(letter, letter) for letter in decomposed)
    return "".join(filter(str.isalnum, replaced)) or name.strip()


def sort_by_popularity(kept: list[dict]) -> list[dict]:
    return sorted(kept, key=lambda film: (-float(film["popularity"] or -1), int(film["id"])))


def find_film(name: str, by_title: dict[str, list[dict]], by_original: dict[str, list[dict]]) -> dict:
    """The film with this title, or else with this original title, preferably with the same spelling."""
    field = "title" if normalize_name(name) in by_title else "original_title"
    matches = (by_title if field == "title" else by_original)[normalize_name(name)]
    return next((film for film in matches if film[field] == name), matches[0])
