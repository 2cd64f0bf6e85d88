"""Benchmark moviesmlops against a coursework implementation and minimal baselines: python bench/run.py, or make bench

Each program runs in its own process, in short turns in alternating order, so that a busy period of the machine affects
all programs equally. Each figure is compared with the one measured directly before or after it. Servers and their
client are pinned to one core each; builds use both cores. Times are wall-clock times; peak memory is the value that the
operating system reports for the finished process. Writes `results.json` and prints a table. No large package is
imported here, because the peak memory of a child process includes that of its parent.
"""

import argparse
import hashlib
import http.client
import importlib.metadata
import json
import math
import os
import platform
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from statistics import linear_regression, median
from urllib.parse import unquote

import psutil

from bounds import format_table, format_summary

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
PYTHON, OURS = sys.executable, str(Path(sys.executable).with_name("moviesmlops"))
PARTS = ("etl", "build", "names", "serve", "start", "growth")
QUESTIONS = ("peliculas_mes", "peliculas_dia", "franquicia", "peliculas_pais", "productoras", "retorno")
ENDPOINTS = (*QUESTIONS, "recomendacion", "recomendacion_knn")
PACKAGES = ("pandas", "pyarrow", "numpy", "scipy", "scikit-learn", "fastapi", "uvicorn", "uvloop", "httptools")
HEAVY = ("pandas", "pyarrow", "scipy", "sklearn", "fastapi", "uvicorn", "altair", "papermill", "nbformat", "dask")
CONNECTIONS = 16
TURNS = 3  # number of turns per endpoint and program each time the servers are started
PAUSE = 16  # milliseconds between requests on a connection, so that latencies are compared at the same rate
MEGABYTE = 1024 * 1024


def log(text: str) -> None:
    print(f"{datetime.now():%H:%M:%S}  {text}", file=sys.stderr, flush=True)


# measuring one process


def measure(command: list, timeout: float = 3600) -> dict:
    """Run a command and return its seconds, processor seconds and peak memory."""
    with tempfile.TemporaryFile() as errors:
        start = time.perf_counter()
        process = subprocess.Popen([str(word) for word in command], stdout=subprocess.DEVNULL, stderr=errors, cwd=ROOT)
        timer = threading.Timer(timeout, process.kill)
        timer.start()
        try:
            _, status, usage = os.wait4(process.pid, 0)
        except KeyboardInterrupt:
            process.kill()
            raise
        finally:
            timer.cancel()
        seconds = time.perf_counter() - start
        process.returncode = os.waitstatus_to_exitcode(status)
        unit = 1 if sys.platform == "darwin" else 1024
        measured = {
            "seconds": round(seconds, 3),
            "processor_seconds": round(usage.ru_utime + usage.ru_stime, 3),
            "peak_mb": round(usage.ru_maxrss * unit / MEGABYTE, 1),
        }
        if process.returncode:
            errors.seek(0)
            last_line = (errors.read().decode(errors="replace").strip().splitlines() or ["no message"])[-1]
            exited = f"exit {process.returncode}: {last_line}"
            measured["failed"] = f"after {timeout:.0f} s" if seconds >= timeout else exited
        return measured


def in_alternating_order(contenders: dict, number: int) -> list:
    """Return the programs in order, or in reverse order in every second turn."""
    return list(contenders.items())[:: 1 if number % 2 else -1]


def run_in_turns(
    part: str, commands: dict[str, list], rounds: int, out: Path, may_fail: bool = False
) -> dict[str, list[dict]]:
    """Run each program once per round, in alternating order; the parent folder of `out` is emptied before each run."""
    runs: dict[str, list[dict]] = {contender: [] for contender in commands}
    for number in range(1, rounds + 1):
        for contender, command in in_alternating_order(commands, number):
            shutil.rmtree(out.parent, ignore_errors=True)
            out.parent.mkdir()
            run = measure(command)
            runs[contender].append(run)
            times = f"{run['seconds']:8.2f} s  {run['processor_seconds']:8.2f} s of processor time"
            figures = f"{times}  {run['peak_mb']:7.0f} MB  {run.get('failed', '')}"
            log(f"{part} {number}/{rounds}  {contender:22}{figures}")
            if "failed" in run and not may_fail:
                sys.exit(f"{contender} failed, so it cannot be compared: {run['failed']}")
    return runs


