"""How fast is it, beside the course-work way and beside doing nothing at all: python bench/run.py, or make bench

Every contender runs as a process of its own, in short turns whose order changes, so that a busy minute of the machine
strikes all of them, and each figure is compared with the one taken beside it. Servers and their client keep to a core
each; builds have both. Times
are by the clock, peak memory is what the operating system says of a process that ended. Writes `results.json`, prints
a table. Nothing large is imported here: a child's peak memory begins with what its parent held.
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
from pathlib import Path
from statistics import linear_regression, median
from urllib.parse import unquote

import psutil

from bounds import lines, summary

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
PYTHON, OURS = sys.executable, str(Path(sys.executable).with_name("moviesmlops"))
PARTS = ("etl", "build", "names", "serve", "start", "growth")
QUESTIONS = ("peliculas_mes", "peliculas_dia", "franquicia", "peliculas_pais", "productoras", "retorno")
ENDPOINTS = (*QUESTIONS, "recomendacion", "recomendacion_knn")
PACKAGES = ("pandas", "pyarrow", "numpy", "scipy", "scikit-learn", "fastapi", "uvicorn", "uvloop", "httptools")
HEAVY = ("pandas", "pyarrow", "scipy", "sklearn", "fastapi", "uvicorn", "altair", "papermill", "nbformat", "dask")
CONNECTIONS = 16
TURNS = 3  # of each endpoint and contender while the servers stand
PAUSE = 16  # milliseconds between the requests of a connection, where latency is compared at one and the same rate
MEGABYTE = 1024 * 1024


def say(text: str) -> None:
    print(f"{datetime.now():%H:%M:%S}  {text}", file=sys.stderr, flush=True)


# one process


def measure(command: list, limit: float = 3600) -> dict:
    """Run a command to its end: seconds, processor seconds, peak memory."""
    with tempfile.TemporaryFile() as errors:
        start = time.perf_counter()
        process = subprocess.Popen([str(word) for word in command], stdout=subprocess.DEVNULL, stderr=errors, cwd=ROOT)
        stop = threading.Timer(limit, process.kill)
        stop.start()
        try:
            _, status, usage = os.wait4(process.pid, 0)
        except KeyboardInterrupt:
            process.kill()
            raise
        finally:
            stop.cancel()
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
            last = (errors.read().decode(errors="replace").strip().splitlines() or ["no message"])[-1]
            measured["failed"] = f"after {limit:.0f} s" if seconds >= limit else f"exit {process.returncode}: {last}"
        return measured


def there_and_back(contenders: dict, number: int) -> list:
    """In every second turn the last one is the first."""
    return list(contenders.items())[:: 1 if number % 2 else -1]


def in_turns(
    part: str, commands: dict[str, list], rounds: int, out: Path, may_fail: bool = False
) -> dict[str, list[dict]]:
    """Each contender once a round, in changing order; the folder of `out` is emptied before every run."""
    runs: dict[str, list[dict]] = {contender: [] for contender in commands}
    for number in range(1, rounds + 1):
        for contender, command in there_and_back(commands, number):
            shutil.rmtree(out.parent, ignore_errors=True)
            out.parent.mkdir()
            runs[contender].append(run := measure(command))
            times = f"{run['seconds']:8.2f} s  {run['processor_seconds']:8.2f} s of processor"
            figures = f"{times}  {run['peak_mb']:7.0f} MB  {run.get('failed', '')}"
            say(f"{part} {number}/{rounds}  {contender:22}{figures}")
            if "failed" in run and not may_fail:
                sys.exit(f"{contender} failed, so there is nothing to compare: {run['failed']}")
    return runs


# a server, and a client that is faster than it


def pinned(core: int) -> list[str]:
    """Server and client each keep to a core, where there are two and the system can do it."""
    return ["taskset", "-c", str(core)] if shutil.which("taskset") and (os.cpu_count() or 1) > 1 else []


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


class Server:
    """One of the three applications, each served by the same uvicorn with the same settings; or our own command."""

    def __init__(self, app: str, variables: dict[str, str]):
        self.port, self.started = free_port(), time.perf_counter()
        uvicorn = [PYTHON, "-m", "uvicorn", app, "--log-level", "warning"]
        command = [*pinned(0), *([OURS, "serve"] if app == OURS else uvicorn), "--port", str(self.port)]
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
        """What wrk has to say after so many seconds."""
        how = ["-t1", f"-c{connections}", f"-d{seconds}s", "--timeout", "30s", "-s", str(HERE / "paths.lua")]
        what = [f"http://127.0.0.1:{self.port}", "--", str(paths), *([] if pause is None else [str(pause)])]
        before = self.processor_seconds
        command = [*pinned(1), "wrk", *how, *what]
        printed = subprocess.run(command, check=True, capture_output=True, text=True).stdout
        told = json.loads(printed.splitlines()[-1])
        used = (self.processor_seconds - before) / max(told["requests"], 1)
        self.rest()
        return told | {"processor_ms": round(used * 1000, 4)}

    def rest(self, limit: float = 60) -> None:
        """Wait until the server has worked off what its clients no longer wait for: the next turn is another's."""
        for _ in range(int(limit / 0.1)):
            before = self.processor_seconds
            time.sleep(0.1)
            if self.processor_seconds - before < 0.02:
                return

    @property
    def processor_seconds(self) -> float:
        """What the server has worked so far; unlike the clock it does not run while others work."""
        times = psutil.Process(self.process.pid).cpu_times()
        return times.user + times.system

    @property
    def resident_mb(self) -> float:
        return round(psutil.Process(self.process.pid).memory_info().rss / MEGABYTE, 1)

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(30)


