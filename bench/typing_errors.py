"""Names mistyped by chance, and the place at which an index finds them again."""

import re
from collections.abc import Callable
from random import Random
from time import perf_counter
from typing import NamedTuple

from moviesmlops.names import nearest
from moviesmlops.queries import NameIndex, distinct
from moviesmlops.text import plain

KEYBOARD = "qwertyuiop asdfghjkl zxcvbnm"
HEARD = """ph f, f ph, ck k, c k, k c, s c, c s, z s, s z, ee ea, ea ee, ie ei, ei ie, ai ay, oo u, ou u, y i,
i y, v b, b v, w v, x ks, qu k, gh g, th t, j g, mm m, nn n, ll l, tt t, ss s, er ar, or er, tion sion"""


def mistakes(name: str) -> dict[str, list[str]]:
    "Every way to mistype a name once, by the kind of mistake; none where it cannot be made."
    beside = {key: KEYBOARD[i - 1 : i] + KEYBOARD[i + 1 : i + 2] for i, key in enumerate(KEYBOARD)}
    letters, parts = [i for i, letter in enumerate(name) if letter.isalpha()], name.split()
    pairs = [i for i in letters if i + 1 in letters and name[i].lower() != name[i + 1].lower()]
    fewer = [parts[:i] + parts[i + 1 :] for i in range(len(parts)) if len(parts) > 2]
    hits = [(i, key) for i in letters for key in beside.get(name[i].lower(), "").strip()]
    sounds = [(said, heard) for said, heard in (pair.split() for pair in HEARD.split(","))]
    heard = [(found, other) for said, other in sounds for found in re.finditer(said, name, re.IGNORECASE)]
    ways = {
        "a letter dropped": [name[:i] + name[i + 1 :] for i in letters],
        "a letter doubled": [name[:i] + name[i] + name[i:] for i in letters],
        "two letters swapped": [name[:i] + name[i + 1] + name[i] + name[i + 2 :] for i in pairs],
        "a neighbouring key": [name[:i] + key + name[i + 1 :] for i, key in hits],
        "a word left out": [" ".join(left) for left in fewer],
        "accents lost": [plain(name)] * (plain(name) != name.lower()),
        "a word misheard": [name[: found.start()] + other + name[found.end() :] for found, other in heard],
    }
    return {kind: typed for kind, typed in ways.items() if typed}


class Trial(NamedTuple):
    "A name and how somebody typed it."

    kind: str  # of mistake
    name: str
    typed: str


def draw_trials(
    names: list[str],
    count: int,
    seed: int = 1,
) -> list[Trial]:
    "Names mistyped by lot."
    chance, trials = Random(seed), []
    for name in chance.choices(sorted(set(names)), k=count):
        if ways := mistakes(name):
            kind = chance.choice(list(ways))
            trials.append(Trial(kind, name, chance.choice(ways[kind])))
    return trials


def scan(index: NameIndex, text: str, limit: int = 5) -> list[str]:
    "What `NameIndex.suggest` gives, by comparing a text with every name."
    names = index.all_names("name", "alias")
    best = nearest(text, [name.name for name in names], 4 * limit)
    found = index.names_of([name.id for name in distinct((names[place] for place in best), 4 * limit)])
    return list(dict.fromkeys(found.values()))[:limit]


def names_found(index: NameIndex, text: str) -> list[str]:
    "What a text means, as the tables call it."
    return list(index.names_of([name.id for name in distinct(index.find(text), 100)]).values())


def take_trial(
    index: NameIndex,
    trial: Trial,
    suggest: Callable[[NameIndex, str], list[str]] = NameIndex.suggest,  # or `scan`
) -> tuple[int, float]:  # from 0 on, 99 where it is not shown; milliseconds
    "At which place of what is shown a mistyped name stands, and how long that took."
    begin = perf_counter()
    shown = names_found(index, trial.typed)[:1] or suggest(index, trial.typed)
    spent = 1000 * (perf_counter() - begin)
    right = set(names_found(index, trial.name))
    return next((place for place, name in enumerate(shown) if name in right), 99), spent