# servers and their load


def pinning_command(core: int) -> list[str]:
    """Return the command prefix that pins a process to a core, if there are two cores and `taskset` is installed."""
    return ["taskset", "-c", str(core)] if shutil.which("taskset") and (os.cpu_count() or 1) > 1 else []


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


class Server:
    """A server process: one of the three applications under uvicorn, with the same settings, or `moviesmlops serve`."""

    def __init__(self, app: str, variables: dict[str, str]):
        self.port, self.started = free_port(), time.perf_counter()
        uvicorn = [PYTHON, "-m", "uvicorn", app, "--log-level", "warning"]
        command = [*pinning_command(0), *([OURS, "serve"] if app == OURS else uvicorn), "--port", str(self.port)]
        environment = os.environ | variables | {"PYTHONPATH": str(HERE)}
        self.process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL)

    def wait_for(self, path: str) -> None:
        while self.process.poll() is None:
            client = http.client.HTTPConnection("127.0.0.1", self.port, timeout=120)
            try:
                client.request("GET", path)
                status = client.getresponse().status
                assert status == 200, f"{path}: {status}"
                self.first_answer = round(time.perf_counter() - self.started, 3)
                return
            except ConnectionRefusedError:
                time.sleep(0.005)
            finally:
                client.close()
        raise RuntimeError("the server stopped; its message is above")

    def load(self, paths: Path, seconds: int, connections: int = CONNECTIONS, pause: int | None = None) -> dict:
        """Run wrk for the given number of seconds and return its results."""
        options = ["-t1", f"-c{connections}", f"-d{seconds}s", "--timeout", "30s", "-s", str(HERE / "paths.lua")]
        arguments = [f"http://127.0.0.1:{self.port}", "--", str(paths), *([] if pause is None else [str(pause)])]
        before = self.processor_seconds
        command = [*pinning_command(1), "wrk", *options, *arguments]
        printed = subprocess.run(command, check=True, capture_output=True, text=True).stdout
        result = json.loads(printed.splitlines()[-1])
        used = (self.processor_seconds - before) / max(result["requests"], 1)
        self.wait_until_idle()
        return result | {"processor_ms": round(used * 1000, 4)}

    def wait_until_idle(self, timeout: float = 60) -> None:
        """Wait until the server has finished the requests that clients abandoned, before the next turn starts."""
        for _ in range(int(timeout / 0.1)):
            before = self.processor_seconds
            time.sleep(0.1)
            if self.processor_seconds - before < 0.02:
                return

    @property
    def processor_seconds(self) -> float:
        """The processor time used by the server so far."""
        times = psutil.Process(self.process.pid).cpu_times()
        return times.user + times.system

    @property
    def resident_mb(self) -> float:
        return round(psutil.Process(self.process.pid).memory_info().rss / MEGABYTE, 1)

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(30)


@contextmanager
def run_server(app: str, variables: dict[str, str], first: str):
    server = Server(app, variables)
    try:
        server.wait_for(first)
        yield server
    finally:
        server.stop()


def write_paths(build: Path, folder: Path, course: Path | None = None) -> None:
    subprocess.run([PYTHON, HERE / "paths.py", build, folder, *([course] if course else [])], check=True)


def first_path(paths: Path) -> str:
    return paths.read_text(encoding="utf-8").split("\n", 1)[0]


# the parts of the benchmark


def bench_etl(source: Path, work: Path, rounds: int) -> dict:
    out = work / "etl" / "out"
    return run_in_turns("etl", {
        "moviesmlops": [OURS, "etl", "--source", source, "--out", out],
        "course": [PYTHON, HERE / "course.py", "etl", source, out],
        "course_csv": [PYTHON, HERE / "course.py", "csv", source, out],
        "read_csv": [PYTHON, HERE / "bare.py", source],
    }, rounds, out)  # fmt: skip


def bench_build(source: Path, work: Path, rounds: int) -> dict:
    out = work / "models" / "out"
    return run_in_turns("build", {
        "moviesmlops": [OURS, "build", "--no-report", "--source", source, "--out", out],
        "course": [PYTHON, HERE / "course.py", "build", source, out],
    }, rounds, out)  # fmt: skip


