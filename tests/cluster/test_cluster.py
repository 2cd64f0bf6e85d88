"""A build on a cluster of real processes is the same as on one machine, even if a worker dies."""

import subprocess
from functools import partial
from pathlib import Path

import pytest
from distributed import Client

from moviesmlops import cluster as cluster_module, recommender
from moviesmlops.cosine import CosineRecommender
from moviesmlops.sources import SAMPLE_PATH, SourceNotFound, load_raw
from moviesmlops.features import Features
from moviesmlops.knn import KNNRecommender
from moviesmlops.pipeline import make_build
from moviesmlops.cluster import (
    ClusterVersionMismatch, ClusterUnreachable, build_catalog_on_cluster, cluster_functions, connect_to_cluster,
    map_in_order, search_on_cluster,
)  # fmt: skip
from support import COMMAND, model_and_catalog_digests, wait_until

DASK = str(Path(COMMAND).with_name("dask"))


class Cluster:
    """A scheduler and its workers as separate processes, started as a user would."""

    def __init__(self, folder: Path, workers: int):
        self.folder, self.workers = folder, []
        scheduler_file = folder / "scheduler.json"
        options = ["--host", "127.0.0.1", "--port", "0", "--scheduler-file", scheduler_file]
        self.scheduler = self.start("scheduler", *options)
        wait_until(lambda: scheduler_file.exists() and scheduler_file.read_text().endswith("}"))
        with Client(scheduler_file=str(scheduler_file), timeout=30, set_as_default=False) as client:
            self.address = client.scheduler.address
            for _ in range(workers):
                self.add_worker()
            if workers:
                client.wait_for_workers(workers, timeout=60)

    def start(self, *arguments) -> subprocess.Popen:
        log = (self.folder / "log.txt").open("a")
        return subprocess.Popen([DASK, *arguments, "--no-dashboard"], stdout=log, stderr=log, cwd=self.folder)

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
def disposable_cluster(tmp_path):
    """A cluster whose workers a test may kill."""
    (tmp_path / "cluster").mkdir()
    started = Cluster(tmp_path / "cluster", workers=2)
    yield started
    started.stop()


@pytest.fixture(scope="module")
def shards(tmp_path_factory) -> str:
    """A pattern for the sample split into about thirty files."""
    folder, rows = tmp_path_factory.mktemp("shards"), load_raw("sample")
    for number, start in enumerate(range(0, len(rows), 8)):
        rows[start : start + 8].to_parquet(folder / f"films-{number:02}.parquet")
    return str(folder / "*.parquet")


def test_a_build_on_a_cluster_has_the_same_bytes_as_a_local_build(cluster, sample_build, tmp_path):
    with cluster_functions(cluster.address) as options:
        cluster_build = make_build("sample", tmp_path / "build", **options)
    assert model_and_catalog_digests(cluster_build) == model_and_catalog_digests(
        sample_build
    ) and model_and_catalog_digests(cluster_build)


def test_a_file_that_is_sent_in_pieces_gives_the_same_bytes(cluster, sample_build, tmp_path, monkeypatch):
    monkeypatch.setattr(cluster_module, "ROWS_PER_TASK", 20)
    with cluster_functions(cluster.address) as options:
        cluster_build = make_build(str(SAMPLE_PATH), tmp_path / "build", **options)
    assert model_and_catalog_digests(cluster_build) == model_and_catalog_digests(sample_build)


def test_many_files_give_the_same_bytes_locally_and_on_a_cluster(cluster, shards, tmp_path):
    local = make_build(shards, tmp_path / "local")
    command = [COMMAND, "build", "--no-report", "--source", shards, "--scheduler", cluster.address, "--out", "remote"]
    answer = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=120)
    assert answer.returncode == 0, answer.stderr
    assert model_and_catalog_digests(tmp_path / "remote") == model_and_catalog_digests(local)
    assert "2 workers" in answer.stderr and "/status" in answer.stderr, "the address of the dashboard is printed"


def test_all_workers_take_part(cluster, shards):
    with connect_to_cluster(cluster.address) as client:
        build_catalog_on_cluster(client, shards)
        log_lengths = client.run(lambda dask_worker: len(dask_worker.state.log))
        assert len(log_lengths) == 2 and all(log_lengths.values())


def in_order_with_kill(worker: subprocess.Popen, after: int):
    """`map_in_order`, but a worker is killed after a number of results."""

    def patched(*arguments, **options):
        for number, result in enumerate(map_in_order(*arguments, **options), 1):
            if number == after:
                worker.kill()
                worker.wait(10)
            yield result
        assert number > after, "the worker died before the last result"

    return patched


