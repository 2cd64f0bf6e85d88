"""The container without an engine: the Dockerfile's own instructions, through clean folders and clean environments."""

import fnmatch
import json
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import httpx2
import pytest
import yaml

from moviesmlops.builds import read_manifest
from support import ROOT, free_port

MOST = 250 * 2**20  # bytes that are copied into the last stage
PLACE = "/movies"  # everything that the Dockerfile makes lies under here


def instructions() -> list[tuple[str, str]]:
    """The words of the Dockerfile and what follows each."""
    lines = (ROOT / "Dockerfile").read_text(encoding="utf-8").splitlines()
    return [tuple(line.split(maxsplit=1)) for line in lines if line and not line.startswith("#")]


def stages() -> dict[str, list[tuple[str, str]]]:
    """The instructions of each stage, by its name."""
    found: dict[str, list] = {}
    for word, rest in instructions():
        if word == "FROM":
            found[rest.split(" AS ")[1]] = current = []
        elif found:
            current.append((word, rest))
    return found


def ignored(path: Path) -> bool:
    """Whether .dockerignore keeps a file from the engine."""
    patterns = (ROOT / ".dockerignore").read_text().split()
    parts = [str(parent) for parent in (path, *path.parents)]
    whole = [pattern.removeprefix("/") for pattern in patterns if "**/" not in pattern]
    anywhere = [pattern.removeprefix("**/") for pattern in patterns if "**/" in pattern]
    return any(fnmatch.fnmatch(part, pattern) for part in parts for pattern in whole) or any(
        fnmatch.fnmatch(name, pattern) for name in path.parts for pattern in anywhere
    )


class Stage:
    """A folder for what a stage writes, and an environment with nothing of ours in it."""

    def __init__(self, folder: Path, arguments: dict[str, str]):
        self.folder, self.workdir, self.arguments, self.copied = folder, folder, arguments, 0
        subprocess.run([sys.executable, "-m", "venv", folder / "python"], check=True)
        self.variables = {"PATH": f"{folder / 'python' / 'bin'}:/usr/bin:/bin", "HOME": str(folder)}
        self.command: list[str] = []
        self.check: list[str] = []
        self.user = ""

    def here(self, text: str) -> str:
        """A text whose paths lie in the folder of the stage."""
        return re.sub(rf"(?<![\w.]){PLACE}\b", str(self.folder / PLACE[1:]), text)

    def follow(self, word: str, rest: str, others: dict[str, "Stage"]) -> None:
        getattr(self, f"do_{word.lower()}", lambda rest, others: None)(rest, others)

    def do_workdir(self, rest: str, others: dict) -> None:
        self.workdir = Path(self.here(rest)) if rest.startswith(PLACE) else self.folder
        self.workdir.mkdir(parents=True, exist_ok=True)

    def do_arg(self, rest: str, others: dict) -> None:
        name, _, value = rest.partition("=")
        self.variables[name] = self.arguments.get(name, value)

    def do_env(self, rest: str, others: dict) -> None:
        for pair in shlex.split(rest):
            name, _, value = pair.partition("=")
            self.variables[name] = self.here(value).replace("$PATH", self.variables["PATH"])

    def do_user(self, rest: str, others: dict) -> None:
        self.user = rest

    def do_run(self, rest: str, others: dict) -> None:
        if not rest.startswith("chown"):  # nobody here is that user
            subprocess.run(["bash", "-ec", self.here(rest)], check=True, cwd=self.workdir, env=self.variables)

    def do_copy(self, rest: str, others: dict) -> None:
        words = rest.split()
        options = dict(word[2:].split("=") for word in words if word.startswith("--"))
        *sources, goal = [word for word in words if not word.startswith("--")]
        place = Path(self.here(goal)) if goal.startswith(PLACE) else self.workdir / goal
        for source in sources:
            if other := others.get(options.get("from", "")):
                shutil.copytree(other.here(source), place, symlinks=True)
                self.copied += sum(p.stat().st_size for p in place.rglob("*") if p.is_file() and not p.is_symlink())
            else:
                copy_clone(ROOT / source, place if (ROOT / source).is_dir() else place / source)

    def do_cmd(self, rest: str, others: dict) -> None:
        self.command = json.loads(self.here(rest))

    def do_healthcheck(self, rest: str, others: dict) -> None:
        self.check = json.loads(rest[rest.index("CMD ") + 4 :])