def ensure_builds(source: Path, work: Path, course: bool) -> None:
    """Make the builds for the servers, if they do not exist yet."""
    if not (work / "ours").exists():
        log("making the builds for the servers …")
        subprocess.run([OURS, "build", "--no-report", "--source", source, "--out", work / "ours"], check=True, cwd=ROOT)
    if course and not (work / "course").exists():
        subprocess.run([PYTHON, HERE / "course.py", "build", source, work / "course"], check=True)


def bench_serve(source: Path, work: Path, rounds: int, seconds: int) -> dict:
    ensure_builds(source, work, course=True)
    paths = work / "paths"
    write_paths(work / "ours", paths, work / "course")
    variables, first = {"MOVIES_BUILD": str(work / "ours")}, first_path(paths / "recomendacion.txt")
    servers = {
        "moviesmlops": ("api:app", variables, first),
        "bare": ("bare:app", {}, "/constante"),
        "course": ("course:app", {"COURSE": str(work / "course")}, "/peliculas_mes/enero"),
    }
    load = {endpoint: {contender: [] for contender in servers} for endpoint in ENDPOINTS}
    found = {
        "endpoints": load,
        "first_answer": {},
        "idle_mb": {},
        "resident_mb": {},
        "pinned": bool(pinning_command(0)),
    }
    for number in range(1, rounds + 1):
        with ExitStack() as running:
            started = {contender: running.enter_context(run_server(*server)) for contender, server in servers.items()}
            append_figures(found["first_answer"], {name: server.first_answer for name, server in started.items()})
            append_figures(found["idle_mb"], {name: server.resident_mb for name, server in started.items()})
            for endpoint in ENDPOINTS:
                for turn in range(1, TURNS + 1):
                    for contender, server in in_alternating_order(started, turn):
                        run = measure_load(server, contender, endpoint, paths, seconds)
                        if run:
                            load[endpoint][contender].append(run)
                            rate = f"{run['per_second']:8.0f}/s  {run['processor_ms']:8.3f} ms of processor time each"
                            latency = f"p99 {run.get('steady', run)['p99_ms']:7.2f} ms  {run['failed'] or ''}"
                            log(f"serve {number}/{rounds}  {endpoint:18}{contender:12}{rate}  {latency}")
            append_figures(found["resident_mb"], {name: server.resident_mb for name, server in started.items()})
        with run_server(OURS, variables, first) as server:
            append_figures(found["first_answer"], {"moviesmlops serve": server.first_answer})
    return found


def measure_names(build: Path, scanned: int = 0) -> dict:
    """Measure the accuracy and speed of the suggestions for mistyped names in a build."""
    command = [PYTHON, HERE / "names.py", build, str(scanned)]
    return json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def bench_names(source: Path, work: Path, rounds: int) -> dict:
    ensure_builds(source, work, course=False)
    runs = []
    for number in range(1, rounds + 1):
        run = measure_names(work / "ours", scanned=40)
        runs.append(run)
        accuracy = f"{run['first']:.1%} first, {run['five']:.1%} in the first five"
        log(f"names {number}/{rounds}  {accuracy}  p50 {run['p50_ms']:.2f} ms  worst {run['worst_ms']:.2f} ms")
    return {"runs": runs}


def append_figures(series: dict[str, list], values: dict[str, float]) -> None:
    """Append the figures of a round to their series."""
    for contender, value in values.items():
        series.setdefault(contender, []).append(value)


def measure_load(server: Server, contender: str, endpoint: str, paths: Path, seconds: int) -> dict | None:
    """Measure throughput, then latency at a fixed rate, which the coursework application cannot sustain."""
    if contender == "course":
        file = paths / f"{endpoint}{'_course' if endpoint == 'recomendacion' else ''}.txt"
        return None if endpoint == "recomendacion_knn" else server.load(file, seconds)
    file = paths / f"{'constante' if contender == 'bare' else endpoint}.txt"
    run = server.load(file, seconds)
    return run | {"steady": server.load(file, seconds, pause=PAUSE)}


