"""A server and its builds: it changes to a new one, refuses a damaged one, and keeps the one that it serves."""

import json
import multiprocessing
import shutil
import threading
from pathlib import Path

import httpx2
import pytest

from moviesmlops.builds import (
    MANIFEST_FILE, current_build, list_build_folders, publish_build, verify_build, add_seal,
)  # fmt: skip
from support import film_count, publish_copy, run_server, wait_until


def test_a_server_changes_to_a_new_build_and_no_request_fails(sample_build, smaller_build, tmp_path):
    publish_copy(sample_build, tmp_path / "build")
    with run_server(tmp_path / "build") as client:
        known = {film_count(sample_build): client.get("/peliculas_mes/enero").json()["cantidad"]}
        seen, failed, stop = set(), [], threading.Event()

        def send_requests() -> None:
            with httpx2.Client(base_url=client.base_url, timeout=30) as other:
                while not stop.is_set():
                    answer = other.get("/peliculas_mes/enero")
                    seen.add(answer.json().get("cantidad"))
                    if answer.status_code != 200:
                        failed.append(answer)

        threads = [threading.Thread(target=send_requests) for _ in range(4)]
        for thread in threads:
            thread.start()
        assert client.get("/eda/").text == str(film_count(sample_build))
        since = client.get("/salud").json()["desde"]
        publish_copy(smaller_build, tmp_path / "build")
        wait_until(lambda: client.get("/salud").json()["peliculas"] == film_count(smaller_build))
        assert client.get("/eda/").text == str(film_count(smaller_build)), "the site changes with the answers"
        known[film_count(smaller_build)] = client.get("/peliculas_mes/enero").json()["cantidad"]
        stop.set()
        for thread in threads:
            thread.join()
        assert client.get("/salud").json()["desde"] >= since
    assert failed == [] and seen == set(known.values()) and len(seen) == 2


@pytest.mark.parametrize("damage", ["a changed file", "an invalid number"])
def test_a_damaged_new_build_is_refused_and_the_old_one_stays(damage, sample_build, smaller_build, tmp_path, capfd):
    name, damaged = tmp_path / "build", shutil.copytree(smaller_build, tmp_path / "damaged")
    publish_copy(sample_build, name)
    if damage == "a changed file":
        (damaged / "catalog" / "catalog.sqlite").write_text("")
    if damage == "an invalid number":
        manifest = json.loads((damaged / MANIFEST_FILE).read_text())
        (damaged / MANIFEST_FILE).write_text(json.dumps(add_seal(manifest | {"counts": {"films": "many"}})))
    with run_server(name) as client:
        with publish_build(name) as work:
            shutil.copytree(damaged, work, dirs_exist_ok=True)
        wait_until(lambda: "the new build was rejected" in capfd.readouterr().err)
        health = client.get("/salud").json()
        assert health["peliculas"] == film_count(sample_build) and health["rechazada"] >= health["desde"]
        publish_copy(smaller_build, name)
        wait_until(lambda: client.get("/salud").json()["peliculas"] == film_count(smaller_build))
        assert "rechazada" not in client.get("/salud").json()


def test_a_build_that_is_served_is_not_removed(sample_build, smaller_build, tmp_path):
    name = tmp_path / "build"
    publish_copy(sample_build, name)
    served = current_build(name)
    with run_server(name.resolve()):  # by its own folder, so this server does not change to another build
        publish_copy(smaller_build, name, keep=0)
        assert verify_build(served)
    publish_copy(smaller_build, name, keep=0)
    assert not served.exists() and len(list_build_folders(name)) == 1


def publish_slowly(name: Path, build: Path, started: object, may_finish: object) -> None:
    with publish_build(name) as work:
        shutil.copytree(build, work, dirs_exist_ok=True)
        (work / MANIFEST_FILE).unlink()
        started.set()
        may_finish.wait(60)
        shutil.copy(build / MANIFEST_FILE, work)


def test_two_builds_at_the_same_time_do_not_remove_each_other(sample_build, smaller_build, tmp_path):
    name, processes = tmp_path / "build", multiprocessing.get_context("spawn")
    started, may_finish = processes.Event(), processes.Event()
    slow = processes.Process(target=publish_slowly, args=(name, smaller_build, started, may_finish))
    slow.start()
    assert started.wait(60)
    publish_copy(sample_build, name)
    assert film_count(name) == film_count(sample_build)
    may_finish.set()
    slow.join(60)
    assert slow.exitcode == 0 and film_count(name) == film_count(smaller_build)
