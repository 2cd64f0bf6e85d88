"""The core alone, in an empty environment: it serves a build, and says what more it would need."""

import shutil
import subprocess
import sys
import zipfile
from importlib import metadata
from pathlib import Path

import pytest

import moviesmlops
from support import ROOT, serving



@pytest.fixture(scope="module")
def wheel(tmp_path_factory) -> Path:
    folder, source = tmp_path_factory.mktemp("wheel"), tmp_path_factory.mktemp("source")
    shutil.copytree(ROOT / "moviesmlops", source / "moviesmlops")  # setuptools leaves its `build/` where it works
    for name in ("api.py", "pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, source)
    command = [sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "--no-build-isolation", "-w", folder, source]
    subprocess.run(command, check=True)
    return next(folder.glob("*.whl"))


@pytest.fixture(scope="module")
def core(wheel, tmp_path_factory) -> Path:
    """The programs of an environment that holds the core and nothing else."""
    folder = tmp_path_factory.mktemp("core")
    subprocess.run([sys.executable, "-m", "venv", folder], check=True)
    install = [folder / "bin" / "pip", "install", "-q", "--require-hashes", "-r", ROOT / "requirements-core.lock"]
    if subprocess.run(install).returncode:
        pytest.skip("needs the package registry, to fill an empty environment")
    subprocess.run([folder / "bin" / "pip", "install", "-q", "--no-deps", wheel], check=True)
    return folder / "bin"


def test_the_core_serves_every_endpoint_of_a_ready_build(core, sample_build, tmp_path):
    with serving(sample_build, str(core / "moviesmlops"), tmp_path) as client:
        paths = [path for path in client.get("/openapi.json").json()["paths"] if "{" not in path]
        questions = ["peliculas_mes/enero", "peliculas_dia/lunes", "franquicia/toy story", "peliculas_pais/España",
                     "productoras/Pixar Animation Studios", "retorno/Toy Story", "recomendacion/Toy Story",
                     "recomendacion/Toy Story?modelo=knn", "nombres/paises?q=es"]  # fmt: skip
        for path in [*paths, "/docs", *(f"/{question}" for question in questions)]:
            assert client.get(path).status_code == 200, path


@pytest.mark.parametrize(
    ("words", "extra"), [("etl", "build"), ("build --no-report", "build"), ("build", "report")]
)  # fmt: skip
def test_a_command_that_lacks_its_extra_says_which_in_one_line(core, tmp_path, words, extra):
    answer = subprocess.run([core / "moviesmlops", *words.split()], cwd=tmp_path, capture_output=True, text=True)
    assert answer.returncode == 1 and answer.stderr.count("\n") == 1
    assert f"'.[{extra}]'" in answer.stderr


def test_the_wheel_holds_the_package_and_its_sample(wheel):
    held = set(zipfile.ZipFile(wheel).namelist())
    assert {"api.py", "moviesmlops/queries.py", "moviesmlops/sample/movies_metadata.csv"} <= held


def test_one_version_is_shared_by_all_who_name_it(wheel, client):
    version = moviesmlops.__version__
    assert wheel.name.split("-")[1] == version == metadata.version("moviesmlops")
    assert client.get("/salud").json()["version"] == client.get("/openapi.json").json()["info"]["version"] == version
    assert f"\nversion = {version}\n" in (ROOT / "settings.ini").read_text()
    assert f"\nversion: {version}\n" in (ROOT / "CITATION.cff").read_text()
    assert f"\n## {version}" in (ROOT / "CHANGELOG.md").read_text()
