"""Measure the time and memory of each step of the recommenders; run it on an idle machine.

    python bench/recommenders.py SOURCE

Prints the seconds for the features; for each model, the seconds for fitting, lists and reasons and the size of its
files; and the peak memory of the process.
"""

import resource
import sys
import tempfile
import time
from pathlib import Path

from moviesmlops.cosine import CosineRecommender
from moviesmlops.credits import load_credits
from moviesmlops.etl import load_or_build_films
from moviesmlops.extended import ExtendedRecommender, extend_features, collect_facts
from moviesmlops.features import Features
from moviesmlops.knn import KNNRecommender


def main(source: str) -> None:
    films, credits = load_or_build_films(source), load_credits(source)
    features = timed("features", lambda: Features.fit(films))
    extended = timed("facts", lambda: extend_features(features, collect_facts(films, credits)))
    knn = KNNRecommender()
    with tempfile.TemporaryDirectory() as folder:
        for model, used in ((CosineRecommender(), features), (knn, features), (ExtendedRecommender(knn), extended)):
            timed(f"{model.name}: fit", lambda model=model, used=used: model.fit_without_lists(used))
            model.neighbours, model.similarities = timed(f"{model.name}: lists", model.compute_all_lists)
            timed(f"{model.name}: reasons", model.store_reasons)
            model.save(folder)
            size = sum(path.stat().st_size for path in Path(folder, model.name).rglob("*.npy")) / 1e6
            print(f"{model.name}: files {size:.1f} MB")
    print(f"peak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB")


def timed(name: str, step):
    started, used = time.perf_counter(), time.process_time()
    result = step()
    print(f"{name}: {time.perf_counter() - started:.2f} s, {time.process_time() - used:.2f} s of processor time")
    return result


if __name__ == "__main__":
    main(*sys.argv[1:])
