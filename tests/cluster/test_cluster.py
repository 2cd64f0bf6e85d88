"""On a cluster of real processes a build is the same as here, whatever happens to a worker."""

import subprocess
from functools import partial
from pathlib import Path

import pytest
from distributed import Client

from moviesmlops import cluster as cluster_module, recommender
from moviesmlops.cosine import CosineRecommender
from moviesmlops.sources import SAMPLE, SourceNotFound, load_raw
from moviesmlops.features import Features
from moviesmlops.knn import KNNRecommender
from moviesmlops.build import make_build
from moviesmlops.cluster import (
    ClusterDiffers, ClusterNotReached, build_catalog_on, cluster_work, connected, in_order, search_on,
)  # fmt: skip
from support import COMMAND, artefacts, wait_until

DASK = str(Path(COMMAND).with_name("dask"))


class Cluster:
    """A scheduler and its workers, each a process of its own, as a user would start them."""

    def __init__(self, folder: Path, workers: int):
        self.folder, self.workers = folder, []
        known = folder / "scheduler.json"
        self.scheduler = self.start("scheduler", "--host", "127.0.0.1", "--port", "0", "--scheduler-file", known)
        wait_until(lambda: known.exists() and known.read_text().endswith("}"))
        with Client(scheduler_file=str(known), timeout=30, set_as_default=False) as client:
            self.address = client.scheduler.address
            for _ in range(workers):
                self.add_worker()
            if workers:
                client.wait_for_workers(workers, timeout=60)

    def start(self, *words) -> subprocess.Popen:
        log = (self.folder / "log.txt").open("a")
        return subprocess.Popen([DASK, *words, "--no-dashboard"], stdout=log, stderr=log, cwd=self.folder)

    def add_worker(self) -> None:
        self.workers.append(self.start("worker", self.address, "--nthreads", "1", "--no-nanny"))

    def stop(self) -> None:
        for process in (*self.workers, self.scheduler):
            process.kill()
            process.wait(10)


@pytest.fixture(scope="module")
def cluster(tmp_path_factory):
    started = Cluster(tmp_path_factory.mktemp("cluster"), workers=2)
    yield started
    started.stop()


@pytest.fixture
def mortal(tmp_path):
    """A cluster that a test may harm."""
    (tmp_path / "cluster").mkdir()
    started = Cluster(tmp_path / "cluster", workers=2)
    yield started
    started.stop()


@pytest.fixture(scope="module")
def shards(tmp_path_factory) -> str:
    """The sample in thirty files, named by a pattern."""
    folder, rows = tmp_path_factory.mktemp("shards"), load_raw("sample")
    for number, start in enumerate(range(0, len(rows), 8)):
        rows[start : start + 8].to_parquet(folder / f"films-{number:02}.parquet")
    return str(folder / "*.parquet")


def test_a_build_on_a_cluster_has_the_same_bytes_as_one_made_here(cluster, sample_build, tmp_path):
    with cluster_work(cluster.address) as options:
        shared = make_build("sample", tmp_path / "build", **options)
    assert artefacts(shared) == artefacts(sample_build) and artefacts(shared)


def test_a_file_that_is_sent_in_pieces_gives_the_same_bytes(cluster, sample_build, tmp_path, monkeypatch):
    monkeypatch.setattr(cluster_module, "ROWS", 20)
    with cluster_work(cluster.address) as options:
        shared = make_build(str(SAMPLE), tmp_path / "build", **options)
    assert artefacts(shared) == artefacts(sample_build)


def test_many_files_give_the_same_bytes_here_and_on_a_cluster(cluster, shards, tmp_path):
    here = make_build(shards, tmp_path / "here")
    command = [COMMAND, "build", "--no-report", "--source", shards, "--scheduler", cluster.address, "--out", "there"]
    answer = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=120)
    assert answer.returncode == 0, answer.stderr
    assert artefacts(tmp_path / "there") == artefacts(here)
    assert "2 workers" in answer.stderr and "/status" in answer.stderr, "it says where the dashboard is"


def test_work_is_shared_out(cluster, shards):
    with connected(cluster.address) as client:
        build_catalog_on(client, shards)
        did = client.run(lambda dask_worker: len(dask_worker.state.log))
        assert len(did) == 2 and all(did.values())