def import_times(command: list) -> dict[str, float]:
    """Return the packages that a command imports, with cumulative import times in milliseconds."""
    script = [PYTHON, "-X", "importtime", *map(str, command)]
    printed = subprocess.run(script, capture_output=True, text=True, cwd=ROOT).stderr
    found: dict[str, float] = {}
    for line in printed.splitlines():
        if line.startswith("import time:") and "imported package" not in line:
            _, total, name = line.removeprefix("import time:").split("|")
            top = name.strip().partition(".")[0]
            found[top] = max(found.get(top, 0), int(total) / 1000)
    return found


def bench_start(source: Path, work: Path, rounds: int) -> dict:
    ensure_builds(source, work, course=False)
    paths = work / "paths"
    write_paths(work / "ours", paths)
    title = unquote(first_path(paths / "recomendacion.txt").removeprefix("/recomendacion/"))
    commands = {
        "--help": [OURS, "--help"],
        "recommend": [OURS, "recommend", "--build", work / "ours", "--", title],
        "recommend --model knn": [OURS, "recommend", "--model", "knn", "--build", work / "ours", "--", title],
    }
    runs = run_in_turns("start", commands | {"python": [PYTHON, "-c", "pass"]}, rounds, work / "nothing" / "out")
    found = {"python": {"runs": runs["python"]}}
    for name, command in commands.items():
        imports = import_times(command)
        heavy = {package: imports[package] for package in HEAVY if package in imports}
        largest = dict(sorted(imports.items(), key=lambda pair: -pair[1])[:12])
        found[name] = {"runs": runs[name], "heavy": heavy, "largest_ms": largest}
        log(f"start  {name}: imports {', '.join(heavy) or 'nothing heavy'}")
    return found


# growth with the size of the table


def generated_table(source: Path, digest: str, rows: int, folder: Path) -> Path:
    """A generated table, kept for later runs."""
    folder.mkdir(parents=True, exist_ok=True)
    table = folder / f"{digest[:8]}-{rows}.csv"
    if not table.exists():
        part = table.with_suffix(".part")
        subprocess.run([PYTHON, HERE / "generate.py", source, part, str(rows)], check=True)
        part.rename(table)
    return table


def size_mb(folder: Path) -> float:
    return round(sum(file.stat().st_size for file in folder.rglob("*") if file.is_file()) / MEGABYTE, 1)


def largest_mb(folder: Path) -> dict[str, float]:
    files = sorted(folder.rglob("*"), key=lambda file: -file.stat().st_size)
    return {file.relative_to(folder).as_posix(): round(file.stat().st_size / MEGABYTE, 1) for file in files[:6]}


def bench_size(table: Path, rows: int, work: Path, rounds: int, seconds: int, titles: int | None = None) -> dict:
    """Measure ETL, build and API for one table."""
    out, name = work / "grown" / "out", f"growth {rows:,}" + (f", {titles:,} titles" if titles else "")
    options = ["--titles", titles] if titles else []
    etl = {"moviesmlops": [OURS, "etl", "--source", table, "--out", out], "read_csv": [PYTHON, HERE / "bare.py", table]}
    build = {"moviesmlops": [OURS, "build", "--no-report", "--source", table, "--out", out, *options]}
    found = {"rows": rows, "titles": titles, "source_mb": round(table.stat().st_size / MEGABYTE, 1)}
    if not titles:
        found["etl"] = run_in_turns(f"{name}, etl", etl, rounds, out, may_fail=True)
    found["build"] = run_in_turns(f"{name}, build", build, rounds, out, may_fail=True)["moviesmlops"]
    if any("failed" in run for run in found["build"]):
        return found
    found |= {"catalog_mb": size_mb(out / "catalog"), "models_mb": size_mb(out / "models"), "files_mb": largest_mb(out)}
    found["names"] = measure_names(out)
    paths = work / "grown-paths"
    write_paths(out, paths)
    found |= {"first_answer": [], "idle_mb": [], "resident_mb": [], "recomendacion": [], "recomendacion_knn": []}
    for number in range(1, rounds + 1):
        with run_server("api:app", {"MOVIES_BUILD": str(out)}, first_path(paths / "recomendacion.txt")) as server:
            found["first_answer"].append(server.first_answer)
            found["idle_mb"].append(server.resident_mb)
            for endpoint in ("recomendacion", "recomendacion_knn"):
                run = server.load(paths / f"{endpoint}.txt", seconds, connections=1)
                found[endpoint].append(run)
                figures = f"p50 {run['p50_ms']:7.2f} ms  p99 {run['p99_ms']:7.2f} ms  {run['failed'] or ''}"
                log(f"{name}, api {number}/{rounds}  {endpoint:18}{figures}")
            found["resident_mb"].append(server.resident_mb)
    return found


