"""Shared helpers: the API in this process, and servers and commands started as a user would."""

import importlib.util
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import IO, Any, NamedTuple
from urllib.parse import quote, unquote

import httpx2
import pytest
from starlette.testclient import TestClient

from moviesmlops import cli
from moviesmlops.builds import file_digests, publish_build, verify_build, write_manifest

ROOT = Path(__file__).parent.parent
COMMAND = str(Path(sys.executable).with_name("moviesmlops"))
REAL_DATA = os.environ.get("MOVIES_REAL_DATA", "")
RECORDED = json.loads((ROOT / "bench" / "evaluation.json").read_text(encoding="utf-8"))
REAL = pytest.param("real", marks=pytest.mark.real)  # pytest parameter, used with "sample"


def load_api() -> Any:
    """Load `api.py` as a new module, so that its application shares no state with others."""
    spec = importlib.util.spec_from_file_location("api_under_test", ROOT / "api.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def decode_path_once(app: Any) -> Any:
    """Wrap an application so that it gets the path as from a server; TestClient decodes `%252F` twice."""

    async def app_with_decoded_path(scope: dict, receive: Any, send: Any) -> None:
        if scope["type"] == "http":
            scope["path"] = unquote(scope["raw_path"].decode("ascii"))
        await app(scope, receive, send)

    return app_with_decoded_path


@contextmanager
def api_client(build: Path, headers: dict | None = None, **variables: str) -> Iterator[TestClient]:
    """A client of the API in this process, started with these environment variables; `client.api` is the app."""
    api = load_api().app
    with ExitStack() as stack:
        with pytest.MonkeyPatch.context() as patch:
            for name, value in {"MOVIES_BUILD": str(build), **variables}.items():
                patch.setenv(name, value)
            client = TestClient(decode_path_once(api), follow_redirects=False, headers=headers)
            client.api = api
            stack.enter_context(client)
        yield client


def get_all(client: TestClient, paths: list[str]) -> list[httpx2.Response]:
    """Send many requests in the event loop of the application, five times as fast as with the client."""

    async def send_all() -> list[httpx2.Response]:
        transport = httpx2.ASGITransport(app=client.api)
        async with httpx2.AsyncClient(transport=transport, base_url="http://testserver") as async_client:
            return [await async_client.get(path) for path in paths]

    return client.portal.call(send_all)


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


def wait_until(condition: Callable[[], Any], seconds: float = 30) -> Any:
    """Wait for a condition and return its value; fails if it is not true within the time."""
    end = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        assert time.monotonic() < end, f"not true within {seconds} seconds"
        time.sleep(0.02)


@contextmanager
def run_server(
    build: Path, program: str = COMMAND, folder: Path | None = None, log: int | IO = subprocess.DEVNULL,
    errors: int | IO | None = None,
):  # fmt: skip
    """Start a server on a build, as a user would, and return a client of it."""
    port = free_port()
    command = [program, "serve", "--build", str(build), "--port", str(port)]
    server = subprocess.Popen(command, stdout=log, stderr=errors, cwd=folder)
    try:
        with httpx2.Client(base_url=f"http://127.0.0.1:{port}", timeout=30) as client:
            wait_until(lambda: is_answering(client, server))
            client.process, client.server = server.pid, server
            yield client
    finally:
        server.terminate()
        server.wait(10)


def is_answering(client: httpx2.Client, server: subprocess.Popen) -> bool:
    """Whether a server answers; fails at once if it has stopped."""
    assert server.poll() is None, "the server stopped; its message is above"
    try:
        return bool(client.get("/salud"))
    except httpx2.ConnectError:
        return False


def run_command(*words: object, **environment: str) -> subprocess.CompletedProcess:
    """Run the command in a new process, without the caller's MOVIES_ variables."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("MOVIES_")}
    command = [COMMAND, *map(str, words)]
    return subprocess.run(command, capture_output=True, text=True, env=inherited | environment, timeout=120)


class CommandResult(NamedTuple):
    code: int
    message: str  # on standard error, without progress


def call_command(*words: object) -> CommandResult:
    """Run the command in this process, until it would exit."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "argv", ["moviesmlops", *map(str, words)])
        patch.setattr(sys, "unraisablehook", sys.unraisablehook)
        patch.setattr(signal, "signal", lambda *_: None)
        patch.setattr(cli.gc, "freeze", lambda: None)
        with pytest.raises(SystemExit) as raised:
            cli.main()
    code = raised.value.code
    return CommandResult(1, code) if isinstance(code, str) else CommandResult(code or 0, "")


def film_count(build: Path) -> int:
    """The number of films in a build."""
    return verify_build(build)["counts"]["films"]


def publish_copy(build: Path, name: Path, keep: int = 1) -> None:
    """Publish a copy of a build, with a one-page site that shows the number of films."""
    with publish_build(name, keep) as work:
        for part in ("catalog", "models"):
            shutil.copytree(build / part, work / part)
        (work / "site").mkdir()
        (work / "site" / "index.html").write_text(str(film_count(build)))
        write_manifest(work, "films.csv", {})


def model_and_catalog_digests(build: Path) -> dict[str, str]:
    """Digests of the files that must not depend on how or when a build was made."""
    return {name: digest for name, digest in file_digests(build).items() if name.startswith(("catalog/", "models/"))}


THREE_MODELS = pytest.mark.parametrize("model", ["coseno", "knn", "ampliado"])


def recommend(client: httpx2.Client, title: str, **query: object) -> httpx2.Response:
    return client.get(f"/recomendacion/{quote(title, safe='')}", params=query)


def assert_same_recommendations(one: list[dict], other: list[dict]) -> None:
    """The same films with the same reasons, in the same order; a search may differ from a stored list by rounding."""
    assert [film["id"] for film in one] == [film["id"] for film in other]
    assert [film["similitud"] for film in one] == pytest.approx([film["similitud"] for film in other], abs=1e-6)
    for film, same in zip(one, other, strict=True):
        parts, same_parts = ({(each["tipo"], each["valor"]): each["parte"] for each in found["motivos"]}
                             for found in (film, same))  # fmt: skip
        assert parts == pytest.approx(same_parts, abs=1e-6)