@contextmanager
def serving(app: str, variables: dict[str, str], first: str):
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


# the parts


def bench_etl(source: Path, work: Path, rounds: int) -> dict:
    out = work / "etl" / "out"
    return in_turns("etl", {
        "moviesmlops": [OURS, "etl", "--source", source, "--out", out],
        "course": [PYTHON, HERE / "course.py", "etl", source, out],
        "course_csv": [PYTHON, HERE / "course.py", "csv", source, out],
        "read_csv": [PYTHON, HERE / "bare.py", source],
    }, rounds, out)  # fmt: skip


def bench_build(source: Path, work: Path, rounds: int) -> dict:
    out = work / "models" / "out"
    return in_turns("build", {
        "moviesmlops": [OURS, "build", "--no-report", "--source", source, "--out", out],
        "course": [PYTHON, HERE / "course.py", "build", source, out],
    }, rounds, out)  # fmt: skip


def need_builds(source: Path, work: Path, course: bool) -> None:
    """What servers serve."""
    if not (work / "ours").exists():
        say("building what is to be served …")
        subprocess.run([OURS, "build", "--no-report", "--source", source, "--out", work / "ours"], check=True, cwd=ROOT)
    if course and not (work / "course").exists():
        subprocess.run([PYTHON, HERE / "course.py", "build", source, work / "course"], check=True)


def bench_serve(source: Path, work: Path, rounds: int, seconds: int) -> dict:
    need_builds(source, work, course=True)
    write_paths(work / "ours", paths := work / "paths", work / "course")
    variables, first = {"MOVIES_BUILD": str(work / "ours")}, first_path(paths / "recomendacion.txt")
    servers = {
        "moviesmlops": ("api:app", variables, first),
        "bare": ("bare:app", {}, "/constante"),
        "course": ("course:app", {"COURSE": str(work / "course")}, "/peliculas_mes/enero"),
    }
    load = {endpoint: {contender: [] for contender in servers} for endpoint in ENDPOINTS}
    found = {"endpoints": load, "first_answer": {}, "idle_mb": {}, "resident_mb": {}, "pinned": bool(pinned(0))}
    for number in range(1, rounds + 1):
        with ExitStack() as running:
            started = {contender: running.enter_context(serving(*how)) for contender, how in servers.items()}
            note(found["first_answer"], {contender: server.first_answer for contender, server in started.items()})
            note(found["idle_mb"], {contender: server.resident_mb for contender, server in started.items()})
            for endpoint in ENDPOINTS:
                for turn in range(1, TURNS + 1):
                    for contender, server in there_and_back(started, turn):
                        if run := one_load(server, contender, endpoint, paths, seconds):
                            load[endpoint][contender].append(run)
                            rate = f"{run['per_second']:8.0f}/s  {run['processor_ms']:8.3f} ms of processor each"
                            latency = f"p99 {run.get('steady', run)['p99_ms']:7.2f} ms  {run['failed'] or ''}"
                            say(f"serve {number}/{rounds}  {endpoint:18}{contender:12}{rate}  {latency}")
            note(found["resident_mb"], {contender: server.resident_mb for contender, server in started.items()})
        with serving(OURS, variables, first) as server:
            note(found["first_answer"], {"moviesmlops serve": server.first_answer})
    return found