def exponent(points: list[tuple[float, float]]) -> float | None:
    """Return the slope of a least-squares line through the points on log-log axes; None for fewer than two sizes."""
    if len({rows for rows, _ in points}) < 2:
        return None
    rows, values = zip(*points, strict=True)
    return round(linear_regression([math.log(row) for row in rows], [math.log(value) for value in values]).slope, 3)


def growth_series(sizes: list[dict]) -> dict[str, list[tuple[int, float]]]:
    """Return a series of (rows, median) for each figure that was measured at all sizes."""

    def series(values_of) -> list[tuple[int, float]]:
        values = {size["rows"]: values_of(size) for size in sizes}
        return [(rows, median(measured)) for rows, measured in values.items() if measured and min(measured) > 0]

    def runs(size: dict, key: str) -> list[float]:
        return [run[key] for run in size["etl"]["moviesmlops"] if "failed" not in run]

    def builds(size: dict, key: str) -> list[float]:
        return [run[key] for run in size["build"] if "failed" not in run]

    return {
        "etl_seconds": series(lambda size: runs(size, "seconds")),
        "etl_processor_seconds": series(lambda size: runs(size, "processor_seconds")),
        "etl_peak_mb": series(lambda size: runs(size, "peak_mb")),
        "read_csv_seconds": series(lambda size: [run["seconds"] for run in size["etl"]["read_csv"]]),
        "build_seconds": series(lambda size: builds(size, "seconds")),
        "build_processor_seconds": series(lambda size: builds(size, "processor_seconds")),
        "build_peak_mb": series(lambda size: builds(size, "peak_mb")),
        "catalog_mb": series(lambda size: [size[key] for key in ("catalog_mb",) if key in size]),
        "models_mb": series(lambda size: [size[key] for key in ("models_mb",) if key in size]),
        "first_answer_seconds": series(lambda size: size.get("first_answer", [])),
        "resident_mb": series(lambda size: size.get("resident_mb", [])),
        "recomendacion_p50_ms": series(lambda size: [run["p50_ms"] for run in size.get("recomendacion", [])]),
    }


def bench_growth(
    source: Path, digest: str, work: Path, rounds: int, seconds: int, sizes: list[int], tables: Path
) -> dict:
    rows = count_rows(source)
    tables_by_size = {size: generated_table(source, digest, size, tables) for size in sorted(sizes)}
    all_tables = {rows: source, **tables_by_size}
    measured = [bench_size(table, size, work, rounds, seconds) for size, table in all_tables.items()]
    every_title = [bench_size(tables_by_size[size], size, work, 1, seconds, titles=size) for size in sorted(sizes)[-1:]]
    series = growth_series(measured)
    exponents = {name: exponent(points) for name, points in series.items()}
    return {"sizes": measured, "every_title": every_title, "series": series, "exponents": exponents}


# the whole benchmark


def count_rows(source: Path) -> int:
    program = "import csv, sys; print(sum(1 for _ in csv.reader(open(sys.argv[1], encoding='utf-8', newline=''))) - 1)"
    return int(subprocess.run([PYTHON, "-c", program, source], check=True, capture_output=True, text=True).stdout)


def default_source() -> str:
    real = Path(os.environ.get("MOVIES_REAL_DATA", ""), "movies_metadata.csv.gz")
    return os.environ.get("MOVIES_SOURCE") or (str(real) if real.is_file() else "sample")


def write_uncompressed(source: str, work: Path) -> Path:
    """Write the source as an uncompressed .csv file, which all programs read, and return its path."""
    program = """if True:
        import sys
        from moviesmlops.sources import locate_file, read_bytes
        sys.stdout.buffer.write(read_bytes(locate_file(sys.argv[1])))
        """
    table = work / "movies_metadata.csv"
    with table.open("wb") as file:
        subprocess.run([PYTHON, "-c", program, source], check=True, stdout=file)
    return table


