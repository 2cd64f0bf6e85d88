"""A server and its builds: it changes to a new one, refuses a damaged one, and keeps the one that it serves."""

import json
import multiprocessing
import shutil
import threading
from pathlib import Path

import httpx2
import pytest

from moviesmlops.builds import (
    MANIFEST, current_build, folders_of, publishing, read_manifest, sealed,
)  # fmt: skip
from support import films, publish, serving, wait_until


def test_a_server_goes_over_to_a_new_build_and_no_request_fails(sample_build, smaller_build, tmp_path):
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
        publish(smaller_build, tmp_path / "build")
        wait_until(lambda: client.get("/salud").json()["peliculas"] == films(smaller_build))
        assert client.get("/eda/").text == str(films(smaller_build)), "the site goes over with the answers"
        known[films(smaller_build)] = client.get("/peliculas_mes/enero").json()["cantidad"]
        stop.set()
        for thread in threads:
            thread.join()
        assert client.get("/salud").json()["desde"] >= since
    assert wrong == [] and seen == set(known.values()) and len(seen) == 2


@pytest.mark.parametrize("damage", ["a changed file", "a number that is none"])
def test_a_damaged_new_build_is_refused_and_the_old_one_goes_on(damage, sample_build, smaller_build, tmp_path, capfd):
    name, broken = tmp_path / "build", shutil.copytree(smaller_build, tmp_path / "broken")
    publish(sample_build, name)
    if damage == "a changed file":
        (broken / "catalog" / "catalog.sqlite").write_text("")
    if damage == "a number that is none":
        manifest = json.loads((broken / MANIFEST).read_text())
        (broken / MANIFEST).write_text(json.dumps(sealed(manifest | {"counts": {"films": "many"}})))
    with serving(name) as client:
        with publishing(name) as work:
            shutil.copytree(broken, work, dirs_exist_ok=True)
        wait_until(lambda: "the new build is refused" in capfd.readouterr().err)
        health = client.get("/salud").json()
        assert health["peliculas"] == films(sample_build) and health["rechazada"] >= health["desde"]
        publish(smaller_build, name)
        wait_until(lambda: client.get("/salud").json()["peliculas"] == films(smaller_build))
        assert "rechazada" not in client.get("/salud").json()


def test_a_build_that_somebody_answers_from_is_not_removed(sample_build, smaller_build, tmp_path):
    name = tmp_path / "build"
    publish(sample_build, name)
    served = current_build(name)
    with serving(name.resolve()):  # by its own folder: this server goes over to no other
        publish(smaller_build, name, keep=0)
        assert read_manifest(served)
    publish(smaller_build, name, keep=0)
    assert not served.exists() and len(folders_of(name)) == 1


def slow_build(name: Path, build: Path, begun: object, go_on: object) -> None:
    with publishing(name) as work:
        shutil.copytree(build, work, dirs_exist_ok=True)
        (work / MANIFEST).unlink()
        begun.set()
        go_on.wait(60)
        shutil.copy(build / MANIFEST, work)


def test_two_builds_at_once_do_not_sweep_each_other(sample_build, smaller_build, tmp_path):
    name, processes = tmp_path / "build", multiprocessing.get_context("spawn")
    begun, go_on = processes.Event(), processes.Event()
    slow = processes.Process(target=slow_build, args=(name, smaller_build, begun, go_on))
    slow.start()
    assert begun.wait(60)
    publish(sample_build, name)
    assert films(name) == films(sample_build)
    go_on.set()
    slow.join(60)
    assert slow.exitcode == 0 and films(name) == films(smaller_build)
