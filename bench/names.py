"""Measure the accuracy and speed of suggestions for mistyped names: python bench/names.py BUILD [SCANNED]

Prints JSON. SCANNED is the number of titles that are also searched with a plain scan, for comparison with the index.
"""

import json
import sys
from pathlib import Path
from random import Random
from statistics import mean, median
from time import perf_counter

from moviesmlops.queries import Queries
from moviesmlops.text import MAX_NAME_LENGTH, name_key
from typing_errors import draw_trials, suggest_by_scan, measure_trial

TRIAL_COUNTS = {"peliculas": 1_000, "franquicias": 500, "productoras": 500}
ADVERSARIAL = [
    "ﷺ" * MAX_NAME_LENGTH, "a " * 100, "the of and a in " * 13, "x" * MAX_NAME_LENGTH, "é" * 5_000,
    "क" * MAX_NAME_LENGTH, "ing er the ",
]  # fmt: skip


def suggestion_ms(index, text: str) -> float:
    """Return the time for the suggestions in milliseconds, the minimum of three runs."""
    times = []
    for _ in range(3):
        begin = perf_counter()
        index.suggest(text)
        times.append(1000 * (perf_counter() - begin))
    return min(times)


def accuracy(ranks: list[int]) -> dict[str, float]:
    return {"first": mean(rank == 0 for rank in ranks), "five": mean(rank < 5 for rank in ranks)}


def measure(build: Path, scanned: int) -> dict:
    indexes = Queries.load(build).indexes
    names = {kind: [name.name for name in indexes[kind].all_names("name")] for kind in TRIAL_COUNTS}
    trials_by_kind = {kind: draw_trials(names[kind], count) for kind, count in TRIAL_COUNTS.items()}
    trials = [(indexes[kind], trial) for kind, drawn in trials_by_kind.items() for trial in drawn]
    long_ranks = [measure_trial(index, trial)[0] for index, trial in trials if len(name_key(trial.name)) >= 8]
    times = [suggestion_ms(index, trial.typed) for index, trial in trials]
    titles, rng = indexes["peliculas"], Random(1)
    shuffled = [" ".join(rng.sample(names["peliculas"], 40)) for _ in range(20)]
    worst = max(times + [suggestion_ms(index, text) for index in indexes.values() for text in ADVERSARIAL + shuffled])
    size = sum(file.stat().st_size for file in (build / "catalog").glob("trigram_*.npy"))
    found = {"names": len(names["peliculas"]), "tried": len(trials), "long": len(long_ranks)} | accuracy(long_ranks)
    found |= {"p50_ms": median(times), "worst_ms": worst, "index_mb": size / 2**20}
    both = [
        [measure_trial(titles, trial, *how) for _, trial in trials[:scanned]]
        for how in ((), (suggest_by_scan,))
        if scanned
    ]
    for name, results in zip(("beside_scan", "scan"), both, strict=False):
        found[name] = accuracy([rank for rank, _ in results]) | {"p50_ms": median(ms for _, ms in results)}
    return found


if __name__ == "__main__":
    print(json.dumps(measure(Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 0)))