def processor_name() -> str:
    cpuinfo = Path("/proc/cpuinfo")
    cpuinfo_lines = cpuinfo.read_text().splitlines() if cpuinfo.exists() else []
    models = [line.partition(":")[2].strip() for line in cpuinfo_lines if line.startswith("model name")]
    return models[0] if models else platform.processor()


def version_of(package: str) -> str | None:
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return None


def machine() -> dict:
    versions = {name: version_of(name) for name in PACKAGES}
    return {
        "cores": os.cpu_count(), "processor": processor_name(), "system": platform.system(),
        "memory_gb": round(psutil.virtual_memory().total / 2**30, 1), "python": platform.python_version(),
        "packages": {name: version for name, version in versions.items() if version},
    }  # fmt: skip


def open_results(path: Path, source: dict) -> dict:
    """Return the results of an earlier run on the same machine and table, to which this run adds, or empty results."""
    fresh = {"machine": machine(), "source": source, "parts": {}}
    earlier = json.loads(path.read_text(encoding="utf-8")) if path.exists() else fresh
    same = all(earlier.get(key) == fresh[key] for key in ("machine", "source"))
    return earlier if same else fresh


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description="Compare moviesmlops with a coursework implementation and minimal baselines."
    )
    parser.add_argument("--source", default=default_source(), help="sample, kaggle, a URL, or a CSV file (.gz or .zip)")
    parser.add_argument("--only", default=",".join(PARTS), help=f"comma-separated parts (all: {','.join(PARTS)})")
    parser.add_argument("--rounds", type=int, default=7, help="number of runs of each program")
    parser.add_argument("--growth-rounds", type=int, default=3, help="number of runs at each table size")
    parser.add_argument("--seconds", type=int, default=1, help="seconds of load in each turn")
    parser.add_argument("--sizes", default="100000,300000,1000000", help="numbers of films in the generated tables")
    parser.add_argument("--tables", type=Path, default=HERE / "tables", help="folder for the generated tables")
    parser.add_argument("--out", type=Path, default=HERE / "results.json", help="file for the results")
    parser.add_argument("--markdown", action="store_true", help="measure nothing; print the table for the README")
    return parser.parse_args()


def main() -> None:
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # so that stopping the benchmark also stops the servers
    arguments = parse_arguments()
    if arguments.markdown:
        print("\n".join(format_summary(json.loads(arguments.out.read_text(encoding="utf-8")))))
        return
    os.environ.setdefault("MOVIES_MAX_BYTES", str(2**32))  # a million films exceed the default limit
    parts = arguments.only.split(",")
    unknown = set(parts) - set(PARTS)
    if unknown:
        sys.exit(f"unknown part {', '.join(sorted(unknown))}; choose from {', '.join(PARTS)}")
    if {"serve", "growth"} & set(parts) and not shutil.which("wrk"):
        sys.exit("wrk is not installed; use apt install wrk, brew install wrk, or --only etl,build,names")
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        work = Path(folder)
        table = write_uncompressed(arguments.source, work)
        with table.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        size = {"rows": count_rows(table), "bytes": table.stat().st_size}
        source = {"name": Path(arguments.source).name, "sha256": digest} | size
        cores = "server and client on one core each" if pinning_command(0) else "not pinned to cores"
        log(f"source {source['name']}: {source['rows']:,} rows; {cores}")
        results = open_results(arguments.out, source)
        sizes = [int(size) for size in arguments.sizes.split(",") if size]
        rounds, seconds, tables = arguments.rounds, arguments.seconds, arguments.tables.absolute()
        functions = {
            "etl": partial(bench_etl, table, work, rounds),
            "build": partial(bench_build, table, work, rounds),
            "names": partial(bench_names, table, work, rounds),
            "serve": partial(bench_serve, table, work, rounds, seconds),
            "start": partial(bench_start, table, work, rounds),
            "growth": partial(bench_growth, table, digest, work, arguments.growth_rounds, seconds, sizes, tables),
        }
        for part in parts:
            results["parts"][part] = {"measured": f"{datetime.now(UTC):%Y-%m-%d}"} | functions[part]()
            arguments.out.write_text(json.dumps(results, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    print("\n".join(format_table(results)))


if __name__ == "__main__":
    main()
