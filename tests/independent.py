"""The catalogue a second way: csv, ast and datetime from the standard library, sharing no code with the package."""

import ast
import csv
import gzip
import sys
import unicodedata
from collections import defaultdict
from datetime import date
from pathlib import Path

csv.field_size_limit(sys.maxsize)

MONTHS = "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre".split()
WEEKDAYS = "lunes martes miercoles jueves viernes sabado domingo".split()


def raw_rows(table: Path) -> list[dict]:
    opener = gzip.open if table.suffix == ".gz" else open
    with opener(table, "rt", encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def is_date(text: str) -> bool:
    try:
        return len(text) == 10 and bool(date.fromisoformat(text))
    except ValueError:
        return False


def films(table: Path) -> list[dict]:
    """Dated films, the first of each id, nested columns read by ast."""
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


def films_by(kept: list[dict], names) -> dict[str, list[dict]]:
    """The films that carry each of the names that `names` finds in a film."""
    groups = defaultdict(list)
    for film in kept:
        for name in set(names(film)):
            groups[name].append(film)
    return groups


def names_in(column: str):
    def names(film: dict) -> list[str]:
        entries = film[column]
        return [entry["name"] for entry in (entries if isinstance(entries, list) else [entries])]

    return names


WITHOUT_THEIR_STROKE = {"ø": "o", "ł": "l", "đ": "d", "ð": "d", "æ": "ae", "œ": "oe", "ı": "i"}


def letters_of(name: str) -> str:
    """A name without case, accents, punctuation and spaces; what is told apart by signs alone stays as it is."""
    decomposed = unicodedata.normalize("NFKD", name.casefold())
    spelt = "".join(WITHOUT_THEIR_STROKE.get(letter, letter) for letter in decomposed)
    return "".join(filter(str.isalnum, spelt)) or name.strip()


def most_popular_first(kept: list[dict]) -> list[dict]:
    return sorted(kept, key=lambda film: (-float(film["popularity"] or -1), int(film["id"])))


def film_called(name: str, by_title: dict[str, list[dict]], by_original: dict[str, list[dict]]) -> dict:
    """The film that a name means: one of that title, else one of that original title; best one written just so."""
    field = "title" if letters_of(name) in by_title else "original_title"
    alike = (by_title if field == "title" else by_original)[letters_of(name)]
    return next((film for film in alike if film[field] == name), alike[0])
