"""A table of any number of films that looks like the one it is grown from: python bench/generate.py SOURCE OUT ROWS

The first rows are the source's own. Every further row is one of those, drawn at random and made into another film, so
that lengths, nulls, nested sizes, broken rows and repeated ids come as often as they do in the source, and together.
What would not stay the same in a larger table is made anew: the film's ids, the numbers behind its popularity, and its
names and words.

Names grow as names do. Each time a name of the source comes up, it is drawn from all the earlier mentions of that name
and of those that were made from it; a name with m mentions so far is replaced by a new one with probability d/m. This
is the Pitman-Yor process: frequent names stay frequent (Zipf), and N times as many films hold N**d times as many
distinct names (Heaps). d is the share of the source's names that occur just once, which is what the process itself
tends to; titles, franchises, companies and the words of the overviews have a d each. Every second stretch of eight
words of an overview comes from elsewhere, so that none is a copy.

Two tables of one source and seed begin alike: the shorter is the head of the longer.
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

STRETCH = 8  # words of an overview that stay together
OFTEN = 100  # words with more mentions are left as they are; they hardly ever bring forth new ones
A_WORD = re.compile(r"[^\W\d_]{2,}")
NAMED_ENTRIES = ("belongs_to_collection", "production_companies")  # whose names grow; genres and countries do not
MEASURED = {"popularity": 6, "revenue": 0, "vote_count": 0}  # changed by up to a quarter, written with so many digits
LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"


class Urn:
    """Names that come up the more often the more often they came up, and now and then a new one."""

    def __init__(self, mentions: Counter, make: Callable[[str], str], chance: random.Random, often: int = sys.maxsize):
        self.mentions, self.make, self.chance = mentions, make, chance.random
        self.discount = sum(count == 1 for count in mentions.values()) / max(len(mentions), 1)
        self.families = {name: [name] * count for name, count in mentions.items() if count <= often}

    def draw(self, name: str) -> str:
        family = self.families[name]
        drawn = family[int(self.chance() * len(family))]
        if self.chance() * self.mentions[drawn] < self.discount:
            drawn = self.make(drawn)
        self.mentions[drawn] += 1
        family.append(drawn)
        return drawn


class Namer:
    """New names, none made twice, out of the words of those that are known."""

    def __init__(self, names: Counter, chance: random.Random):
        self.known, self.chance = set(names), chance
        self.words = [word for name, count in names.items() for word in name.split(" ") * count]

    def word(self, word: str) -> str:
        other = self.chance.choice(self.words)
        return word[: (len(word) + 1) // 2] + other[len(other) // 2 :]

    def name(self, name: str) -> str:
        words, attempts = name.split(" "), 0
        while (made := " ".join(words)) in self.known:
            place = int(self.chance.random() * len(words))
            words[place] = self.chance.choice(self.words) if attempts < 2 else self.word(words[place])
            attempts += 1
        self.known.add(made)
        return made


def read(source: Path) -> tuple[list[str], list[list[str]]]:
    opener = gzip.open if source.suffix == ".gz" else open
    with opener(source, "rt", encoding="utf-8", newline="") as file:
        header, *rows = csv.reader(file)
    return header, rows


def units(rows: list[list[str]], title: int) -> list[list[list[str]]]:
    """Rows that belong together: a film, or the two halves of one that was cut, which have no title."""
    joined: list[list[list[str]]] = []
    for row in rows:
        if joined and not row[title] and len(joined[-1]) == 1 and not joined[-1][0][title]:
            joined[-1].append(row)
        else:
            joined.append([row])
    return joined


@cache
def entries(text: str) -> list[str]:
    """The entries of a nested value, each as it is written."""
    value = ast.literal_eval(text) if text else []
    return [repr(entry) for entry in ([value] if isinstance(value, dict) else value)]


class Prose:
    """Texts of one column, mixed, with new words among the rare ones."""

    def __init__(self, texts: list[str], chance: random.Random):
        self.others = [list(map(sys.intern, text.split(" "))) for text in texts if text]
        self.chance = chance
        words = Counter(word for text in texts for word in A_WORD.findall(text))
        self.words = Urn(words, Namer(words, chance).name, chance, OFTEN)

    def reword(self, text: str) -> str:
        words = text.split(" ")
        for start in range(int(self.chance.random() * STRETCH), len(words), 2 * STRETCH):
            other, length = self.chance.choice(self.others), min(STRETCH, len(words) - start)
            begin = int(self.chance.random() * max(len(other) - length, 1))
            if len(other) >= length:
                words[start : start + length] = other[begin : begin + length]
        return A_WORD.sub(self.word, " ".join(words))

    def word(self, found: re.Match) -> str:
        return self.words.draw(found[0]) if found[0] in self.words.families else found[0]


class Grower:
    """Makes films out of the films of a source."""

    def __init__(self, header: list[str], rows: list[list[str]], seed: int):
        self.header, self.chance = header, random.Random(seed)
        self.id, self.popularity, title = map(header.index, ("id", "popularity", "title"))
        self.units = units(rows, title)
        first = {unit[0][self.id]: number for number, unit in reversed(list(enumerate(self.units)))}
        self.repeats = set(range(len(self.units))) - set(first.values())
        films = [unit[0] for unit in self.units if len(unit) == 1]
        columns = dict(zip(header, zip(*films, strict=True), strict=True))
        self.last_id = max(int(identity) for identity in columns["id"] if identity.isdecimal())
        self.last_imdb = max(int(identity[2:] or 0) for identity in columns["imdb_id"])
        self.last_entry = 0
        self.names = {name: self.urn_of_names(columns[name]) for name in ("title", "original_title")}
        self.lists = {name: self.urn_of_entries(columns[name]) for name in NAMED_ENTRIES}
        self.texts = {name: Prose(columns[name], self.chance) for name in ("overview", "tagline")}

    def urn_of_names(self, names: Iterable[str]) -> Urn:
        mentions = Counter(name for name in names if name)
        return Urn(mentions, Namer(mentions, self.chance).name, self.chance)

    def urn_of_entries(self, texts: Iterable[str]) -> Urn:
        """Entries as they are written; a new one has a new id, a new name and new pictures."""
        mentions = Counter(entry for text in texts for entry in entries(text))
        known = {entry: ast.literal_eval(entry) for entry in mentions}
        self.last_entry = max([self.last_entry, *(value["id"] for value in known.values())])
        namer = Namer(Counter({value["name"]: mentions[entry] for entry, value in known.items()}), self.chance)

        def make(entry: str) -> str:
            value = ast.literal_eval(entry)
            self.last_entry += 1
            pictures = {key: self.picture(path) for key, path in value.items() if key.endswith("_path") and path}
            return repr(value | {"id": self.last_entry, "name": namer.name(value["name"])} | pictures)

        return Urn(mentions, make, self.chance)

    def picture(self, path: str) -> str:
        stem, dot, ending = path.rpartition(".")
        return "/" + "".join(self.chance.choices(LETTERS, k=len(stem) - 1)) + dot + ending

    def about(self, text: str, digits: int) -> str:
        """A number near a number; what is none stays."""
        try:
            return f"{float(text) * self.chance.uniform(0.8, 1.25):.{digits}f}"
        except ValueError:
            return text

    def film(self, row: list[str]) -> list[str]:
        """Another film of the same kind; what is null stays null."""
        film = {name: text for name, text in zip(self.header, row, strict=True) if text}
        same_title = film.get("original_title") == film.get("title")
        self.last_id += self.chance.randint(1, 3)
        self.last_imdb += self.chance.randint(1, 3)
        fresh = {"id": str(self.last_id), "imdb_id": f"tt{self.last_imdb:07d}"}
        film |= {name: text for name, text in fresh.items() if name in film}
        film |= {name: urn.draw(film[name]) for name, urn in self.names.items() if name in film}
        film |= {"original_title": film["title"]} if same_title else {}
        film |= {name: prose.reword(film[name]) for name, prose in self.texts.items() if name in film}
        film |= {name: self.relist(film[name], urn) for name, urn in self.lists.items() if name in film}
        known = {name: digits for name, digits in MEASURED.items() if film.get(name, "0") != "0"}
        film |= {name: self.about(film[name], digits) for name, digits in known.items()}
        if "homepage" in film:
            film["homepage"] = film["homepage"][: -len(film["id"])] + film["id"]
        if "poster_path" in film:
            film["poster_path"] = self.picture(film["poster_path"])
        return [film.get(name, "") for name in self.header]

    def relist(self, text: str, urn: Urn) -> str:
        drawn = [urn.draw(entry) for entry in entries(text)]
        return drawn[0] if text.startswith("{") else f"[{', '.join(drawn)}]"

    def rows(self) -> Iterator[list[str]]:
        """The source's rows, then made ones without end."""
        for unit in self.units:
            yield from unit
        last = next(unit[0] for unit in self.units if len(unit) == 1)
        while True:
            number = int(self.chance.random() * len(self.units))
            start, *rest = self.units[number]
            if rest:
                self.last_id += 1
                yield [*start[: self.id], str(self.last_id), *start[self.id + 1 :]]
                yield from rest
            elif number in self.repeats:
                yield [*last[: self.popularity], self.about(last[self.popularity], 6), *last[self.popularity + 1 :]]
            else:
                last = self.film(start)
                yield last


def generate(source: Path, out: Path, count: int, seed: int = 1) -> None:
    header, rows = read(source)
    made = Grower(header, rows, seed).rows()
    with out.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header)
        for row in islice(tqdm(made, out.name, count, unit="film", unit_scale=True, mininterval=1), count):
            writer.writerow(row)


def main() -> None:
    parser = argparse.ArgumentParser(description="Make a larger table of films out of a real one.")
    parser.add_argument("source", type=Path, help="a .csv or .csv.gz to grow it from")
    parser.add_argument("out", type=Path, help="the .csv to write")
    parser.add_argument("rows", type=int, help="how many films")
    parser.add_argument("--seed", type=int, default=1, help="another seed makes other films")
    asked = parser.parse_args()
    generate(asked.source, asked.out, asked.rows, asked.seed)


if __name__ == "__main__":
    main()
