"""Deployment: behind a proxy, with invalid settings, while requests are in progress, and in a container."""

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


@contextmanager
def run_proxy(server: httpx2.URL, prefix: str, strips: bool):
    """Run a proxy that serves a server under a prefix, and strips the prefix from the path or not."""

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
def proxied(sample_build, tmp_path_factory):
    """A server with ROOT_PATH=/api and a build with a site."""
    name = tmp_path_factory.mktemp("proxied") / "build"
    publish_copy(sample_build, name)
    with ExitStack() as stack:
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("ROOT_PATH", "/api")
            client = stack.enter_context(run_server(name))
        yield client


@pytest.mark.parametrize("strips", [True, False], ids=["strips the prefix", "keeps the prefix"])
def test_everything_works_behind_a_proxy(proxied, strips):
    with run_proxy(proxied.base_url, "/api", strips) as client:
        assert client.get("/api/peliculas_mes/enero").json()["mes"] == "enero"
        assert client.get("/api/retorno/Face%2FOff").json()["pelicula"] == "Face/Off"
        for start in ("/api", "/api/"):
            assert client.get(start).headers["location"] == "/api/eda/"
            assert client.get(start, follow_redirects=True).text.isdecimal(), "the one page of this site"
        assert client.get("/api/openapi.json").json()["servers"] == [{"url": "/api"}]
        docs = client.get("/api/docs")
        addresses = re.findall(r"""(?:src|href|url)\s*[=:]\s*['"]([^'"]+)""", docs.text)
        assert "/api/openapi.json" in addresses and len(addresses) >= 3
        for address in addresses:
            assert client.get(str(httpx2.URL("/api/docs").join(address))).status_code == 200, address


def test_the_same_server_also_answers_without_the_prefix(proxied):
    assert proxied.get("/salud").json()["estado"] == "ok"
    assert proxied.head("/api/salud").status_code == 200


INVALID_SETTINGS = {
    "PORT": "99999", "WEB_CONCURRENCY": "0", "ROOT_PATH": "api/", "MOVIES_CORS": "films.example", "MOVIES_LOG": "loud",
    "MOVIES_METRICS": "perhaps", "MOVIES_MAX_ROWS": "-1", "MOVIES_MAX_SECONDS": "soon",
}  # fmt: skip


@pytest.mark.parametrize(("variable", "value"), INVALID_SETTINGS.items())
def test_an_invalid_setting_is_reported_at_the_start_in_one_line(sample_build, variable, value):
    environment = {**os.environ, variable: value}
    build = ["build", "--source", "sample", "--no-report", "--out", "/nowhere"]
    for command in (["serve", "--build", sample_build], build):
        result = subprocess.run([COMMAND, *command], capture_output=True, text=True, env=environment)
        assert result.returncode == 1 and result.stderr.count("\n") == 1
        assert variable in result.stderr and value in result.stderr and "expected " in result.stderr


def test_a_server_reads_its_settings_from_the_environment(sample_build, monkeypatch, tmp_path):
    monkeypatch.setenv("MOVIES_BUILD", str(sample_build))
    monkeypatch.setenv("PORT", "0")
    out = tmp_path / "out"
    with out.open("wb") as file:
        server = subprocess.Popen([COMMAND, "serve"], stdout=file, stderr=subprocess.STDOUT)
    try:
        ports = wait_until(lambda: listening_ports(psutil.Process(server.pid)))
        assert httpx2.get(f"http://127.0.0.1:{ports[0]}/salud").status_code == 200
    finally:
        server.terminate()
        server.wait(10)
    assert '"path":"/salud","status":200' in out.read_text(), "serve logs each request"


def listening_ports(process: psutil.Process) -> list[int]:
    """The ports that a process and its workers listen on."""
    try:
        processes = [process, *process.children()]
        connections = [connection for each in processes for connection in each.net_connections()]
        return [connection.laddr.port for connection in connections if connection.status == "LISTEN"]
    except psutil.Error:
        return []


def test_a_server_that_is_stopped_finishes_the_requests_in_progress(sample_build, tmp_path):
    with (tmp_path / "log").open("w") as log, run_server(sample_build, log=log) as client:
        server = psutil.Process(client.process)
        assert client.get("/retorno/Godzila").status_code == 404  # the first one loads the index of names
        statuses: list = []

        def send_requests() -> None:
            with httpx2.Client(base_url=client.base_url, timeout=30) as other:
                for _ in range(500):
                    try:
                        statuses.append(other.get("/retorno/Godzila").status_code)
                    except httpx2.ConnectError:  # the server no longer listens
                        return
                    except (httpx2.RemoteProtocolError, httpx2.ReadError):  # an idle connection was closed
                        return

        threads = [threading.Thread(target=send_requests) for _ in range(4)]
        for thread in threads:
            thread.start()
        wait_until(lambda: len(statuses) > 10)
        server.send_signal(signal.SIGTERM)
        server.wait(20)
        for thread in threads:
            thread.join(30)
    logged = [line for line in (tmp_path / "log").read_text().splitlines() if "Godzila" in line]
    assert set(statuses) == {404} and len(logged) == 1 + len(statuses), "every request that was accepted got its answer"


def test_a_hang_up_closes_no_connection(sample_build):
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


def test_the_service_of_compose_is_read_only():
    services = yaml.safe_load((ROOT / "compose.yaml").read_text())["services"]
    stages = re.findall(r"^FROM .+ AS (\w+)$", (ROOT / "Dockerfile").read_text(), re.MULTILINE)
    assert services["api"]["read_only"] and services["api"]["cap_drop"] == ["ALL"]
    assert services["api"]["volumes"] == services["build"]["volumes"], "the volume is shared"
    assert {services[name]["build"]["target"] for name in services} <= set(stages)


def test_render_yaml_sets_only_variables_that_exist():
    known = {field.alias for field in Settings.model_fields.values()}
    render = yaml.safe_load((ROOT / "render.yaml").read_text())
    (service,) = render["services"]
    assert service["plan"] == "free" and service["healthCheckPath"] == "/listo"
    assert {variable["key"] for variable in service["envVars"]} <= known | {"PYTHON_VERSION"}
