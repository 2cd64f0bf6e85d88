"""The command line and the start of the server in processes of their own: output and exit code."""

import os
import shutil
import subprocess
from contextlib import contextmanager
from pathlib import Path

import httpx2
import pytest

from moviesmlops.builds import current_build, file_digests, read_manifest, verify_build
from moviesmlops.sources import SAMPLE_PATH
from support import COMMAND, ROOT, free_port, is_answering, recommend, run_command, run_server, wait_until


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


def test_an_unknown_title_is_an_error_of_one_line_with_a_suggestion(sample_build):
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
     ("build", "--out", str(SAMPLE_PATH), "--no-report")],
)  # fmt: skip
def test_an_error_of_the_command_line_is_one_line_and_exit_code_1(words, sample_build):
    answer = run_command(*words, MOVIES_BUILD=str(sample_build))
    assert answer.returncode == 1 and answer.stdout == ""
    *progress, message = answer.stderr.splitlines()
    assert message.startswith("moviesmlops: ") and all(line.endswith("…") for line in progress)


def test_the_command_line_reads_source_and_build_from_the_environment(tmp_path):
    answer = run_command("etl", MOVIES_SOURCE=str(SAMPLE_PATH), MOVIES_BUILD=str(tmp_path / "other"))
    assert answer.returncode == 0, answer.stderr
    assert verify_build(tmp_path / "other")["source"] == SAMPLE_PATH.name


@contextmanager
def run_uvicorn(build: str | None, folder: Path, *words: str, **variables: str):
    """Run `uvicorn api:app` in a folder; yields the process and its log file."""
    environment = {name: value for name, value in os.environ.items() if name != "MOVIES_BUILD"}
    environment |= {"PYTHONPATH": str(ROOT)} | ({"MOVIES_BUILD": build} if build else {}) | variables
    command = [Path(COMMAND).with_name("uvicorn"), "api:app", "--port", "0", *words]
    with (folder / "log").open("w") as log:
        server = subprocess.Popen(command, stdout=log, stderr=log, env=environment, cwd=folder)
    try:
        yield server, folder / "log"
    finally:
        server.kill()
        server.wait(10)


@contextmanager
def run_and_wait(folder: Path):
    """Run `moviesmlops run` on the sample; yields a client of its server."""
    port = free_port()
    command = [COMMAND, "run", "--source", "sample", "--out", folder / "build", "--port", str(port)]
    with (folder / "log").open("w") as log:
        server = subprocess.Popen(command, stdout=log, stderr=log, cwd=folder)
    try:
        with httpx2.Client(base_url=f"http://127.0.0.1:{port}", timeout=30) as client:
            wait_until(lambda: is_answering(client, server), 60)
            yield client
    finally:
        server.terminate()
        server.wait(20)


def test_a_missing_build_stops_the_api_with_the_reason(tmp_path):
    with run_uvicorn(str(tmp_path / "nowhere"), tmp_path) as (server, log):
        assert server.wait(30) != 0
        assert "no build here" in log.read_text() and "Traceback" not in log.read_text()


def test_a_damaged_build_stops_the_api_with_the_reason(sample_build, tmp_path):
    build = shutil.copytree(sample_build, tmp_path / "build")
    (build / "catalog" / "quality.json").unlink()
    with run_uvicorn(str(build), tmp_path) as (server, log):
        assert server.wait(30) != 0 and "quality.json: missing" in log.read_text()


def test_without_a_build_several_workers_make_one_together(tmp_path):
    with run_uvicorn(None, tmp_path, "--workers", "3", MOVIES_SOURCE="sample") as (server, log):
        wait_until(lambda: log.read_text().count("Application startup complete") == 3, 90)
        assert log.read_text().count("making one from sample") == 1 and server.poll() is None
    assert verify_build(tmp_path / "build")["source"] == "sample"
    assert [path.name for path in tmp_path.glob(".build*")] == [current_build(tmp_path / "build").name]


def test_run_answers_questions_first_and_serves_an_existing_build_at_once(tmp_path):
    with run_and_wait(tmp_path) as client:
        assert client.get("/peliculas_mes/enero").status_code == 200
        wait_until(lambda: client.get("/recomendacion/Alien").status_code == 200, 90)
        assert client.get("/eda/").status_code == 200, "the progress of the report"
        wait_until(lambda: "titles" in read_manifest(current_build(tmp_path / "build"))["parameters"], 90)
    built = read_manifest(current_build(tmp_path / "build"))["built"]
    with run_and_wait(tmp_path) as client:
        assert client.get("/salud").json()["construido"] == built


def test_run_ends_with_one_line_if_there_is_no_build_and_none_can_be_made(tmp_path):
    answer = run_command("run", "--source", tmp_path / "missing.csv", "--out", tmp_path / "build")
    assert answer.returncode == 1 and answer.stderr.splitlines()[-1].startswith("moviesmlops: ")
    assert "missing.csv: no such file" in answer.stderr and "Traceback" not in answer.stderr


@pytest.mark.parametrize("command", ["serve", "run"])
def test_a_port_that_is_taken_is_one_line(server, sample_build, tmp_path, command):
    words = ["--build", sample_build] if command == "serve" else ["--out", tmp_path / "build"]
    answer = run_command(command, *words, "--port", server.base_url.port)
    assert answer.returncode == 1 and answer.stderr.count("\n") == 1 and "Traceback" not in answer.stderr
    assert f"port {server.base_url.port} of 127.0.0.1: Address already in use; choose another" in answer.stderr
    assert list(tmp_path.iterdir()) == [], "nothing is built first"


@pytest.mark.parametrize("host", ["203.0.113.9", "nowhere.invalid"])
def test_a_host_that_is_not_this_one_is_one_line(sample_build, host):
    answer = run_command("serve", "--build", sample_build, "--host", host, "--port", free_port())
    assert answer.returncode == 1 and answer.stderr.count("\n") == 1 and host in answer.stderr
