"""Run the robustness tests: python bench/storm.py, or make storm

Tests with hostile sources, tables saved by other programs, builds killed at every system call that changes a file name,
flipped bits in every file, requests generated from the API description, clients that request long unknown names, and
new builds published while a server is under load. Every test has a time limit and a fixed seed. Prints the numbers of
attempts and failures, and writes `storm.json`, which the *Robustness tests* page shows.
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
from support import COMMAND, run_server

from moviesmlops.builds import BuildDamaged, list_build_folders, publish_build, verify_build
from moviesmlops.sources import SAMPLE_PATH
from moviesmlops.pipeline import make_build
from moviesmlops.live import Build

RENAMING_CALLS = ("symlink", "rename", "renameat2", "link", "unlink", "unlinkat", "rmdir")
MEGABYTE = 2**20


def log(text: str) -> None:
    print(f"{datetime.now():%H:%M:%S}  {text}", file=sys.stderr, flush=True)


# sources


def try_source(case: hostile.HostileSource) -> dict:
    """Run `moviesmlops etl` on a source; `kept` says whether it behaved as expected."""
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder, case.name)
        write = [sys.executable, __file__, "--write", case.name, source]
        subprocess.run(write, check=True)  # in another process: the peak memory of a child includes its parent's
        command = [COMMAND, "etl", "--source", str(source), "--out", str(Path(folder, "build"))]
        started = time.monotonic()
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        errors = [line for line in process.stderr if not line.startswith(("reading and cleaning", "no credits found"))]
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        seconds = time.monotonic() - started
    kept = (
        process.returncode == bool(case.message)
        and len(errors) == bool(case.message)
        and case.message in "".join(errors)
    )
    message = "".join(errors).replace(folder + "/", "")
    return {"case": case.name, "kept": kept, "seconds": seconds, "peak_mb": usage.ru_maxrss / 1024, "told": message}


def hostile_sources() -> dict:
    tried = [try_source(case) for case in hostile.CASES]
    peak = max(case["peak_mb"] for case in tried)
    lost = [case for case in tried if not case["kept"]]
    return {"tried": len(tried), "lost": len(lost), "peak_mb": peak, "which": lost, "cases": tried}


def resaved_tables(source: str) -> dict:
    """Read a table saved by other programs: the result must be the same films or a one-line error message."""
    tried = resaves.try_all(source)
    lost = [case for case in tried if not case["kept"]]
    return {"tried": len(tried), "lost": len(lost), "which": lost, "cases": tried}


# killed builds


def publish(build: Path, name: Path, keep: int = 1) -> None:
    """Publish a copy of a build under a name."""
    with publish_build(name, keep) as work:
        shutil.copytree(build, work, dirs_exist_ok=True)


def publish_traced(build: Path, name: Path, *options: str) -> str:
    """Publish a build in a process under strace, and return the traced calls."""
    command = ["strace", "-qq", "-e", f"trace={','.join(RENAMING_CALLS)}", *options, sys.executable, __file__]
    process = subprocess.run([*command, "--publish", build, name], capture_output=True, text=True)
    return process.stderr


def is_complete(name: Path, films: set[int]) -> bool:
    """Return whether the build with this name is complete, both now and after another build fails."""
    for _ in range(2):
        build = Build.open(name)
        if build.manifest["counts"]["films"] not in films or not build.queries.peliculas_mes("enero"):
            return False
        with suppress(ZeroDivisionError), publish_build(name):
            raise ZeroDivisionError
    return True


def killed_builds(old: Path, new: Path) -> dict:
    """Kill a build at each system call that creates, renames or removes a file, with a complete build in place."""
    if not shutil.which("strace"):
        return {"skipped": "strace is not installed"}
    films = {verify_build(build)["counts"]["films"] for build in (old, new)}
    lost, tried = [], Counter()
    for plain in (False, True):  # the name is first a link to a build, then the build itself
        with tempfile.TemporaryDirectory() as folder:
            trace = publish_traced(new, publish_complete_build(old, Path(folder), plain))
            calls = Counter(re.findall(r"^(\w+)\(", trace, re.MULTILINE))
        for call, count in calls.items():
            for nth in range(1, count + 1):
                with tempfile.TemporaryDirectory() as folder:
                    name = publish_complete_build(old, Path(folder), plain)
                    publish_traced(new, name, "-e", f"inject={call}:signal=KILL:when={nth}")
                    tried[call] += 1
                    if not is_complete(name, films):
                        lost.append(f"{call} {nth}")
    return {"tried": tried.total(), "lost": len(lost), "which": lost, "calls": tried}


def publish_complete_build(build: Path, folder: Path, plain: bool) -> Path:
    """Publish a complete build and return its name."""
    name = folder / "build"
    if plain:
        return Path(shutil.copytree(build, name))
    publish(build, name)
    publish(build, name)
    return name


# damaged files


def flipped_bits(build: Path, rng: random.Random) -> dict:
    """Flip one random bit in each file, and 200 bits, one at a time, in the manifest."""
    lost, tried = [], 0
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(shutil.copytree(build, Path(folder, "build")))
        files = sorted(path for path in copy.rglob("*") if path.is_file() and path.stat().st_size)
        for path in files + [copy / "manifest.json"] * 200:
            content, bit = path.read_bytes(), rng.randrange(path.stat().st_size * 8)
            changed = bytearray(content)
            changed[bit // 8] ^= 1 << bit % 8
            path.write_bytes(changed)
            tried += 1
            with suppress(BuildDamaged):
                if verify_build(copy) != verify_build(build):
                    lost.append(f"{path.relative_to(copy)}, bit {bit}")
                elif path.name != "manifest.json":
                    lost.append(str(path.relative_to(copy)))
            path.write_bytes(content)
    return {"tried": tried, "lost": len(lost), "which": lost}


# requests


def generated_requests(build: Path, seconds: int) -> dict:
    """Send requests that schemathesis generates from the OpenAPI description."""
    with run_server(build) as client:
        command = [Path(sys.executable).with_name("schemathesis"), "run", f"{client.base_url}/openapi.json"]
        options = ["--seed", "1", "--max-examples", "200", "--max-time", str(seconds), "--workers", "2", "--no-color"]
        options += ["--exclude-checks", "positive_data_acceptance"]  # a title and an id of different films return 422
        process = subprocess.run([*map(str, command), *options], capture_output=True, text=True)
    generated = re.search(r"(\d+) generated", process.stdout)
    failures = re.search(r"(\d+) (?:unique )?failures?", process.stdout)
    if process.returncode > 1 or not generated:
        raise SystemExit(f"schemathesis: {process.stdout[-2000:]}{process.stderr[-2000:]}")
    return {"tried": int(generated[1]), "lost": int(failures[1]) if failures else 0, "told": process.stdout[-3000:]}


def random_paths(build: Path, rng: random.Random, max_paths: int = 300) -> list[str]:
    """Return random paths of the six questions and of recommendations."""
    indexes = Build.open(build).queries.indexes
    kinds = {"franquicia": "franquicias", "productoras": "productoras", "peliculas_pais": "paises"}
    kinds |= {"retorno": "peliculas", "recomendacion": "peliculas"}
    named = [(path, name.name) for path, kind in kinds.items() for name in indexes[kind].all_names("name")]
    paths = [f"/{path}/{quote(name, safe='')}" for path, name in named]
    return ["/peliculas_mes/enero", "/peliculas_dia/lunes", *rng.sample(paths, min(max_paths, len(paths)))]


def comparable_part(answer: httpx2.Response) -> tuple:
    """Return the status and content; for errors, only the message: request ids and, under load, suggestions differ."""
    return answer.status_code, answer.json()["detail"] if answer.is_error else answer.content


async def send_requests(
    base: str, paths: list[str], known: dict[str, set], requests: int, connections: int = 16
) -> Counter:
    """Send the given number of requests, and return the number of wrong answers by kind."""
    wrong, remaining = Counter(), iter(range(requests))
    async with httpx2.AsyncClient(base_url=base, timeout=30) as client:

        async def send_in_turn() -> None:
            for number in remaining:
                path = paths[number % len(paths)]
                try:
                    answer = await client.get(path)
                except httpx2.HTTPError as error:
                    wrong[type(error).__name__] += 1
                else:
                    if comparable_part(answer) not in known[path]:
                        wrong[f"{answer.status_code} {path}"] += 1

        await asyncio.gather(*(send_in_turn() for _ in range(connections)))
    return wrong


def record_answers(builds: list[Path], paths: list[str]) -> dict[str, set]:
    """Return the answers of each build, requested one at a time."""
    known: dict[str, set] = {path: set() for path in paths}
    for build in builds:
        with run_server(build) as client:
            for path in paths:
                known[path].add(comparable_part(client.get(path)))
    return known


@contextmanager
def measure_memory(port: int) -> Iterator[list[float]]:
    """Measure the resident memory of the server on a port, in MB, ten times per second."""
    process = next(each.pid for each in psutil.net_connections("tcp") if each.laddr.port == port and not each.raddr)
    samples, stop = [], threading.Event()

    def sample() -> None:
        while not stop.wait(0.1):
            samples.append(psutil.Process(process).memory_info().rss / MEGABYTE)

    thread = threading.Thread(target=sample)
    thread.start()
    yield samples
    stop.set()
    thread.join()


def published_under_load(old: Path, new: Path, requests: int, builds: int, rng: random.Random) -> dict:
    """Send requests to a server while new builds are published under its name."""
    paths = sorted({*random_paths(old, rng), *random_paths(new, rng)})
    known = record_answers([old, new], paths)
    with tempfile.TemporaryDirectory() as folder:
        name = Path(folder, "build")
        publish(old, name)
        with run_server(name) as client, measure_memory(client.base_url.port) as memory:
            published_at, done = [], threading.Event()

            def keep_publishing() -> None:
                for number in range(builds):
                    publish((new, old)[number % 2], name)
                    published_at.append(time.monotonic())
                    time.sleep(1.5)
                done.set()

            thread = threading.Thread(target=keep_publishing)
            started = time.monotonic()
            thread.start()
            wrong, sent = Counter(), 0
            while sent < requests or not done.is_set():
                wrong += asyncio.run(send_requests(str(client.base_url), paths, known, requests // 10))
                sent += requests // 10
            seconds = time.monotonic() - started
            thread.join()
        folders_left = len(list_build_folders(name))
    figures = {"builds": len(published_at), "seconds": seconds, "peak_mb": max(memory), "folders_left": folders_left}
    return {"tried": sent, "lost": wrong.total(), "which": wrong.most_common(5)} | figures


# response times during expensive requests


async def send_expensive_requests(base: str, clients: int, seconds: float) -> None:
    """Let clients request long unknown names; each sends its next request as soon as it receives a response."""
    end, rng = time.monotonic() + seconds, random.Random(1)
    limits = httpx2.Limits(max_connections=clients)
    async with httpx2.AsyncClient(base_url=base, timeout=60, limits=limits) as client:

        async def send_repeatedly() -> None:
            while time.monotonic() < end:
                name = "".join(rng.choices("abcdefghijklmnopqrstuvwxyz ", k=200))
                path = rng.choice(["retorno", "productoras", "franquicia", "recomendacion"])
                with suppress(httpx2.HTTPError):
                    await client.get(f"/{path}/{quote(name)}")

        await asyncio.gather(*(send_repeatedly() for _ in range(clients)))


BOUNDS_MS = {  # by path, for the 95th percentile of the response time
    "/retorno/Toy%20Story": 50, "/titulos?q=toy": 50, "/nowhere": 50, "/salud": 50, "/retorno/Godzila": 250,
}  # fmt: skip


def waits_under_expensive_requests(build: Path, clients: int = 40, rounds: int = 100) -> dict:
    """Measure the response times of ordinary requests while other clients send expensive ones."""
    waits: dict[str, list[float]] = {path: [] for path in BOUNDS_MS}
    with run_server(build) as client:
        for path in BOUNDS_MS:
            client.get(path)
        command = [sys.executable, __file__, "--expensive", str(client.base_url), str(clients), str(rounds * 0.3)]
        load = subprocess.Popen(command)
        time.sleep(2)
        for _ in range(rounds):
            for path in BOUNDS_MS:
                started = time.perf_counter()
                client.get(path)
                waits[path].append((time.perf_counter() - started) * 1000)
        load.terminate()
        load.wait()
    p95 = {path: quantiles(values, n=20)[-1] for path, values in waits.items()}
    late = [path for path, wait in p95.items() if wait > BOUNDS_MS[path]]
    return {"tried": rounds * len(BOUNDS_MS), "lost": len(late), "which": late, "p95_ms": p95, "bounds_ms": BOUNDS_MS}


# all parts


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--source", default=os.environ.get("MOVIES_SOURCE") or "sample", help="source of the build")
    parser.add_argument("--requests", type=int, default=100_000, help="number of requests under load")
    parser.add_argument("--only", nargs="*", help="names of the parts to run")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        run_parts(arguments, *make_two_builds(arguments.source, Path(folder)))


def make_two_builds(source: str, folder: Path) -> tuple[Path, Path]:
    """Make a build from a source, and one from a hundred rows of the sample."""
    rows = SAMPLE_PATH.read_text(encoding="utf-8").splitlines(keepends=True)
    (folder / "hundred.csv").write_text("".join(rows[:101]), encoding="utf-8")
    sources = {"old": source, "new": str(folder / "hundred.csv")}
    old, new = (make_build(table, folder / name).resolve() for name, table in sources.items())
    return old, new


def run_parts(arguments: argparse.Namespace, old: Path, new: Path) -> None:
    """Run all parts, or the selected ones; print the results and save them."""
    rng = random.Random(1)
    parts = {
        "hostile sources": hostile_sources,
        "tables re-saved": partial(resaved_tables, arguments.source),
        "builds killed": partial(killed_builds, new, new),
        "bits flipped": partial(flipped_bits, new, rng),
        "requests made up": partial(generated_requests, old, 120),
        "strangers": partial(waits_under_expensive_requests, old),
        "builds published under load": partial(published_under_load, old, new, arguments.requests, 20, rng),
    }
    results_file = HERE / "storm.json"
    results: dict = {"parts": {}}
    if arguments.only and results_file.exists():
        results = json.loads(results_file.read_text(encoding="utf-8"))
    for name in arguments.only or parts:
        log(name)
        started = time.monotonic()
        results["parts"][name] = parts[name]() | {"took_s": round(time.monotonic() - started, 1)}
        result = results["parts"][name]
        log(f"  {result.get('skipped') or '{tried:,} tried, {lost:,} lost'.format(**result)} {result.get('which', '')}")
    manifests = {build: verify_build(path) for build, path in {"old": old, "new": new}.items()}
    results["films"] = {build: manifest["counts"]["films"] for build, manifest in manifests.items()}
    results["measured"] = f"{datetime.now(UTC):%Y-%m-%d}"
    results_file.write_text(json.dumps(results, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    sys.exit(any(part.get("lost") for part in results["parts"].values()))


if __name__ == "__main__":
    if sys.argv[1:2] == ["--publish"]:
        publish(Path(sys.argv[2]), Path(sys.argv[3]))
    elif sys.argv[1:2] == ["--write"]:
        (content,) = [case.content for case in hostile.CASES if case.name == sys.argv[2]]
        Path(sys.argv[3]).write_bytes(content())
    elif sys.argv[1:2] == ["--expensive"]:
        asyncio.run(send_expensive_requests(sys.argv[2], int(sys.argv[3]), float(sys.argv[4])))
    else:
        main()
