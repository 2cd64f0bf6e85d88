"""How well and how fast mistyped names are found: python bench/names.py BUILD [SCANNED]; prints JSON

SCANNED is how many of the titles are also looked for by a plain scan.
"""

import json
import sys
from pathlib import Path
from random import Random
from statistics import mean, median
from time import perf_counter

from moviesmlops.queries import Queries
from moviesmlops.text import LONGEST, fold
from typing_errors import draw_trials, scan, take_trial

COUNTS = {"peliculas": 1_000, "franquicias": 500, "productoras": 500}
HOSTILE = ["ﷺ" * LONGEST, "a " * 100, "the of and a in " * 13, "x" * LONGEST, "é" * 5_000, "क" * LONGEST, "ing er the "]


def milliseconds(index, text: str) -> float:
    """The time that suggestions take, the least of three."""
    times = []
    for _ in range(3):
        begin = perf_counter()
        index.suggest(text)
        times.append(1000 * (perf_counter() - begin))
    return min(times)


def shares(places: list[int]) -> dict[str, float]:
    return {"first": mean(place == 0 for place in places), "five": mean(place < 5 for place in places)}


def measure(build: Path, scanned: int) -> dict:
    indexes = Queries.load(build).indexes
    names = {kind: [name.name for name in indexes[kind].all_names("name")] for kind in COUNTS}
    drawn = {kind: draw_trials(names[kind], count) for kind, count in COUNTS.items()}
    trials = [(indexes[kind], trial) for kind, found in drawn.items() for trial in found]
    long = [take_trial(index, trial)[0] for index, trial in trials if len(fold(trial.name)) >= 8]
    times = [milliseconds(index, trial.typed) for index, trial in trials]
    titles, chance = indexes["peliculas"], Random(1)
    jumbles = [" ".join(chance.sample(names["peliculas"], 40)) for _ in range(20)]
    worst = max(times + [milliseconds(index, text) for index in indexes.values() for text in HOSTILE + jumbles])
    size = sum(file.stat().st_size for file in (build / "catalog").glob("trigram_*.npy"))
    found = {"names": len(names["peliculas"]), "tried": len(trials), "long": len(long)} | shares(long)
    found |= {"p50_ms": median(times), "worst_ms": worst, "index_mb": size / 2**20}
    both = [[take_trial(titles, trial, *how) for _, trial in trials[:scanned]] for how in ((), (scan,)) if scanned]
    for name, taken in zip(("beside_scan", "scan"), both, strict=False):
        found[name] = shares([place for place, _ in taken]) | {"p50_ms": median(ms for _, ms in taken)}
    return found


if __name__ == "__main__":
    print(json.dumps(measure(Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 0)))