def find_names(build: Path, scanned: int = 0) -> dict:
    """How well and how fast mistyped names are found in a build."""
    command = [PYTHON, HERE / "names.py", build, str(scanned)]
    return json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def bench_names(source: Path, work: Path, rounds: int) -> dict:
    need_builds(source, work, course=False)
    runs = []
    for number in range(1, rounds + 1):
        runs.append(run := find_names(work / "ours", scanned=40))
        found = f"{run['first']:.1%} first, {run['five']:.1%} in the first five"
        say(f"names {number}/{rounds}  {found}  p50 {run['p50_ms']:.2f} ms  worst {run['worst_ms']:.2f} ms")
    return {"runs": runs}


def note(series: dict[str, list], values: dict[str, float]) -> None:
    """Add the figures of a round."""
    for contender, value in values.items():
        series.setdefault(contender, []).append(value)


def one_load(server: Server, contender: str, endpoint: str, paths: Path, seconds: int) -> dict | None:
    """As much as it can do, then latency at one and the same rate, which the course's way cannot keep."""
    if contender == "course":
        file = paths / f"{endpoint}{'_course' if endpoint == 'recomendacion' else ''}.txt"
        return None if endpoint == "recomendacion_knn" else server.load(file, seconds)
    file = paths / f"{'constante' if contender == 'bare' else endpoint}.txt"
    run = server.load(file, seconds)
    return run | {"steady": server.load(file, seconds, pause=PAUSE)}


def imports_of(command: list) -> dict[str, float]:
    """Packages that a command imports, and the milliseconds each took with all it brought."""
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
    need_builds(source, work, course=False)
    write_paths(work / "ours", paths := work / "paths")
    title = unquote(first_path(paths / "recomendacion.txt").removeprefix("/recomendacion/"))
    commands = {
        "--help": [OURS, "--help"],
        "recommend": [OURS, "recommend", "--build", work / "ours", "--", title],
        "recommend --model knn": [OURS, "recommend", "--model", "knn", "--build", work / "ours", "--", title],
    }
    runs = in_turns("start", commands | {"python": [PYTHON, "-c", "pass"]}, rounds, work / "nothing" / "out")
    found = {"python": {"runs": runs["python"]}}
    for name, command in commands.items():
        imports = imports_of(command)
        heavy = {package: imports[package] for package in HEAVY if package in imports}
        largest = dict(sorted(imports.items(), key=lambda pair: -pair[1])[:12])
        found[name] = {"runs": runs[name], "heavy": heavy, "largest_ms": largest}
        say(f"start  {name}: imports {', '.join(heavy) or 'nothing heavy'}")
    return found


# growth


def table_of(source: Path, digest: str, rows: int, folder: Path) -> Path:
    """A grown table, made once."""
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
    """ETL, models and API over one table."""
    out, name = work / "grown" / "out", f"growth {rows:,}" + (f", {titles:,} titles" if titles else "")
    many = ["--titles", titles] if titles else []
    etl = {"moviesmlops": [OURS, "etl", "--source", table, "--out", out], "read_csv": [PYTHON, HERE / "bare.py", table]}
    build = {"moviesmlops": [OURS, "build", "--no-report", "--source", table, "--out", out, *many]}
    found = {"rows": rows, "titles": titles, "source_mb": round(table.stat().st_size / MEGABYTE, 1)}
    if not titles:
        found["etl"] = in_turns(f"{name}, etl", etl, rounds, out, may_fail=True)
    found["build"] = in_turns(f"{name}, build", build, rounds, out, may_fail=True)["moviesmlops"]
    if any("failed" in run for run in found["build"]):
        return found
    found |= {"catalog_mb": size_mb(out / "catalog"), "models_mb": size_mb(out / "models"), "files_mb": largest_mb(out)}
    found["names"] = find_names(out)
    write_paths(out, paths := work / "grown-paths")
    found |= {"first_answer": [], "idle_mb": [], "resident_mb": [], "recomendacion": [], "recomendacion_knn": []}
    for number in range(1, rounds + 1):
        with serving("api:app", {"MOVIES_BUILD": str(out)}, first_path(paths / "recomendacion.txt")) as server:
            found["first_answer"].append(server.first_answer)
            found["idle_mb"].append(server.resident_mb)
            for endpoint in ("recomendacion", "recomendacion_knn"):
                found[endpoint].append(run := server.load(paths / f"{endpoint}.txt", seconds, connections=1))
                figures = f"p50 {run['p50_ms']:7.2f} ms  p99 {run['p99_ms']:7.2f} ms  {run['failed'] or ''}"
                say(f"{name}, api {number}/{rounds}  {endpoint:18}{figures}")
            found["resident_mb"].append(server.resident_mb)
    return found


