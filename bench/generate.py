"""Generate a larger table with the same statistics as a source: python bench/generate.py SOURCE OUT ROWS

The table starts with the rows of the source. Each further row is a variation of a source row drawn at random, so that
the frequencies of text lengths, nulls, nested list sizes, broken rows and repeated ids, and their combinations, stay
the same. Values that would differ in a larger table are generated: ids, popularity, revenue and vote counts, names and
words.

The number of distinct names grows as in real data. For each name of the source row, a name is drawn from all earlier
mentions of that name and of the names generated from it; a name with m mentions so far is replaced by a new one with
probability d/m. This is a Pitman-Yor process: frequent names stay frequent (Zipf's law), and N times as many films have
N**d times as many distinct names (Heaps' law). d is the share of the source's names that occur once, the value to which
the process converges; titles, franchises, companies and the words of the overviews each have their own d. In an
overview, every second span of eight words comes from another overview, so that no overview is a copy.

With the same source and seed, a shorter table is the beginning of a longer one.
"""

import argparse
import ast
import csv
import gzip
import random
import re
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from itertools import islice
from pathlib import Path

from tqdm import tqdm

SPAN = 8  # number of consecutive words of an overview that stay together
MAX_MENTIONS = 100  # words with more mentions are never replaced, because new words would hardly ever come from them
WORD = re.compile(r"[^\W\d_]{2,}")
NAMED_ENTRIES = ("belongs_to_collection", "production_companies")  # columns in which new names are generated
VARIED_NUMBERS = {"popularity": 6, "revenue": 0, "vote_count": 0}  # column: decimal places; varied by up to 25%
ALPHANUMERIC = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"


class Urn:
    """A Pitman-Yor urn: draws a name in proportion to its mentions so far, and sometimes generates a new one."""

    def __init__(
        self, mentions: Counter, make: Callable[[str], str], rng: random.Random, max_mentions: int = sys.maxsize
    ):
        self.mentions, self.make, self.rng = mentions, make, rng.random
        self.discount = sum(count == 1 for count in mentions.values()) / max(len(mentions), 1)
        self.families = {name: [name] * count for name, count in mentions.items() if count <= max_mentions}

    def draw(self, name: str) -> str:
        family = self.families[name]
        drawn = family[int(self.rng() * len(family))]
        if self.rng() * self.mentions[drawn] < self.discount:
            drawn = self.make(drawn)
        self.mentions[drawn] += 1
        family.append(drawn)
        return drawn