def test_a_build_survives_the_death_of_a_worker(disposable_cluster, shards, tmp_path, monkeypatch):
    monkeypatch.setattr(recommender, "BLOCK_SIZE", 8)
    local = make_build(shards, tmp_path / "local")
    monkeypatch.setattr(cluster_module, "map_in_order", in_order_with_kill(disposable_cluster.workers[0], after=5))
    with cluster_functions(disposable_cluster.address) as options:
        remote = make_build(shards, tmp_path / "remote", **options)
    assert model_and_catalog_digests(remote) == model_and_catalog_digests(local)


def test_a_search_survives_the_death_of_a_worker_with_its_data(disposable_cluster, sample_build, monkeypatch):
    monkeypatch.setattr(recommender, "BLOCK_SIZE", 8)
    monkeypatch.setattr(cluster_module, "map_in_order", in_order_with_kill(disposable_cluster.workers[0], after=5))
    features = Features.load(sample_build / "models")
    with connect_to_cluster(disposable_cluster.address) as client:
        remote = CosineRecommender().fit_from_features(features, partial(search_on_cluster, client))
    local = CosineRecommender().fit_from_features(features)
    assert (remote.neighbours == local.neighbours).all() and (remote.similarities == local.similarities).all()


def run_failing(*arguments: str) -> str:
    answer = subprocess.run([COMMAND, *arguments], capture_output=True, text=True, timeout=60)
    assert answer.returncode == 1 and answer.stdout == ""
    return answer.stderr


@pytest.mark.parametrize("address", ["tcp://127.0.0.1:1", "nonsense"])
def test_an_unreachable_cluster_is_a_one_line_error(address, tmp_path):
    message = run_failing("etl", "--scheduler", address, "--out", str(tmp_path / "build"))
    assert message.startswith(f"moviesmlops: {address}: ") and message.count("\n") == 1
    assert list(tmp_path.iterdir()) == []


def test_a_scheduler_without_workers_is_an_error(tmp_path):
    empty_cluster = Cluster(tmp_path, workers=0)
    try:
        with (
            pytest.raises(ClusterUnreachable, match="no workers"),
            connect_to_cluster(empty_cluster.address, timeout=1),
        ):
            pass
    finally:
        empty_cluster.stop()


def test_a_worker_with_other_software_is_refused(cluster, monkeypatch):
    monkeypatch.setattr(cluster_module, "COMPARED_PACKAGES", ("a-package-that-does-not-exist", "pip"))
    get_versions = Client.get_versions

    def with_older_pip(self, **options):
        answer = get_versions(self, **options)
        next(iter(answer["workers"].values()))["packages"]["pip"] = "1.0"
        return answer

    monkeypatch.setattr(Client, "get_versions", with_older_pip)
    with (
        pytest.raises(ClusterVersionMismatch, match=r"has pip 1\.0, this machine"),
        connect_to_cluster(cluster.address),
    ):
        pass


def test_a_file_that_workers_cannot_read_is_named(cluster, tmp_path):
    raises_source_not_found = pytest.raises(SourceNotFound, match=r"films\.csv: a worker cannot read")
    with connect_to_cluster(cluster.address) as client, raises_source_not_found:
        list(map_in_order(client, cluster_module.clean_file, [str(tmp_path / "films.csv")], "reading"))


def test_an_invalid_file_gives_the_same_message_as_a_local_build(cluster, shards, tmp_path):
    for number in (1, 2):
        (tmp_path / f"films-{number}.csv").write_bytes(SAMPLE_PATH.read_bytes().replace(b"budget", b"cost", number - 1))
    arguments = ("etl", "--source", f"{tmp_path}/*.csv", "--out", str(tmp_path / "build"))
    local, remote = run_failing(*arguments), run_failing(*arguments, "--scheduler", cluster.address)
    assert "films-2.csv: missing columns: budget" in local
    assert remote.splitlines()[-1] == local.splitlines()[-1]


def test_both_recommenders_find_the_same_neighbours_in_many_blocks(cluster, sample_build, monkeypatch):
    monkeypatch.setattr(recommender, "BLOCK_SIZE", 16)
    features = Features.load(sample_build / "models")
    with connect_to_cluster(cluster.address) as client:
        for kind in (CosineRecommender, KNNRecommender):
            local, remote = (
                kind().fit_from_features(features),
                kind().fit_from_features(features, partial(search_on_cluster, client)),
            )
            assert all((getattr(local, name) == getattr(remote, name)).all() for name in kind.array_names)


def test_the_real_table_gives_the_same_bytes_on_a_cluster(cluster, real_table, real_build, tmp_path):
    with cluster_functions(cluster.address) as options:
        cluster_build = make_build(str(real_table), tmp_path / "build", **options)
    assert model_and_catalog_digests(cluster_build) == model_and_catalog_digests(real_build)
