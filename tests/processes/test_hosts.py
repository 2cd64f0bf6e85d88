"""On a host: behind a proxy, with several workers, stopped while it works, and refused when set up wrongly."""

import os
import re
import signal
import subprocess
import threading
from contextlib import ExitStack, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import httpx2
import psutil
import pytest
import yaml

from moviesmlops.settings import Settings
from support import COMMAND, ROOT, free_port, is_answering, publish_copy, run_server, wait_until

MEGABYTE, KINDS = 2**20, ("coseno", "knn")


@contextmanager
def proxy_of(server: httpx2.URL, prefix: str, strips: bool):
    """A proxy that shows a server at a prefix, and takes the prefix from the path or leaves it there."""

    class Proxy(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if not f"{self.path}/".startswith(f"{prefix}/"):
                return self.send_error(502)
            path = self.path.removeprefix(prefix) or "/" if strips else self.path
            answer = httpx2.get(f"{str(server).rstrip('/')}{path}", headers={"Host": self.headers["Host"]}, timeout=30)
            self.send_response(answer.status_code)
            for name in ("content-type", "location", "etag", "allow"):
                if name in answer.headers:
                    self.send_header(name, answer.headers[name])
            self.end_headers()
            self.wfile.write(answer.content)

        def log_message(self, *words: object) -> None: ...

    with ThreadingHTTPServer(("127.0.0.1", 0), Proxy) as proxy:
        threading.Thread(target=proxy.serve_forever, daemon=True).start()
        with httpx2.Client(base_url=f"http://127.0.0.1:{proxy.server_port}", timeout=30) as client:
            yield client
        proxy.shutdown()


@pytest.fixture(scope="module")
def behind(sample_build, tmp_path_factory):
    """A server that is told of a proxy at /api, over a build with a site."""
    publish_copy(sample_build, name := tmp_path_factory.mktemp("behind") / "build")
    with ExitStack() as running:
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("ROOT_PATH", "/api")
            client = running.enter_context(run_server(name))
        yield client


@pytest.mark.parametrize("strips", [True, False], ids=["that takes the prefix away", "that leaves the prefix"])
def test_everything_works_behind_a_proxy(behind, strips):
    with proxy_of(behind.base_url, "/api", strips) as client:
        assert client.get("/api/peliculas_mes/enero").json()["mes"] == "enero"
        assert client.get("/api/retorno/Face%2FOff").json()["pelicula"] == "Face/Off"
        for start in ("/api", "/api/"):
            assert client.get(start).headers["location"] == "/api/eda/"
            assert client.get(start, follow_redirects=True).text.isdecimal(), "the one page of this site"
        assert client.get("/api/openapi.json").json()["servers"] == [{"url": "/api"}]
        docs = client.get("/api/docs")
        named = re.findall(r"""(?:src|href|url)\s*[=:]\s*['"]([^'"]+)""", docs.text)
        assert "/api/openapi.json" in named and len(named) >= 3
        for address in named:
            assert client.get(str(httpx2.URL("/api/docs").join(address))).status_code == 200, address


def test_the_same_server_is_asked_directly_by_its_host(behind):
    assert behind.get("/salud").json()["estado"] == "ok"
    assert behind.head("/api/salud").status_code == 200


WRONG = {
    "PORT": "99999", "WEB_CONCURRENCY": "0", "ROOT_PATH": "api/", "MOVIES_CORS": "films.example", "MOVIES_LOG": "loud",
    "MOVIES_METRICS": "perhaps", "MOVIES_MAX_ROWS": "-1", "MOVIES_MAX_SECONDS": "soon",
}  # fmt: skip


@pytest.mark.parametrize(("variable", "value"), WRONG.items())
def test_a_wrong_value_is_named_at_the_start_in_one_line(sample_build, variable, value):
    wrong = {**os.environ, variable: value}
    build = ["build", "--source", "sample", "--no-report", "--out", "/nowhere"]
    for command in (["serve", "--build", sample_build], build):
        answer = subprocess.run([COMMAND, *command], capture_output=True, text=True, env=wrong)
        assert answer.returncode == 1 and answer.stderr.count("\n") == 1
        assert variable in answer.stderr and value in answer.stderr and "give " in answer.stderr


def test_a_server_is_set_up_by_its_host(sample_build, monkeypatch, tmp_path):
    monkeypatch.setenv("MOVIES_BUILD", str(sample_build))
    monkeypatch.setenv("PORT", "0")
    out = tmp_path / "out"
    with out.open("wb") as file:
        server = subprocess.Popen([COMMAND, "serve"], stdout=file, stderr=subprocess.STDOUT)
    try:
        ports = wait_until(lambda: listening(psutil.Process(server.pid)))
        assert httpx2.get(f"http://127.0.0.1:{ports[0]}/salud").status_code == 200
    finally:
        server.terminate()
        server.wait(10)
    assert '"path":"/salud","status":200' in out.read_text(), "serve tells of each request"


def listening(process: psutil.Process) -> list[int]:
    """The ports that a process and its workers listen on."""
    try:
        places = [place for each in (process, *process.children()) for place in each.net_connections()]
        return [place.laddr.port for place in places if place.status == "LISTEN"]
    except psutil.Error:
        return []


def test_a_server_that_is_stopped_answers_the_requests_under_way(sample_build, tmp_path):
    with (tmp_path / "log").open("w") as log, run_server(sample_build, log=log) as client:
        server = psutil.Process(client.process)
        assert client.get("/retorno/Godzila").status_code == 404  # the first one loads what finds near names
        answers: list = []

        def ask() -> None:
            with httpx2.Client(base_url=client.base_url, timeout=30) as other:
                for _ in range(500):
                    try:
                        answers.append(other.get("/retorno/Godzila").status_code)
                    except httpx2.ConnectError:  # it no longer listens
                        return
                    except (httpx2.RemoteProtocolError, httpx2.ReadError):  # an idle connection was closed
                        return

        askers = [threading.Thread(target=ask) for _ in range(4)]
        for asker in askers:
            asker.start()
        wait_until(lambda: len(answers) > 10)
        server.send_signal(signal.SIGTERM)
        server.wait(20)
        for asker in askers:
            asker.join(30)
    told = [line for line in (tmp_path / "log").read_text().splitlines() if "Godzila" in line]
    assert set(answers) == {404} and len(told) == 1 + len(answers)  # what it took, it answered


def test_a_hang_up_cuts_no_connection(sample_build):
    port = free_port()
    command = [COMMAND, "serve", "--build", str(sample_build), "--port", str(port)]
    server = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    try:
        with httpx2.Client(base_url=f"http://127.0.0.1:{port}", timeout=10) as client:
            wait_until(lambda: is_answering(client, server))
            workers = {child.pid for child in psutil.Process(server.pid).children()}
            for pid in (server.pid, *workers):
                os.kill(pid, signal.SIGHUP)
                assert all(client.get("/retorno/Godzila").status_code == 404 for _ in range(50))
            assert {child.pid for child in psutil.Process(server.pid).children()} == workers
    finally:
        server.terminate()
        server.wait(10)


def test_what_compose_starts_may_write_nothing():
    services = yaml.safe_load((ROOT / "compose.yaml").read_text())["services"]
    stages = re.findall(r"^FROM .+ AS (\w+)$", (ROOT / "Dockerfile").read_text(), re.MULTILINE)
    assert services["api"]["read_only"] and services["api"]["cap_drop"] == ["ALL"]
    assert services["api"]["volumes"] == services["build"]["volumes"], "the job writes where the server reads"
    assert {services[name]["build"]["target"] for name in services} <= set(stages)


def test_the_host_files_name_only_variables_that_exist():
    known = {field.alias for field in Settings.model_fields.values()}
    render = yaml.safe_load((ROOT / "render.yaml").read_text())
    (service,) = render["services"]
    assert service["plan"] == "free" and service["healthCheckPath"] == "/listo"
    assert {variable["key"] for variable in service["envVars"]} <= known | {"PYTHON_VERSION"}