def exponent(points: list[tuple[float, float]]) -> float | None:
    """The slope of the straight line through the points, by least squares, both axes logarithmic."""
    if len({rows for rows, _ in points}) < 2:
        return None
    rows, values = zip(*points, strict=True)
    return round(linear_regression([math.log(row) for row in rows], [math.log(value) for value in values]).slope, 3)


def growth_series(sizes: list[dict]) -> dict[str, list[tuple[int, float]]]:
    """What is followed over the sizes, as (rows, median)."""

    def follow(pick) -> list[tuple[int, float]]:
        return [(size["rows"], median(values)) for size in sizes if (values := pick(size)) and min(values) > 0]

    def runs(size: dict, key: str) -> list[float]:
        return [run[key] for run in size["etl"]["moviesmlops"] if "failed" not in run]

    def builds(size: dict, key: str) -> list[float]:
        return [run[key] for run in size["build"] if "failed" not in run]

    return {
        "etl_seconds": follow(lambda size: runs(size, "seconds")),
        "etl_processor_seconds": follow(lambda size: runs(size, "processor_seconds")),
        "etl_peak_mb": follow(lambda size: runs(size, "peak_mb")),
        "read_csv_seconds": follow(lambda size: [run["seconds"] for run in size["etl"]["read_csv"]]),
        "build_seconds": follow(lambda size: builds(size, "seconds")),
        "build_processor_seconds": follow(lambda size: builds(size, "processor_seconds")),
        "build_peak_mb": follow(lambda size: builds(size, "peak_mb")),
        "catalog_mb": follow(lambda size: [size[key] for key in ("catalog_mb",) if key in size]),
        "models_mb": follow(lambda size: [size[key] for key in ("models_mb",) if key in size]),
        "first_answer_seconds": follow(lambda size: size.get("first_answer", [])),
        "resident_mb": follow(lambda size: size.get("resident_mb", [])),
        "recomendacion_p50_ms": follow(lambda size: [run["p50_ms"] for run in size.get("recomendacion", [])]),
    }


def bench_growth(
    source: Path, digest: str, work: Path, rounds: int, seconds: int, sizes: list[int], tables: Path
) -> dict:
    rows = count_rows(source)
    grown = {size: table_of(source, digest, size, tables) for size in sorted(sizes)}
    found = [bench_size(table, size, work, rounds, seconds) for size, table in {rows: source, **grown}.items()]
    whole = [bench_size(grown[size], size, work, 1, seconds, titles=size) for size in sorted(sizes)[-1:]]
    series = growth_series(found)
    exponents = {name: exponent(points) for name, points in series.items()}
    return {"sizes": found, "every_title": whole, "series": series, "exponents": exponents}


# all of it


def count_rows(source: Path) -> int:
    program = "import csv, sys; print(sum(1 for _ in csv.reader(open(sys.argv[1], encoding='utf-8', newline=''))) - 1)"
    return int(subprocess.run([PYTHON, "-c", program, source], check=True, capture_output=True, text=True).stdout)


def default_source() -> str:
    real = Path(os.environ.get("MOVIES_REAL_DATA", ""), "movies_metadata.csv.gz")
    return os.environ.get("MOVIES_SOURCE") or (str(real) if real.is_file() else "sample")


