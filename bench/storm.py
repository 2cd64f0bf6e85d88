"""What becomes of it when everything goes wrong: python bench/storm.py, or make storm

Sources that nobody should have to read, tables as other programs save them, builds killed at every call that moves a
name, bits flipped in every file, requests made up from the API's own description, strangers who ask for long unknown
names, and a server under load over which builds are published. Everything is bounded in time and drawn from one seed.
Prints what was tried and what was lost, and writes `storm.json`, which the page *How it was tried* shows.
"""

import argparse
import asyncio
import json
import os
import random
import re
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from statistics import quantiles
from urllib.parse import quote

import httpx2
import psutil

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent / "tests")]

import hostile
import resaves
from support import COMMAND, serving

from moviesmlops.builds import BuildDamaged, folders_of, publishing, read_manifest
from moviesmlops.sources import SAMPLE
from moviesmlops.build import make_build
from moviesmlops.live import Build

MOVING = ("symlink", "rename", "renameat2", "link", "unlink", "unlinkat", "rmdir")
MEGABYTE = 2**20


def say(text: str) -> None:
    print(f"{datetime.now():%H:%M:%S}  {text}", file=sys.stderr, flush=True)


# sources


def refuse(case: hostile.Hostile) -> dict:
    """What `moviesmlops etl` makes of a source."""
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder, case.name)
        write = [sys.executable, __file__, "--write", case.name, source]
        subprocess.run(write, check=True)  # by another process, for a child's peak memory begins with its parent's
        command = [COMMAND, "etl", "--source", str(source), "--out", str(Path(folder, "build"))]
        started = time.monotonic()
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        told = [line for line in process.stderr if not line.startswith("reading and cleaning")]
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        seconds = time.monotonic() - started
    kept = process.returncode == bool(case.said) and len(told) == bool(case.said) and case.said in "".join(told)
    words = "".join(told).replace(folder + "/", "")
    return {"case": case.name, "kept": kept, "seconds": seconds, "peak_mb": usage.ru_maxrss / 1024, "told": words}


def hostile_sources() -> dict:
    tried = [refuse(case) for case in hostile.CASES]
    peak = max(case["peak_mb"] for case in tried)
    lost = [case for case in tried if not case["kept"]]
    return {"tried": len(tried), "lost": len(lost), "peak_mb": peak, "which": lost, "cases": tried}


def resaved_tables(source: str) -> dict:
    """A table as other programs save it: the same films, or one line that says why not."""
    tried = resaves.try_all(source)
    lost = [case for case in tried if not case["kept"]]
    return {"tried": len(tried), "lost": len(lost), "which": lost, "cases": tried}


# kills


def publish(build: Path, name: Path, keep: int = 1) -> None:
    """Publish a copy of a build under a name."""
    with publishing(name, keep) as work:
        shutil.copytree(build, work, dirs_exist_ok=True)


def traced(build: Path, name: Path, *how: str) -> str:
    """Publish in a process whose calls are watched; the calls."""
    command = ["strace", "-qq", "-e", f"trace={','.join(MOVING)}", *how, sys.executable, __file__]
    watched = subprocess.run([*command, "--publish", build, name], capture_output=True, text=True)
    return watched.stderr


def answers_after(name: Path, films: set[int]) -> bool:
    """Whether what a name stands for is whole, now and after a build that fails."""
    for _ in range(2):
        opened = Build.open(name)
        if opened.manifest["counts"]["films"] not in films or not opened.queries.peliculas_mes("enero"):
            return False
        with suppress(ZeroDivisionError), publishing(name):
            raise ZeroDivisionError
    return True


def killed_builds(old: Path, new: Path) -> dict:
    """A build killed at each call that makes, moves or removes a name, over a good build."""
    if not shutil.which("strace"):
        return {"skipped": "strace is not there"}
    films = {read_manifest(build)["counts"]["films"] for build in (old, new)}
    lost, tried = [], Counter()
    for plain in (False, True):  # what the name stood for before: a link to a build, or the build itself
        with tempfile.TemporaryDirectory() as folder:
            calls = Counter(re.findall(r"^(\w+)\(", traced(new, before(old, Path(folder), plain)), re.MULTILINE))
        for call, count in calls.items():
            for nth in range(1, count + 1):
                with tempfile.TemporaryDirectory() as folder:
                    name = before(old, Path(folder), plain)
                    traced(new, name, "-e", f"inject={call}:signal=KILL:when={nth}")
                    tried[call] += 1
                    if not answers_after(name, films):
                        lost.append(f"{call} {nth}")
    return {"tried": tried.total(), "lost": len(lost), "which": lost, "calls": tried}


def before(build: Path, folder: Path, plain: bool) -> Path:
    """A name under which a good build stands."""
    name = folder / "build"
    if plain:
        return Path(shutil.copytree(build, name))
    publish(build, name)
    publish(build, name)
    return name


# damage


