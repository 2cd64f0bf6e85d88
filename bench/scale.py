"""Measure the stages of a build alternately on one machine and on a cluster with two workers.

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
from moviesmlops.sources import SAMPLE_PATH, read_file
from moviesmlops.etl import clean_partition, combine_partitions
from moviesmlops.features import Features
from moviesmlops.knn import KNNRecommender

WORKERS, RUNS = 2, 3
LARGE = 60_000  # rows; larger tables are measured only once
RESULTS = Path(__file__).with_name("scale.json")


class Stopwatch:
    """Measures the wall-clock and processor seconds of each stage, in this process and the workers."""

    def __init__(self, workers: list[int]):
        self.processes = [psutil.Process(pid) for pid in (os.getpid(), *workers)]
        self.clock, self.processor = {}, {}

    def processor_seconds(self) -> float:
        return sum(sum(process.cpu_times()[:2]) for process in self.processes)

    def time(self, stage: str, function, *arguments):
        started, processor_started = time.perf_counter(), self.processor_seconds()
        result = function(*arguments)
        self.clock[stage] = self.clock.get(stage, 0) + time.perf_counter() - started
        self.processor[stage] = self.processor.get(stage, 0) + self.processor_seconds() - processor_started
        return result


def map_to_list(mapper, *arguments) -> list:
    return list(mapper(*arguments))


def build(table: str, client, watch: Stopwatch) -> None:
    """Run the stages of `moviesmlops build --no-report`, on a cluster if a client is passed."""
    raw = watch.time("read", read_file, table)
    pieces = [
        raw[start : start + cluster_module.ROWS_PER_TASK] for start in range(0, len(raw), cluster_module.ROWS_PER_TASK)
    ]

    def clean_all() -> list:
        if client:
            return list(cluster_module.map_in_order(client, clean_partition, pieces, "cleaning"))
        return [clean_partition(raw)]

    films = watch.time("combine", combine_partitions, watch.time("clean", clean_all)).films
    features = watch.time("features", Features.fit, films)
    for recommender in (CosineRecommender(), KNNRecommender()):
        recommender.learn = partial(watch.time, "learn", recommender.learn)
        recommender.search = partial(watch.time, "learn", recommender.search)
        mapper = partial(cluster_module.search_on_cluster, client) if client else map
        recommender.fit_from_features(features, partial(watch.time, "search", map_to_list, mapper))


def measure(where: str, table: str) -> dict:
    """Measure one build in a new process."""
    command = [sys.executable, __file__, "--once", where, table]
    return json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout.splitlines()[-1])


def measure_after_warm_up(table: str, client, workers: list[int]) -> dict:
    """Build the sample as a warm-up, then measure a build of the table."""
    started = time.perf_counter()
    build(str(SAMPLE_PATH), client, Stopwatch(workers))
    first = time.perf_counter() - started
    watch = Stopwatch(workers)
    build(table, client, watch)
    return {"first": {"sample": first}, "clock": watch.clock, "processor": watch.processor}


def measure_here_or_on_cluster(where: str, table: str) -> dict:
    if where == "here":
        return measure_after_warm_up(table, None, [])
    options = {"n_workers": WORKERS, "threads_per_worker": 1, "host": "127.0.0.1", "dashboard_address": ":0"}
    with (
        tempfile.TemporaryDirectory() as folder,
        LocalCluster(**options, local_directory=folder) as cluster,
        cluster_module.connect_to_cluster(cluster.scheduler_address, 60) as client,
    ):
        return measure_after_warm_up(table, client, list(client.run(os.getpid).values()))


def medians(runs: list[dict], kind: str) -> dict[str, float]:
    return {stage: round(statistics.median(run[kind][stage] for run in runs), 3) for stage in runs[0][kind]}


def main(tables: list[str]) -> None:
    results = {"taken": datetime.now(UTC).date().isoformat(), "cores": os.cpu_count(), "workers": WORKERS, "tables": []}
    for table in tables:
        raw = read_file(table)
        row = {"rows": len(raw), "sha256": raw.attrs["sha256"], "runs": RUNS if len(raw) < LARGE else 1}
        runs = {"here": [], "cluster": []}
        for where in list(runs) * row["runs"]:
            runs[where].append(measure(where, table))
            print(row["rows"], where, runs[where][-1], file=sys.stderr)
        for where, all_runs in runs.items():
            row[where] = {kind: medians(all_runs, kind) for kind in ("first", "clock", "processor")}
        results["tables"].append(row)
        RESULTS.write_text(json.dumps(results, indent=1) + "\n")


if __name__ == "__main__":
    if sys.argv[1] == "--once":
        print(json.dumps(measure_here_or_on_cluster(*sys.argv[2:])))
    else:
        main(sys.argv[1:])
