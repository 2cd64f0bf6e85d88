"""What a cluster costs and saves: the stages of a build here and on two workers, in turn.

    python bench/scale.py films.csv larger.csv    # writes bench/scale.json, which nbs/36_cluster.ipynb reads
"""

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import psutil
from distributed import LocalCluster

from moviesmlops import cluster as cluster_module
from moviesmlops.cosine import CosineRecommender
from moviesmlops.sources import SAMPLE, read_file
from moviesmlops.etl import clean, combine
from moviesmlops.features import Features
from moviesmlops.knn import KNNRecommender

WORKERS, RUNS = 2, 3
MANY = 60_000  # rows of which one run has to do
RESULTS = Path(__file__).with_name("scale.json")


class Stopwatch:
    """Seconds by the clock, and of processor time in this process and the workers, by stage."""

    def __init__(self, workers: list[int]):
        self.processes = [psutil.Process(number) for number in (os.getpid(), *workers)]
        self.clock, self.processor = {}, {}

    def work(self) -> float:
        return sum(sum(process.cpu_times()[:2]) for process in self.processes)

    def time(self, stage: str, function, *arguments):
        started, worked = time.perf_counter(), self.work()
        result = function(*arguments)
        self.clock[stage] = self.clock.get(stage, 0) + time.perf_counter() - started
        self.processor[stage] = self.processor.get(stage, 0) + self.work() - worked
        return result


def in_full(each, *work) -> list:
    return list(each(*work))


def build(table: str, client, watch: Stopwatch) -> None:
    """The stages of `moviesmlops build --no-report`; on a cluster where there is a client."""
    raw = watch.time("read", read_file, table)
    pieces = [raw[start : start + cluster_module.ROWS] for start in range(0, len(raw), cluster_module.ROWS)]
    cleaned = partial(cluster_module.in_order, client, clean, pieces, "cleaning")
    spread = (lambda: list(cleaned())) if client else (lambda: [clean(raw)])
    films = watch.time("combine", combine, watch.time("clean", spread)).films
    features = watch.time("features", Features.fit, films)
    for recommender in (CosineRecommender(), KNNRecommender()):
        recommender.learn = partial(watch.time, "learn", recommender.learn)
        recommender.search = partial(watch.time, "learn", recommender.search)
        each = partial(cluster_module.search_on, client) if client else map
        recommender.fit_features(features, partial(watch.time, "search", in_full, each))


def measure(where: str, table: str) -> dict:
    """One build in a process of its own."""
    words = [sys.executable, __file__, "--once", where, table]
    return json.loads(subprocess.run(words, check=True, stdout=subprocess.PIPE, text=True).stdout.splitlines()[-1])


def twice(table: str, client, workers: list[int]) -> dict:
    """A first build of the sample, which loads whatever is needed, then the one that counts."""
    started = time.perf_counter()
    build(str(SAMPLE), client, Stopwatch(workers))
    first = time.perf_counter() - started
    build(table, client, watch := Stopwatch(workers))
    return {"first": {"sample": first}, "clock": watch.clock, "processor": watch.processor}


def once(where: str, table: str) -> dict:
    if where == "here":
        return twice(table, None, [])
    wanted = {"n_workers": WORKERS, "threads_per_worker": 1, "host": "127.0.0.1", "dashboard_address": ":0"}
    with (
        tempfile.TemporaryDirectory() as folder,
        LocalCluster(**wanted, local_directory=folder) as cluster,
        cluster_module.connected(cluster.scheduler_address, 60) as client,
    ):
        return twice(table, client, list(client.run(os.getpid).values()))


def middle(runs: list[dict], kind: str) -> dict[str, float]:
    return {stage: round(statistics.median(run[kind][stage] for run in runs), 3) for stage in runs[0][kind]}


def main(tables: list[str]) -> None:
    found = {"taken": datetime.now(UTC).date().isoformat(), "cores": os.cpu_count(), "workers": WORKERS, "tables": []}
    for table in tables:
        raw = read_file(table)
        row = {"rows": len(raw), "sha256": raw.attrs["sha256"], "runs": RUNS if len(raw) < MANY else 1}
        runs = {"here": [], "cluster": []}
        for where in list(runs) * row["runs"]:
            runs[where].append(measure(where, table))
            print(row["rows"], where, runs[where][-1], file=sys.stderr)
        for where, all_runs in runs.items():
            row[where] = {kind: middle(all_runs, kind) for kind in ("first", "clock", "processor")}
        found["tables"].append(row)
        RESULTS.write_text(json.dumps(found, indent=1) + "\n")


if __name__ == "__main__":
    if sys.argv[1] == "--once":
        print(json.dumps(once(*sys.argv[2:])))
    else:
        main(sys.argv[1:])