def copy_clone(source: Path, goal: Path) -> None:
    """Copy what git knows and .dockerignore lets pass."""
    listed = ["git", "ls-files", "--cached", "--others", "--exclude-standard", source]
    for name in subprocess.run(listed, cwd=ROOT, capture_output=True, text=True, check=True).stdout.splitlines():
        if not ignored(Path(name)):
            to = goal if (ROOT / name) == source else goal / (ROOT / name).relative_to(source)
            to.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, to)


@pytest.fixture(scope="module")
def container(request, tmp_path_factory) -> Stage:
    """The last stage, with the real table's build where there is one."""
    real = os.environ.get("MOVIES_REAL_DATA")
    source = str(Path(real, "movies_metadata.csv.gz")) if real else "sample"
    made: dict[str, Stage] = {}
    for name, steps in stages().items():
        made[name] = Stage(tmp_path_factory.mktemp(name), {"MOVIES_SOURCE": source, "REPORT": "--no-report"})
        for word, rest in steps:
            try:
                made[name].follow(word, rest, made)
            except subprocess.CalledProcessError as error:
                if "requirements" in rest:
                    pytest.skip(f"needs the package registry: {error}")
                raise
    return made["serve"]


def test_what_is_served_is_small_and_holds_neither_compiler_nor_notebook(container):
    installed = container.folder.glob("movies/core/lib/*/site-packages/*.dist-info")
    packages = {path.name.split("-")[0] for path in installed}
    assert {"moviesmlops", "fastapi", "numpy"} <= packages
    assert not {"pandas", "pyarrow", "pip", "setuptools", "jupyter_core", "nbdev", "papermill"} & packages
    assert not list(container.folder.glob("movies/**/*.ipynb"))
    assert 0 < container.copied <= MOST, f"{container.copied:,} bytes"


def test_it_is_served_by_nobody_special_answers_and_stops_at_once(container):
    assert container.user.split(":")[0].isdecimal() and container.user.split(":")[0] != "0"
    program = container.folder / "movies" / "core" / "bin" / container.command[0]
    port = free_port()
    variables = container.variables | {"PORT": str(port), "HOST": "127.0.0.1"}
    server = subprocess.Popen([program, *container.command[1:]], cwd=container.workdir, env=variables)
    try:
        check = [container.folder / "movies" / "core" / "bin" / container.check[0], *container.check[1:]]
        for _ in range(300):
            if not subprocess.run(check, env=variables, stderr=subprocess.DEVNULL).returncode:
                break
            time.sleep(0.1)
        with httpx2.Client(base_url=f"http://127.0.0.1:{port}", timeout=30) as client:
            films = read_manifest(container.folder / "movies" / "data" / "build")["counts"]["films"]
            assert client.get("/salud").json()["peliculas"] == films
            assert client.get("/recomendacion/Toy Story?n=3").json()["detalle"]
        server.send_signal(signal.SIGTERM)
        server.wait(10)
        assert subprocess.run(check, env=variables, stderr=subprocess.DEVNULL).returncode, "nobody is healthy any more"
    finally:
        server.kill()


def test_what_compose_starts_may_write_nothing():
    services = yaml.safe_load((ROOT / "compose.yaml").read_text())["services"]
    assert services["api"]["read_only"] and services["api"]["cap_drop"] == ["ALL"]
    assert services["api"]["volumes"] == services["build"]["volumes"], "the job writes where the server reads"
    assert {services[name]["build"].get("target") for name in services} <= set(stages())