class Namer:
    """Generates unique new names from the words of known names."""

    def __init__(self, names: Counter, rng: random.Random):
        self.known, self.rng = set(names), rng
        self.words = [word for name, count in names.items() for word in name.split(" ") * count]

    def word(self, word: str) -> str:
        other = self.rng.choice(self.words)
        return word[: (len(word) + 1) // 2] + other[len(other) // 2 :]

    def name(self, name: str) -> str:
        words, attempts = name.split(" "), 0
        while " ".join(words) in self.known:
            position = int(self.rng.random() * len(words))
            words[position] = self.rng.choice(self.words) if attempts < 2 else self.word(words[position])
            attempts += 1
        self.known.add(" ".join(words))
        return " ".join(words)


def read(source: Path) -> tuple[list[str], list[list[str]]]:
    opener = gzip.open if source.suffix == ".gz" else open
    with opener(source, "rt", encoding="utf-8", newline="") as file:
        header, *rows = csv.reader(file)
    return header, rows


def group_rows(rows: list[list[str]], title: int) -> list[list[list[str]]]:
    """Groups of rows: one row per film, or the two halves of a row that was cut, which have no title."""
    groups: list[list[list[str]]] = []
    for row in rows:
        if groups and not row[title] and len(groups[-1]) == 1 and not groups[-1][0][title]:
            groups[-1].append(row)
        else:
            groups.append([row])
    return groups


@cache
def entries(text: str) -> list[str]:
    """Return the entries of a nested value, each as Python source."""
    value = ast.literal_eval(text) if text else []
    return [repr(entry) for entry in ([value] if isinstance(value, dict) else value)]


class TextMixer:
    """Mixes the strings of a column, and replaces rare words with new ones."""

    def __init__(self, texts: list[str], rng: random.Random):
        self.others = [list(map(sys.intern, text.split(" "))) for text in texts if text]
        self.rng = rng
        words = Counter(word for text in texts for word in WORD.findall(text))
        self.words = Urn(words, Namer(words, rng).name, rng, MAX_MENTIONS)

    def reword(self, text: str) -> str:
        words = text.split(" ")
        for start in range(int(self.rng.random() * SPAN), len(words), 2 * SPAN):
            other, length = self.rng.choice(self.others), min(SPAN, len(words) - start)
            begin = int(self.rng.random() * max(len(other) - length, 1))
            if len(other) >= length:
                words[start : start + length] = other[begin : begin + length]
        return WORD.sub(self.word, " ".join(words))

    def word(self, found: re.Match) -> str:
        return self.words.draw(found[0]) if found[0] in self.words.families else found[0]


class FilmGenerator:
    """Generates films from those in a source."""

    def __init__(self, header: list[str], rows: list[list[str]], seed: int):
        self.header, self.rng = header, random.Random(seed)
        self.id, self.popularity, title = map(header.index, ("id", "popularity", "title"))
        self.groups = group_rows(rows, title)
        first = {group[0][self.id]: position for position, group in reversed(list(enumerate(self.groups)))}
        self.repeats = set(range(len(self.groups))) - set(first.values())
        films = [group[0] for group in self.groups if len(group) == 1]
        columns = dict(zip(header, zip(*films, strict=True), strict=True))
        self.last_id = max(int(identity) for identity in columns["id"] if identity.isdecimal())
        self.last_imdb = max(int(identity[2:] or 0) for identity in columns["imdb_id"])
        self.last_entry = 0
        self.names = {name: self.urn_of_names(columns[name]) for name in ("title", "original_title")}
        self.lists = {name: self.urn_of_entries(columns[name]) for name in NAMED_ENTRIES}
        self.texts = {name: TextMixer(columns[name], self.rng) for name in ("overview", "tagline")}

    def urn_of_names(self, names: Iterable[str]) -> Urn:
        mentions = Counter(name for name in names if name)
        return Urn(mentions, Namer(mentions, self.rng).name, self.rng)

    def urn_of_entries(self, texts: Iterable[str]) -> Urn:
        """Return an urn of nested entries; a new entry has a new id, name and image paths."""
        mentions = Counter(entry for text in texts for entry in entries(text))
        known = {entry: ast.literal_eval(entry) for entry in mentions}
        self.last_entry = max([self.last_entry, *(value["id"] for value in known.values())])
        namer = Namer(Counter({value["name"]: mentions[entry] for entry, value in known.items()}), self.rng)

        def make(entry: str) -> str:
            value = ast.literal_eval(entry)
            self.last_entry += 1
            images = {key: self.image_path(path) for key, path in value.items() if key.endswith("_path") and path}
            return repr(value | {"id": self.last_entry, "name": namer.name(value["name"])} | images)

        return Urn(mentions, make, self.rng)

    def image_path(self, path: str) -> str:
        stem, dot, ending = path.rpartition(".")
        return "/" + "".join(self.rng.choices(ALPHANUMERIC, k=len(stem) - 1)) + dot + ending

    def vary_number(self, text: str, digits: int) -> str:
        """Return a number close to the given one; a string that is not a number is returned unchanged."""
        try:
            return f"{float(text) * self.rng.uniform(0.8, 1.25):.{digits}f}"
        except ValueError:
            return text

    def make_film(self, row: list[str]) -> list[str]:
        """Return a new film based on a row; null values stay null."""
        film = {name: text for name, text in zip(self.header, row, strict=True) if text}
        same_title = film.get("original_title") == film.get("title")
        self.last_id += self.rng.randint(1, 3)
        self.last_imdb += self.rng.randint(1, 3)
        new_ids = {"id": str(self.last_id), "imdb_id": f"tt{self.last_imdb:07d}"}
        film |= {name: text for name, text in new_ids.items() if name in film}
        film |= {name: urn.draw(film[name]) for name, urn in self.names.items() if name in film}
        film |= {"original_title": film["title"]} if same_title else {}
        film |= {name: mixer.reword(film[name]) for name, mixer in self.texts.items() if name in film}
        film |= {name: self.draw_entries(film[name], urn) for name, urn in self.lists.items() if name in film}
        known = {name: digits for name, digits in VARIED_NUMBERS.items() if film.get(name, "0") != "0"}
        film |= {name: self.vary_number(film[name], digits) for name, digits in known.items()}
        if "homepage" in film:
            film["homepage"] = film["homepage"][: -len(film["id"])] + film["id"]
        if "poster_path" in film:
            film["poster_path"] = self.image_path(film["poster_path"])
        return [film.get(name, "") for name in self.header]

    def draw_entries(self, text: str, urn: Urn) -> str:
        drawn = [urn.draw(entry) for entry in entries(text)]
        return drawn[0] if text.startswith("{") else f"[{', '.join(drawn)}]"

    def rows(self) -> Iterator[list[str]]:
        """Yield the rows of the source, then an endless sequence of generated rows."""
        for group in self.groups:
            yield from group
        last = next(group[0] for group in self.groups if len(group) == 1)
        while True:
            position = int(self.rng.random() * len(self.groups))
            first_row, *rest = self.groups[position]
            if rest:
                self.last_id += 1
                yield [*first_row[: self.id], str(self.last_id), *first_row[self.id + 1 :]]
                yield from rest
            elif position in self.repeats:
                popularity = self.vary_number(last[self.popularity], 6)
                yield [*last[: self.popularity], popularity, *last[self.popularity + 1 :]]
            else:
                last = self.make_film(first_row)
                yield last


def generate(source: Path, out: Path, count: int, seed: int = 1) -> None:
    header, rows = read(source)
    generated = FilmGenerator(header, rows, seed).rows()
    with out.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header)
        for row in islice(tqdm(generated, out.name, count, unit="film", unit_scale=True, mininterval=1), count):
            writer.writerow(row)


def main() -> None:
    parser = argparse.ArgumentParser(description="Generate a larger table of films from a real one.")
    parser.add_argument("source", type=Path, help="the .csv or .csv.gz file to start from")
    parser.add_argument("out", type=Path, help="the .csv file to write")
    parser.add_argument("rows", type=int, help="number of rows")
    parser.add_argument("--seed", type=int, default=1, help="seed of the random generator")
    arguments = parser.parse_args()
    generate(arguments.source, arguments.out, arguments.rows, arguments.seed)


if __name__ == "__main__":
    main()
