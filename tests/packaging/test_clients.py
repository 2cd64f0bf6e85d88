"""What the API says of itself: it passes a strict linter, its examples are true, and programs write clients of it."""

import importlib
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest


NPM = {"@redocly/cli": "2.77.0", "openapi-typescript": "7.13.0", "openapi-fetch": "0.17.0", "typescript": "5.9.3"}


@pytest.fixture(scope="module")
def description(server) -> dict:
    return server.get("/openapi.json").json()


@pytest.fixture(scope="module")
def written(description, tmp_path_factory) -> Path:
    path = tmp_path_factory.mktemp("described") / "openapi.json"
    path.write_text(json.dumps(description), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def node(tmp_path_factory) -> Path:
    """A folder with the programs of NPM in it."""
    if not shutil.which("npm"):
        pytest.skip("needs npm")
    folder = tmp_path_factory.mktemp("node")
    packages = [f"{name}@{version}" for name, version in NPM.items()]
    install = ["npm", "install", "--no-fund", "--no-audit", "--silent", *packages]
    if subprocess.run(install, cwd=folder).returncode:
        pytest.skip("needs the package registry")
    return folder


def run(node: Path, program: str, *words: object) -> None:
    command = [node / "node_modules" / ".bin" / program, *words]
    answer = subprocess.run(command, cwd=node, capture_output=True, text=True)
    assert answer.returncode == 0, answer.stdout + answer.stderr


def test_the_description_passes_a_strict_linter(node, written):
    run(node, "redocly", "lint", written, "--extends=recommended-strict")


@pytest.fixture(scope="module")
def python_client(written, monkeypatch_module, tmp_path_factory):
    folder = tmp_path_factory.mktemp("python")
    (folder / "config.yml").write_text("post_hooks: []")
    generator = str(Path(sys.executable).with_name("openapi-python-client"))
    where = ["--path", written, "--output-path", folder / "movies_client", "--config", folder / "config.yml"]
    answer = subprocess.run([generator, "generate", *where, "--meta", "none"], capture_output=True, text=True)
    assert answer.returncode == 0 and "warning" not in answer.stdout.lower(), answer.stdout + answer.stderr
    monkeypatch_module.syspath_prepend(folder)
    return folder


@pytest.fixture(scope="module")
def monkeypatch_module():
    with pytest.MonkeyPatch.context() as patch:
        yield patch


def test_a_python_client_is_made_of_it_and_asks(python_client, server, description):
    made = importlib.import_module("movies_client")
    problem = importlib.import_module("movies_client.models").Problema
    mine = made.Client(base_url=str(server.base_url))

    def call(section: str, name: str, *words: object, **given: object) -> object:
        return importlib.import_module(f"movies_client.api.{section}.{name}").sync(*words, client=mine, **given)

    assert call("preguntas", "peliculas_mes", "enero").to_dict() == server.get("/peliculas_mes/enero").json()
    assert call("preguntas", "retorno", "Face/Off").pelicula == "Face/Off"
    assert call("nombres", "titulos", q="toy")[0].titulo.startswith("Toy")
    found = call("recomendaciones", "recomendacion", "Toy Story", n=3)
    assert len(found.detalle) == 3 and found.detalle[0].motivos
    unknown = call("preguntas", "retorno", "Godzila")
    assert isinstance(unknown, problem) and unknown.status == 404 and unknown.sugerencias[0] == "Godzilla"
    assert isinstance(call("nombres", "titulos", max_=99), problem)
    made_of = {path.stem for path in python_client.glob("movies_client/api/*/*.py")} - {"__init__"}
    assert made_of == {operations["get"]["operationId"] for operations in description["paths"].values()}


ASK = """
import createClient from "openapi-fetch";
import type { paths, components } from "./api.js";

const client = createClient<paths>({ baseUrl: process.argv[2] });
const asked = { path: { pelicula: "Toy Story" }, query: { anio: 1995 } };
const film = await client.GET("/retorno/{pelicula}", { params: asked });
const name: string = film.data!.pelicula;
const unknown = await client.GET("/retorno/{pelicula}", { params: { path: { pelicula: "Godzila" } } });
const problem: components["schemas"]["Problema"] = unknown.error!;
console.log(JSON.stringify([name, problem.status, problem.sugerencias![0]]));
"""


def test_a_typescript_client_is_made_of_it_compiles_and_asks(node, written, server):
    run(node, "openapi-typescript", written, "-o", node / "api.d.ts")
    (node / "ask.ts").write_text(ASK, encoding="utf-8")
    (node / "package.json").write_text('{"type": "module"}')
    (node / "node.d.ts").write_text("declare const process: { argv: string[] };")
    how = "--strict --target es2022 --module nodenext --moduleResolution nodenext --lib es2022,dom".split()
    run(node, "tsc", *how, "ask.ts", "node.d.ts")
    asked = ["node", "ask.js", str(server.base_url).rstrip("/")]
    answer = subprocess.run(asked, cwd=node, capture_output=True, text=True)
    assert json.loads(answer.stdout) == ["Toy Story", 404, "Godzilla"], answer.stderr


SHOWN = {  # how a call of the reference page is run, and what makes its answer print
    "sh": (["bash", "-c"], ""),
    "python": ([sys.executable, "-c"], "\nprint(json.dumps(answer))"),
    "js": (["node", "--input-type=module", "-e"], "\nconsole.log(JSON.stringify(answer))"),
}


def test_each_call_of_the_reference_page_runs_and_gets_the_answer(report_build, server, description):
    cells = json.loads((report_build / "report" / "58_reference.ipynb").read_text(encoding="utf-8"))["cells"]
    texts = ["".join(output["data"]["text/markdown"]) for cell in cells for output in cell.get("outputs", [])
             if "text/markdown" in output.get("data", {})]  # fmt: skip
    host, called = str(server.base_url).rstrip("/"), []
    for kind, code in re.findall(r"```(sh|python|js)\n(.*?)\n```", "\n".join(texts), re.DOTALL):
        command, printing = SHOWN[kind]
        if shutil.which(command[0]):
            code = code.replace("http://127.0.0.1:8000", host)
            answer = subprocess.run([*command, code + printing], capture_output=True, text=True, timeout=60)
            path = re.search(rf"{host}([^'\"]+)", code)[1]
            given, again = json.loads(answer.stdout), server.get(path).json()
            for body in (given, again):
                body.pop("peticion", None) if isinstance(body, dict) else None  # each request has its own
            assert given == again, answer.stderr
        called.append(kind)
    assert [called.count(kind) for kind in SHOWN] == [len(description["paths"])] * len(SHOWN)
