"""The core in an empty environment: it serves a build, and names the extras that other commands need."""

import json
import os
import re
import subprocess
import sys
import zipfile
from importlib import metadata
from pathlib import Path
from typing import NamedTuple

import pytest

import moviesmlops
from support import ROOT, free_port, recommend, run_server


class Release(NamedTuple):
    """The results of `make wheel`."""

    wheel: Path
    programs: Path  # of an environment with the core and nothing else
    answer: dict


@pytest.fixture(scope="module")
def release(sample_build, tmp_path_factory) -> Release:
    folder = tmp_path_factory.mktemp("dist")
    command = [ROOT / "tests" / "packaging" / "wheel.sh", sample_build, folder]
    environment = os.environ | {"PYTHON": sys.executable, "PORT": str(free_port())}
    result = subprocess.run(command, env=environment, capture_output=True, text=True)
    if "connection broken" in result.stderr:
        pytest.skip("needs the package registry")
    assert result.returncode == 0, result.stderr
    return Release(next(folder.glob("*.whl")), folder / "installed" / "bin", json.loads(result.stdout))


@pytest.fixture(scope="module")
def core(release) -> Path:
    return release.programs


@pytest.fixture(scope="module")
def wheel(release) -> Path:
    return release.wheel


def test_the_installed_wheel_gives_the_right_answer(release, client):
    assert release.answer == recommend(client, "Toy Story").json()


def test_the_core_serves_every_endpoint_of_a_ready_build(core, sample_build, tmp_path):
    with run_server(sample_build, str(core / "moviesmlops"), tmp_path) as client:
        paths = [path for path in client.get("/openapi.json").json()["paths"] if "{" not in path]
        paths.remove("/recomendaciones")  # which needs an id
        questions = ["peliculas_mes/enero", "peliculas_dia/lunes", "franquicia/toy story", "peliculas_pais/España",
                     "productoras/Pixar Animation Studios", "retorno/Toy Story", "recomendacion/Toy Story",
                     "recomendacion/Toy Story?modelo=knn", "recomendaciones?id=862", "nombres/paises?q=es"]  # fmt: skip
        for path in [*paths, "/docs", *(f"/{question}" for question in questions)]:
            assert client.get(path).status_code == 200, path


@pytest.mark.parametrize(
    ("words", "extra"), [("etl", "build"), ("build --no-report", "build"), ("build", "report")]
)  # fmt: skip
def test_a_command_names_its_missing_extra_in_one_line(core, tmp_path, words, extra):
    answer = subprocess.run([core / "moviesmlops", *words.split()], cwd=tmp_path, capture_output=True, text=True)
    assert answer.returncode == 1 and answer.stderr.count("\n") == 1
    assert f"'.[{extra}]'" in answer.stderr


def test_the_wheel_contains_the_package_and_its_sample(wheel):
    files = set(zipfile.ZipFile(wheel).namelist())
    assert {"api.py", "moviesmlops/queries.py", "moviesmlops/sample/movies_metadata.csv"} <= files


def test_the_version_is_the_same_everywhere(wheel, client):
    version = moviesmlops.__version__
    assert wheel.name.split("-")[1] == version == metadata.version("moviesmlops")
    assert client.get("/salud").json()["version"] == client.get("/openapi.json").json()["info"]["version"] == version
    assert f"\nversion = {version}\n" in (ROOT / "settings.ini").read_text()
    assert f"\nversion: {version}\n" in (ROOT / "CITATION.cff").read_text()
    assert f"\n## {version}" in (ROOT / "CHANGELOG.md").read_text()


def test_the_lock_files_pin_the_same_versions():
    pinned = {path.name: set(re.findall(r"^\S+==\S+", path.read_text(), re.MULTILINE)) for path in ROOT.glob("*.lock")}
    assert len(pinned) == 4 and all(pinned.values())
    assert all(versions <= pinned["requirements.lock"] for versions in pinned.values())
