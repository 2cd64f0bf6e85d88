"""A new build takes its name in one step, a server goes over to it, and neither a crash nor damage loses one."""

import json
import multiprocessing
import shutil
import threading
import time
from pathlib import Path

import httpx2
import pytest

from conftest import serving
from moviesmlops.builds import (
    MANIFEST, current_build, file_digests, folders_of, link_of, new_folder, publishing, read_manifest, sealed,
)  # fmt: skip
from moviesmlops.data import SAMPLE, SourceNotFound
from moviesmlops.pipeline import make_build


@pytest.fixture(scope="module")
def smaller(tmp_path_factory) -> Path:
    """A build of the first hundred rows of the sample."""
    folder = tmp_path_factory.mktemp("smaller")
    rows = SAMPLE.read_text(encoding="utf-8").splitlines(keepends=True)
    (folder / "films.csv").write_text("".join(rows[:101]), encoding="utf-8")
    return make_build(str(folder / "films.csv"), folder / "build", report=False)


def publish(build: Path, name: Path, keep: int = 1) -> None:
    """Publish a copy of a build, with a site of one page that tells how many films there are."""
    with publishing(name, keep) as work:
        shutil.copytree(build, work, dirs_exist_ok=True)
        (work / "site").mkdir()
        manifest = json.loads((work / MANIFEST).read_text())
        (work / "site" / "index.html").write_text(str(manifest["counts"]["films"]))
        listed = {"files": manifest["files"] | digests(work / "site")}
        (work / MANIFEST).write_text(json.dumps(sealed(manifest | listed)))


def digests(site: Path) -> dict[str, str]:
    return {f"site/{name}": digest for name, digest in file_digests(site).items()}


def films(build: Path) -> int:
    return read_manifest(build)["counts"]["films"]


def test_only_as_many_older_builds_are_kept_as_asked_for(sample_build, smaller, tmp_path):
    name = tmp_path / "build"
    for build in (sample_build, smaller, sample_build):
        publish(build, name)
    assert len(folders_of(name)) == 2 and name.is_symlink() and films(name) == films(sample_build)
    publish(smaller, name, keep=3)
    assert len(folders_of(name)) == 3
    publish(smaller, name, keep=0)
    assert [folder.name for folder in tmp_path.iterdir() if folder != name] == [name.resolve().name]


def test_the_build_before_is_the_older_of_two(sample_build, smaller, tmp_path):
    publish(sample_build, tmp_path / "build")
    publish(smaller, tmp_path / "build")
    assert [films(folder) for folder in folders_of(tmp_path / "build")] == [films(sample_build), films(smaller)]


def test_a_build_in_a_plain_folder_becomes_the_one_before(sample_build, smaller, tmp_path):
    name = Path(shutil.copytree(sample_build, tmp_path / "build"))
    publish(smaller, name)
    assert name.is_symlink() and films(name) == films(smaller)
    assert file_digests(folders_of(name)[-1]) == file_digests(sample_build)


@pytest.mark.parametrize("lost", ["the name", "nothing"])
def test_what_a_crash_leaves_costs_no_build(lost, sample_build, tmp_path):
    name = tmp_path / "build"
    publish(sample_build, name)
    shutil.copytree(sample_build / "catalog", new_folder(name) / "catalog")  # half of one, nobody at work on it
    if lost == "the name":
        name.unlink()
    with pytest.raises(SourceNotFound):
        make_build(str(tmp_path / "nowhere.csv"), name, report=False)
    with serving(name) as client:
        assert client.get("/salud").json()["peliculas"] == films(sample_build)
    assert len(folders_of(name)) == 1, "the half one is gone"


def slow_build(name: Path, build: Path, begun: object, go_on: object) -> None:
    with publishing(name) as work:
        shutil.copytree(build, work, dirs_exist_ok=True)
        (work / MANIFEST).unlink()
        begun.set()
        go_on.wait(60)
        shutil.copy(build / MANIFEST, work)


