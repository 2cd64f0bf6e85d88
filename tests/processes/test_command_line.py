"""The command line and the server's start, each in a process of its own: what it prints, and how it ends."""

import os
import shutil
import subprocess
from contextlib import contextmanager
from pathlib import Path

import pytest

from moviesmlops.builds import file_digests, read_manifest
from moviesmlops.sources import SAMPLE
from support import COMMAND, ROOT, recommend, run_command, run_server, wait_until


def test_a_catalogue_without_models_says_so(tmp_path):
    subprocess.run([COMMAND, "etl", "--source", "sample", "--out", tmp_path / "build"], check=True, capture_output=True)
    with run_server(tmp_path / "build") as client:
        answer = recommend(client, "Toy Story")
        assert client.get("/peliculas_mes/enero").status_code == 200
    assert answer.status_code == 503 and "moviesmlops build" in answer.json()["detail"]


@pytest.mark.parametrize(("model", "name"), [("coseno", "cosine"), ("knn", "knn")])
def test_the_command_line_recommends_the_same(client, sample_build, model, name):
    words = [COMMAND, "recommend", "alien", "--model", name, "-n", "3", "--build", sample_build]
    lines = subprocess.run(words, check=True, capture_output=True, text=True).stdout.splitlines()
    assert lines[0].startswith("Alien (1979)")
    titles = recommend(client, "alien", modelo=model, n=3).json()["lista_recomendada"]
    for line, title in zip(lines[1:], titles, strict=True):
        assert title in line


def test_a_title_the_command_line_does_not_know_is_one_line(sample_build):
    answer = subprocess.run([COMMAND, "recommend", "alein", "--build", sample_build], capture_output=True, text=True)
    assert answer.returncode == 1 and answer.stderr.count("\n") == 1 and "Alien" in answer.stderr


def test_etl_does_not_remove_the_recommenders_of_a_build(sample_build, tmp_path):
    build = shutil.copytree(sample_build, tmp_path / "build")
    answer = run_command("etl", "--source", "sample", "--out", build)
    assert answer.returncode == 1 and "recommenders" in answer.stderr
    assert file_digests(build) == file_digests(sample_build)


def test_a_build_that_is_stopped_leaves_nothing_behind(tmp_path):
    command = [COMMAND, "build", "--source", "sample", "--out", tmp_path / "build"]
    build = subprocess.Popen(command, stderr=subprocess.DEVNULL)
    wait_until(lambda: list(tmp_path.glob(".build-*/catalog")))
    build.terminate()
    assert build.wait(30) != 0 and list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "words",
    [("build", "--source", "nowhere.csv"), ("etl", "--source", "README.md", "--out", "new"),
     ("serve", "--build", "nowhere"),
     ("build", "--sauce", "x"), ("dance",), ("serve", "--port", "http"),
     ("serve", "--port", "99999"), ("serve", "--workers", "65"), ("recommend", "x", "--model", "svd"),
     ("build", "--out", str(SAMPLE), "--no-report")],
)  # fmt: skip
def test_a_mistake_on_the_command_line_is_one_line_and_exit_1(words, sample_build):
    answer = run_command(*words, MOVIES_BUILD=str(sample_build))
    assert answer.returncode == 1 and answer.stdout == ""
    *progress, message = answer.stderr.splitlines()
    assert message.startswith("moviesmlops: ") and all(line.endswith("…") for line in progress)


def test_the_command_line_heeds_its_two_variables(tmp_path):
    answer = run_command("etl", MOVIES_SOURCE=str(SAMPLE), MOVIES_BUILD=str(tmp_path / "made"))
    assert answer.returncode == 0, answer.stderr
    assert read_manifest(tmp_path / "made")["source"] == SAMPLE.name


@contextmanager
def started(build: str | None, folder: Path):
    """`uvicorn api:app` from a folder, and the file that its messages go to."""
    environment = {name: value for name, value in os.environ.items() if name != "MOVIES_BUILD"}
    environment |= {"PYTHONPATH": str(ROOT)} | ({"MOVIES_BUILD": build} if build else {})
    command = [Path(COMMAND).with_name("uvicorn"), "api:app", "--port", "0"]
    with (folder / "log").open("w") as log:
        server = subprocess.Popen(command, stdout=log, stderr=log, env=environment, cwd=folder)
    try:
        yield server, folder / "log"
    finally:
        server.kill()
        server.wait(10)


def test_a_build_that_is_named_and_missing_stops_the_api_with_the_reason(tmp_path):
    with started(str(tmp_path / "nowhere"), tmp_path) as (server, log):
        assert server.wait(30) != 0
        assert "no build here" in log.read_text() and "Traceback" not in log.read_text()


def test_a_damaged_build_stops_the_api_with_the_reason(sample_build, tmp_path):
    build = shutil.copytree(sample_build, tmp_path / "build")
    (build / "catalog" / "quality.json").unlink()
    with started(str(build), tmp_path) as (server, log):
        assert server.wait(30) != 0 and "quality.json: missing" in log.read_text()


def test_with_no_build_at_all_the_api_answers_from_the_sample_and_says_so(tmp_path):
    with started(None, tmp_path) as (server, log):
        wait_until(lambda: "Application startup complete" in log.read_text())
        assert "embedded sample" in log.read_text() and server.poll() is None
