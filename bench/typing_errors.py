"""Random typing errors in names, and the rank at which an index suggests the correct name."""

import re
from collections.abc import Callable
from random import Random
from time import perf_counter
from typing import NamedTuple

from moviesmlops.names import rank_similar_names
from moviesmlops.queries import NameIndex, first_per_entity
from moviesmlops.text import normalize_text

KEYBOARD = "qwertyuiop asdfghjkl zxcvbnm"
CONFUSIONS = """ph f, f ph, ck k, c k, k c, s c, c s, z s, s z, ee ea, ea ee, ie ei, ei ie, ai ay, oo u, ou u, y i,
i y, v b, b v, w v, x ks, qu k, gh g, th t, j g, mm m, nn n, ll l, tt t, ss s, er ar, or er, tion sion"""


def misspellings(name: str) -> dict[str, list[str]]:
    "Return all misspellings of a name with one error, by kind of error; kinds that do not apply are left out."
    adjacent = {key: KEYBOARD[i - 1 : i] + KEYBOARD[i + 1 : i + 2] for i, key in enumerate(KEYBOARD)}
    letters, words = [i for i, letter in enumerate(name) if letter.isalpha()], name.split()
    pairs = [i for i in letters if i + 1 in letters and name[i].lower() != name[i + 1].lower()]
    shortened = [words[:i] + words[i + 1 :] for i in range(len(words)) if len(words) > 2]
    adjacent_keys = [(i, key) for i in letters for key in adjacent.get(name[i].lower(), "").strip()]
    confusions = [(spelling, other) for spelling, other in (pair.split() for pair in CONFUSIONS.split(","))]
    confused = [(found, other) for spelling, other in confusions for found in re.finditer(spelling, name, re.I)]
    typed_by_kind = {
        "a letter dropped": [name[:i] + name[i + 1 :] for i in letters],
        "a letter doubled": [name[:i] + name[i] + name[i:] for i in letters],
        "two letters swapped": [name[:i] + name[i + 1] + name[i] + name[i + 2 :] for i in pairs],
        "an adjacent key": [name[:i] + key + name[i + 1 :] for i, key in adjacent_keys],
        "a word left out": [" ".join(kept) for kept in shortened],
        "accents omitted": [normalize_text(name)] * (normalize_text(name) != name.lower()),
        "a sound misspelt": [name[: found.start()] + other + name[found.end() :] for found, other in confused],
    }
    return {kind: typed for kind, typed in typed_by_kind.items() if typed}


class Trial(NamedTuple):
    "A name and its mistyped form."

    kind: str  # of error
    name: str
    typed: str


def draw_trials(
    names: list[str],
    count: int,
    seed: int = 1,
) -> list[Trial]:
    "Draw random names, each with one random error."
    rng, trials = Random(seed), []
    for name in rng.choices(sorted(set(names)), k=count):
        typed_by_kind = misspellings(name)
        if typed_by_kind:
            kind = rng.choice(list(typed_by_kind))
            trials.append(Trial(kind, name, rng.choice(typed_by_kind[kind])))
    return trials


def suggest_by_scan(index: NameIndex, text: str, limit: int = 5) -> list[str]:
    "Return the suggestions of `NameIndex.suggest`, found by comparing a string with every name."
    names = index.all_names("name", "alias")
    best = rank_similar_names(text, [name.name for name in names], 4 * limit)
    similar = first_per_entity((names[position] for position in best), 4 * limit)
    found = index.canonical_names([name.id for name in similar])
    return list(dict.fromkeys(found.values()))[:limit]


def find_names(index: NameIndex, text: str) -> list[str]:
    "Return the names that match a string, as they appear in the catalogue."
    return list(index.canonical_names([name.id for name in first_per_entity(index.find(text), 100)]).values())


def measure_trial(
    index: NameIndex,
    trial: Trial,
    suggest: Callable[[NameIndex, str], list[str]] = NameIndex.suggest,  # or `scan`
) -> tuple[int, float]:  # rank, starting at 0 (99 if not suggested), and milliseconds
    "Return the rank of the correct name among the suggestions for a mistyped one, and the time taken."
    start = perf_counter()
    suggestions = find_names(index, trial.typed)[:1] or suggest(index, trial.typed)
    milliseconds = 1000 * (perf_counter() - start)
    right = set(find_names(index, trial.name))
    return next((rank for rank, name in enumerate(suggestions) if name in right), 99), milliseconds