def test_two_builds_at_once_do_not_sweep_each_other(sample_build, smaller, tmp_path):
    name, processes = tmp_path / "build", multiprocessing.get_context("spawn")
    begun, go_on = processes.Event(), processes.Event()
    slow = processes.Process(target=slow_build, args=(name, smaller, begun, go_on))
    slow.start()
    assert begun.wait(60)
    publish(sample_build, name)
    assert films(name) == films(sample_build)
    go_on.set()
    slow.join(60)
    assert slow.exitcode == 0 and films(name) == films(smaller)


def wait_until(what, seconds: float = 3) -> bool:
    end = time.monotonic() + seconds
    while not (found := what()) and time.monotonic() < end:
        time.sleep(0.05)
    return found


def test_a_server_goes_over_to_a_new_build_and_no_request_fails(sample_build, smaller, tmp_path):
    publish(sample_build, tmp_path / "build")
    with serving(tmp_path / "build") as client:
        known = {films(sample_build): client.get("/peliculas_mes/enero").json()["cantidad"]}
        seen, wrong, stop = set(), [], threading.Event()

        def ask() -> None:
            with httpx2.Client(base_url=client.base_url, timeout=30) as other:
                while not stop.is_set():
                    answer = other.get("/peliculas_mes/enero")
                    seen.add(answer.json().get("cantidad"))
                    if answer.status_code != 200:
                        wrong.append(answer)

        threads = [threading.Thread(target=ask) for _ in range(4)]
        for thread in threads:
            thread.start()
        assert client.get("/eda/").text == str(films(sample_build))
        since = client.get("/salud").json()["desde"]
        publish(smaller, tmp_path / "build")
        assert wait_until(lambda: client.get("/salud").json()["peliculas"] == films(smaller))
        assert client.get("/eda/").text == str(films(smaller)), "the site goes over with the answers"
        known[films(smaller)] = client.get("/peliculas_mes/enero").json()["cantidad"]
        stop.set()
        for thread in threads:
            thread.join()
        assert client.get("/salud").json()["desde"] >= since
    assert wrong == [] and seen == set(known.values()) and len(seen) == 2


@pytest.mark.parametrize("damage", ["a changed file", "a number that is none"])
def test_a_damaged_new_build_is_refused_and_the_old_one_goes_on(damage, sample_build, smaller, tmp_path, capfd):
    name, broken = tmp_path / "build", shutil.copytree(smaller, tmp_path / "broken")
    publish(sample_build, name)
    if damage == "a changed file":
        (broken / "catalog" / "queries.json").write_text("{}")
    if damage == "a number that is none":
        manifest = json.loads((broken / MANIFEST).read_text())
        (broken / MANIFEST).write_text(json.dumps(sealed(manifest | {"counts": {"films": "many"}})))
    with serving(name) as client:
        with publishing(name) as work:
            shutil.copytree(broken, work, dirs_exist_ok=True)
        assert wait_until(lambda: "the new build is refused" in (told := capfd.readouterr().err) and "\n" in told)
        assert client.get("/salud").json()["peliculas"] == films(sample_build)
        publish(smaller, name)
        assert wait_until(lambda: client.get("/salud").json()["peliculas"] == films(smaller))


def test_a_build_that_somebody_answers_from_is_not_removed(sample_build, smaller, tmp_path):
    name = tmp_path / "build"
    publish(sample_build, name)
    served = current_build(name)
    with serving(name.resolve()):  # by its own folder: this server goes over to no other
        publish(smaller, name, keep=0)
        assert read_manifest(served)
    publish(smaller, name, keep=0)
    assert not served.exists() and len(folders_of(name)) == 1


def test_a_kill_right_after_a_plain_folder_gave_up_its_name_costs_no_build(sample_build, smaller, tmp_path):
    name = tmp_path / "build"
    publish(smaller, name)
    shutil.copytree(sample_build, link_of(name.resolve()))  # where the plain folder lies for a moment
    for _ in range(2):
        with pytest.raises(SourceNotFound):
            make_build(str(tmp_path / "nowhere.csv"), name, report=False)
        assert films(name) == films(smaller)
    assert sorted(map(films, folders_of(name))) == sorted([films(smaller), films(sample_build)])