def killing(worker: subprocess.Popen, after: int):
    """`in_order` that loses a worker when so many results have come."""

    def one_dies(*arguments, **held):
        for number, result in enumerate(in_order(*arguments, **held), 1):
            if number == after:
                worker.kill()
                worker.wait(10)
            yield result
        assert number > after, "it died on the way"

    return one_dies


def test_a_build_survives_the_death_of_a_worker(mortal, shards, tmp_path, monkeypatch):
    monkeypatch.setattr(recommender, "BLOCK", 8)
    here = make_build(shards, tmp_path / "here")
    monkeypatch.setattr(cluster_module, "in_order", killing(mortal.workers[0], after=5))
    with cluster_work(mortal.address) as options:
        there = make_build(shards, tmp_path / "there", **options)
    assert artefacts(there) == artefacts(here)


def test_a_search_survives_the_death_of_a_worker_that_held_what_it_searches(mortal, sample_build, monkeypatch):
    monkeypatch.setattr(recommender, "BLOCK", 8)
    monkeypatch.setattr(cluster_module, "in_order", killing(mortal.workers[0], after=5))
    features = Features.load(sample_build / "models")
    with connected(mortal.address) as client:
        there = CosineRecommender().fit_features(features, partial(search_on, client))
    here = CosineRecommender().fit_features(features)
    assert (there.neighbours == here.neighbours).all() and (there.similarities == here.similarities).all()


def run(*words: str) -> str:
    answer = subprocess.run([COMMAND, *words], capture_output=True, text=True, timeout=60)
    assert answer.returncode == 1 and answer.stdout == ""
    return answer.stderr


@pytest.mark.parametrize("address", ["tcp://127.0.0.1:1", "nonsense"])
def test_a_cluster_that_is_not_there_is_one_line(address, tmp_path):
    said = run("etl", "--scheduler", address, "--out", str(tmp_path / "build"))
    assert said.startswith(f"moviesmlops: {address}: ") and said.count("\n") == 1
    assert list(tmp_path.iterdir()) == []


def test_a_scheduler_without_workers_is_one_line(tmp_path):
    lonely = Cluster(tmp_path, workers=0)
    try:
        with pytest.raises(ClusterNotReached, match="no worker"), connected(lonely.address, seconds=1):
            pass
    finally:
        lonely.stop()


def test_a_worker_with_other_software_is_refused(cluster, monkeypatch):
    monkeypatch.setattr(cluster_module, "ALIKE", ("a-package-that-nobody-has", "pip"))
    told = Client.get_versions

    def as_if_older(self, **asked):
        answer = told(self, **asked)
        next(iter(answer["workers"].values()))["packages"]["pip"] = "1.0"
        return answer

    monkeypatch.setattr(Client, "get_versions", as_if_older)
    with pytest.raises(ClusterDiffers, match=r"has pip 1\.0, this machine"), connected(cluster.address):
        pass


def test_a_file_that_the_workers_do_not_see_is_named(cluster, tmp_path):
    missing = pytest.raises(SourceNotFound, match=r"films\.csv: a worker does not see")
    with connected(cluster.address) as client, missing:
        list(in_order(client, cluster_module.clean_file, [str(tmp_path / "films.csv")], "reading"))


def test_what_is_wrong_with_a_file_is_said_as_it_is_here(cluster, shards, tmp_path):
    for number in (1, 2):
        (tmp_path / f"films-{number}.csv").write_bytes(SAMPLE.read_bytes().replace(b"budget", b"cost", number - 1))
    words = ("etl", "--source", f"{tmp_path}/*.csv", "--out", str(tmp_path / "build"))
    said, shared = run(*words), run(*words, "--scheduler", cluster.address)
    assert "films-2.csv: missing columns: budget" in said
    assert shared.splitlines()[-1] == said.splitlines()[-1]


def test_both_recommenders_find_the_same_neighbours_in_many_blocks(cluster, sample_build, monkeypatch):
    monkeypatch.setattr(recommender, "BLOCK", 16)
    features = Features.load(sample_build / "models")
    with connected(cluster.address) as client:
        for kind in (CosineRecommender, KNNRecommender):
            here, there = kind().fit_features(features), kind().fit_features(features, partial(search_on, client))
            assert all((getattr(here, name) == getattr(there, name)).all() for name in kind.arrays)


def test_the_real_table_gives_the_same_bytes_on_a_cluster(cluster, real_table, real_build, tmp_path):
    with cluster_work(cluster.address) as options:
        shared = make_build(str(real_table), tmp_path / "build", **options)
    assert artefacts(shared) == artefacts(real_build)