def unpack(source: str, work: Path) -> Path:
    """The source as a .csv of its own, which all contenders read."""
    program = """if True:
        import sys
        from moviesmlops.sources import locate, read_bytes
        sys.stdout.buffer.write(read_bytes(locate(sys.argv[1])))
        """
    table = work / "movies_metadata.csv"
    with table.open("wb") as file:
        subprocess.run([PYTHON, "-c", program, source], check=True, stdout=file)
    return table


def processor() -> str:
    information = Path("/proc/cpuinfo")
    known = information.read_text().splitlines() if information.exists() else []
    models = [line.partition(":")[2].strip() for line in known if line.startswith("model name")]
    return models[0] if models else platform.processor()


def version_of(package: str) -> str | None:
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return None


def machine() -> dict:
    return {
        "cores": os.cpu_count(), "processor": processor(), "system": platform.system(),
        "memory_gb": round(psutil.virtual_memory().total / 2**30, 1), "python": platform.python_version(),
        "packages": {name: version for name in PACKAGES if (version := version_of(name))},
    }  # fmt: skip


def open_results(path: Path, source: dict) -> dict:
    """The parts that an earlier run measured on the same machine and table, to which this one adds."""
    fresh = {"machine": machine(), "source": source, "parts": {}}
    earlier = json.loads(path.read_text(encoding="utf-8")) if path.exists() else fresh
    same = all(earlier.get(key) == fresh[key] for key in ("machine", "source"))
    return earlier if same else fresh


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Measure moviesmlops beside the course-work way and the limits.")
    parser.add_argument("--source", default=default_source(), help="sample, kaggle, a URL, a .csv, .csv.gz or .zip")
    parser.add_argument("--only", default=",".join(PARTS), help=f"some of {','.join(PARTS)}")
    parser.add_argument("--rounds", type=int, default=7, help="runs of each contender")
    parser.add_argument("--growth-rounds", type=int, default=3, help="runs at each size")
    parser.add_argument("--seconds", type=int, default=1, help="of load in each turn")
    parser.add_argument("--sizes", default="100000,300000,1000000", help="films of the tables that are grown")
    parser.add_argument("--tables", type=Path, default=HERE / "tables", help="where grown tables are kept")
    parser.add_argument("--out", type=Path, default=HERE / "results.json", help="where to write")
    parser.add_argument("--markdown", action="store_true", help="measure nothing, print the table for the README")
    return parser.parse_args()


def main() -> None:
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # whoever stops it leaves no server running
    asked = parse_arguments()
    if asked.markdown:
        print("\n".join(summary(json.loads(asked.out.read_text(encoding="utf-8")))))
        return
    os.environ.setdefault("MOVIES_MAX_BYTES", str(2**32))  # a million films are more than is taken unasked
    parts = asked.only.split(",")
    if unknown := set(parts) - set(PARTS):
        sys.exit(f"no part {', '.join(sorted(unknown))}; there are {', '.join(PARTS)}")
    if {"serve", "growth"} & set(parts) and not shutil.which("wrk"):
        sys.exit("no wrk here to load the servers with; apt install wrk, brew install wrk, or --only etl,build,names")
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        work = Path(folder)
        table = unpack(asked.source, work)
        with table.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        size = {"rows": count_rows(table), "bytes": table.stat().st_size}
        source = {"name": Path(asked.source).name, "sha256": digest} | size
        cores = "server and client on a core each" if pinned(0) else "no cores pinned"
        say(f"source {source['name']}: {source['rows']:,} rows; {cores}")
        results = open_results(asked.out, source)
        sizes = [int(size) for size in asked.sizes.split(",") if size]
        run = {
            "etl": lambda: bench_etl(table, work, asked.rounds),
            "build": lambda: bench_build(table, work, asked.rounds),
            "names": lambda: bench_names(table, work, asked.rounds),
            "serve": lambda: bench_serve(table, work, asked.rounds, asked.seconds),
            "start": lambda: bench_start(table, work, asked.rounds),
            "growth": lambda: bench_growth(
                table, digest, work, asked.growth_rounds, asked.seconds, sizes, asked.tables.absolute()
            ),
        }
        for part in parts:
            results["parts"][part] = {"measured": f"{datetime.now(UTC):%Y-%m-%d}"} | run[part]()
            asked.out.write_text(json.dumps(results, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    print("\n".join(lines(results)))


if __name__ == "__main__":
    main()