def flipped_bits(build: Path, chance: random.Random) -> dict:
    """One bit of each file, and many of the manifest."""
    lost, tried = [], 0
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(shutil.copytree(build, Path(folder, "build")))
        files = sorted(path for path in copy.rglob("*") if path.is_file() and path.stat().st_size)
        for path in files + [copy / "manifest.json"] * 200:
            content, place = path.read_bytes(), chance.randrange(path.stat().st_size * 8)
            changed = bytearray(content)
            changed[place // 8] ^= 1 << place % 8
            path.write_bytes(changed)
            tried += 1
            with suppress(BuildDamaged):
                if read_manifest(copy) != read_manifest(build):
                    lost.append(f"{path.relative_to(copy)}, bit {place}")
                elif path.name != "manifest.json":
                    lost.append(str(path.relative_to(copy)))
            path.write_bytes(content)
    return {"tried": tried, "lost": len(lost), "which": lost}


# requests


def made_up_requests(build: Path, seconds: int) -> dict:
    """Requests that schemathesis makes up from the description of the API."""
    with serving(build) as client:
        command = [Path(sys.executable).with_name("schemathesis"), "run", f"{client.base_url}/openapi.json"]
        how = ["--seed", "1", "--max-examples", "200", "--max-time", str(seconds), "--workers", "2", "--no-color"]
        how += ["--exclude-checks", "positive_data_acceptance"]  # title and id may contradict each other: a 422
        told = subprocess.run([*map(str, command), *how], capture_output=True, text=True)
    generated = re.search(r"(\d+) generated", told.stdout)
    failures = re.search(r"(\d+) (?:unique )?failures?", told.stdout)
    if told.returncode > 1 or not generated:
        raise SystemExit(f"schemathesis: {told.stdout[-2000:]}{told.stderr[-2000:]}")
    return {"tried": int(generated[1]), "lost": int(failures[1]) if failures else 0, "told": told.stdout[-3000:]}


def some_paths(build: Path, chance: random.Random, most: int = 300) -> list[str]:
    """Paths of all six questions, and of recommendations."""
    indexes = Build.open(build).queries.indexes
    kinds = {"franquicia": "franquicias", "productoras": "productoras", "peliculas_pais": "paises"}
    kinds |= {"retorno": "peliculas", "recomendacion": "peliculas"}
    named = [(path, name.name) for path, kind in kinds.items() for name in indexes[kind].all_names("name")]
    paths = [f"/{path}/{quote(name, safe='')}" for path, name in named]
    return ["/peliculas_mes/enero", "/peliculas_dia/lunes", *chance.sample(paths, min(most, len(paths)))]


def said(answer: httpx2.Response) -> tuple:
    """What an answer says; of an error its reason, for each has its own id, and may lack suggestions under load."""
    return answer.status_code, answer.json()["detail"] if answer.is_error else answer.content


async def ask_all(base: str, paths: list[str], known: dict[str, set], requests: int, connections: int = 16) -> Counter:
    """Ask a server so many times; how many answers were wrong, by what they were."""
    wrong, left = Counter(), iter(range(requests))
    async with httpx2.AsyncClient(base_url=base, timeout=30) as client:

        async def one() -> None:
            for number in left:
                path = paths[number % len(paths)]
                try:
                    answer = await client.get(path)
                except httpx2.HTTPError as error:
                    wrong[type(error).__name__] += 1
                else:
                    if said(answer) not in known[path]:
                        wrong[f"{answer.status_code} {path}"] += 1

        await asyncio.gather(*(one() for _ in range(connections)))
    return wrong


def known_answers(builds: list[Path], paths: list[str]) -> dict[str, set]:
    """What each build answers, asked one at a time."""
    known: dict[str, set] = {path: set() for path in paths}
    for build in builds:
        with serving(build) as client:
            for path in paths:
                known[path].add(said(client.get(path)))
    return known


@contextmanager
def watched(port: int) -> Iterator[list[float]]:
    """The resident memory of the server on a port, in MB, ten times a second."""
    process = next(each.pid for each in psutil.net_connections("tcp") if each.laddr.port == port and not each.raddr)
    seen, stop = [], threading.Event()

    def look() -> None:
        while not stop.wait(0.1):
            seen.append(psutil.Process(process).memory_info().rss / MEGABYTE)

    thread = threading.Thread(target=look)
    thread.start()
    yield seen
    stop.set()
    thread.join()


def published_under_load(old: Path, new: Path, requests: int, builds: int, chance: random.Random) -> dict:
    """A server asked all the time while builds are published over it."""
    paths = sorted({*some_paths(old, chance), *some_paths(new, chance)})
    known = known_answers([old, new], paths)
    with tempfile.TemporaryDirectory() as folder:
        name = Path(folder, "build")
        publish(old, name)
        with serving(name) as client, watched(client.base_url.port) as memory:
            swapped, done = [], threading.Event()

            def keep_publishing() -> None:
                for number in range(builds):
                    publish((new, old)[number % 2], name)
                    swapped.append(time.monotonic())
                    time.sleep(1.5)
                done.set()

            thread = threading.Thread(target=keep_publishing)
            started = time.monotonic()
            thread.start()
            wrong, asked = Counter(), 0
            while asked < requests or not done.is_set():
                wrong += asyncio.run(ask_all(str(client.base_url), paths, known, requests // 10))
                asked += requests // 10
            seconds = time.monotonic() - started
            thread.join()
        left = len(folders_of(name))
    figures = {"builds": len(swapped), "seconds": seconds, "peak_mb": max(memory), "folders_left": left}
    return {"tried": asked, "lost": wrong.total(), "which": wrong.most_common(5)} | figures


# strangers


async def pester(base: str, clients: int, seconds: float) -> None:
    """Clients who ask for long names that nobody knows, as fast as they are answered."""
    end, chance = time.monotonic() + seconds, random.Random(1)
    limits = httpx2.Limits(max_connections=clients)
    async with httpx2.AsyncClient(base_url=base, timeout=60, limits=limits) as client:

        async def one() -> None:
            while time.monotonic() < end:
                letters = "".join(chance.choices("abcdefghijklmnopqrstuvwxyz ", k=200))
                path = chance.choice(["retorno", "productoras", "franquicia", "recomendacion"])
                with suppress(httpx2.HTTPError):
                    await client.get(f"/{path}/{quote(letters)}")

        await asyncio.gather(*(one() for _ in range(clients)))


BOUNDS = {  # path: milliseconds for nineteen requests in twenty
    "/retorno/Toy%20Story": 50, "/titulos?q=toy": 50, "/nowhere": 50, "/salud": 50, "/retorno/Godzila": 250,
}  # fmt: skip


def strangers(build: Path, clients: int = 40, rounds: int = 100) -> dict:
    """How long everybody else waits meanwhile."""
    waits: dict[str, list[float]] = {path: [] for path in BOUNDS}
    with serving(build) as client:
        for path in BOUNDS:
            client.get(path)
        pestering = [sys.executable, __file__, "--pester", str(client.base_url), str(clients), str(rounds * 0.3)]
        others = subprocess.Popen(pestering)
        time.sleep(2)
        for _ in range(rounds):
            for path in BOUNDS:
                started = time.perf_counter()
                client.get(path)
                waits[path].append((time.perf_counter() - started) * 1000)
        others.terminate()
        others.wait()
    p95 = {path: quantiles(values, n=20)[-1] for path, values in waits.items()}
    late = [path for path, wait in p95.items() if wait > BOUNDS[path]]
    return {"tried": rounds * len(BOUNDS), "lost": len(late), "which": late, "p95_ms": p95, "bounds_ms": BOUNDS}


# all of it


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--source", default=os.environ.get("MOVIES_SOURCE") or "sample", help="the table to serve")
    parser.add_argument("--requests", type=int, default=100_000)
    parser.add_argument("--only", nargs="*", help="some of the parts")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        storm(given, *two_builds(given.source, Path(folder)))


def two_builds(source: str, folder: Path) -> tuple[Path, Path]:
    """A build of a source, and one of a hundred rows of the sample."""
    rows = SAMPLE.read_text(encoding="utf-8").splitlines(keepends=True)
    (folder / "hundred.csv").write_text("".join(rows[:101]), encoding="utf-8")
    of = {"old": source, "new": str(folder / "hundred.csv")}
    old, new = (make_build(table, folder / name).resolve() for name, table in of.items())
    return old, new


def storm(given: argparse.Namespace, old: Path, new: Path) -> None:
    """Try all parts, or those that are asked for; print them, and keep them."""
    chance = random.Random(1)
    parts = {
        "hostile sources": hostile_sources,
        "tables re-saved": partial(resaved_tables, given.source),
        "builds killed": partial(killed_builds, new, new),
        "bits flipped": partial(flipped_bits, new, chance),
        "requests made up": partial(made_up_requests, old, 120),
        "strangers": partial(strangers, old),
        "builds published under load": partial(published_under_load, old, new, given.requests, 20, chance),
    }
    kept = HERE / "storm.json"
    found = json.loads(kept.read_text(encoding="utf-8")) if given.only and kept.exists() else {"parts": {}}
    for name in given.only or parts:
        say(name)
        started = time.monotonic()
        found["parts"][name] = parts[name]() | {"took_s": round(time.monotonic() - started, 1)}
        result = found["parts"][name]
        say(f"  {result.get('skipped') or '{tried:,} tried, {lost:,} lost'.format(**result)} {result.get('which', '')}")
    made_of = {build: read_manifest(path) for build, path in {"old": old, "new": new}.items()}
    found["films"] = {build: made["counts"]["films"] for build, made in made_of.items()}
    found["measured"] = f"{datetime.now(UTC):%Y-%m-%d}"
    kept.write_text(json.dumps(found, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    sys.exit(any(part.get("lost") for part in found["parts"].values()))


if __name__ == "__main__":
    if sys.argv[1:2] == ["--publish"]:
        publish(Path(sys.argv[2]), Path(sys.argv[3]))
    elif sys.argv[1:2] == ["--write"]:
        (content,) = [case.content for case in hostile.CASES if case.name == sys.argv[2]]
        Path(sys.argv[3]).write_bytes(content())
    elif sys.argv[1:2] == ["--pester"]:
        asyncio.run(pester(sys.argv[2], int(sys.argv[3]), float(sys.argv[4])))
    else:
        main()
