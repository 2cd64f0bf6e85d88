"""The OpenAPI description: it passes a strict linter, its examples are right, and clients can be generated from it."""

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
def description_file(description, tmp_path_factory) -> Path:
    path = tmp_path_factory.mktemp("description") / "openapi.json"
    path.write_text(json.dumps(description), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def node(tmp_path_factory) -> Path:
    """A folder with the npm packages."""
    if not shutil.which("npm"):
        pytest.skip("needs npm")
    folder = tmp_path_factory.mktemp("node")
    packages = [f"{name}@{version}" for name, version in NPM.items()]
    install = ["npm", "install", "--no-fund", "--no-audit", "--silent", *packages]
    if subprocess.run(install, cwd=folder).returncode:
        pytest.skip("needs the package registry")
    return folder


def run_program(node: Path, program: str, *arguments: object) -> None:
    command = [node / "node_modules" / ".bin" / program, *arguments]
    result = subprocess.run(command, cwd=node, capture_output=True, text=True)
    assert result.returncode == 0, result.stdout + result.stderr


def test_the_description_passes_a_strict_linter(node, description_file):
    run_program(node, "redocly", "lint", description_file, "--extends=recommended-strict")


@pytest.fixture(scope="module")
def python_client(description_file, monkeypatch_module, tmp_path_factory):
    folder = tmp_path_factory.mktemp("python")
    (folder / "config.yml").write_text("post_hooks: []")
    generator = str(Path(sys.executable).with_name("openapi-python-client"))
    options = ["--path", description_file, "--output-path", folder / "movies_client", "--config", folder / "config.yml"]
    result = subprocess.run([generator, "generate", *options, "--meta", "none"], capture_output=True, text=True)
    assert result.returncode == 0 and "warning" not in result.stdout.lower(), result.stdout + result.stderr
    monkeypatch_module.syspath_prepend(folder)
    return folder


@pytest.fixture(scope="module")
def monkeypatch_module():
    with pytest.MonkeyPatch.context() as patch:
        yield patch


def test_a_generated_python_client_works(python_client, server, description):
    movies_client = importlib.import_module("movies_client")
    problem = importlib.import_module("movies_client.models").Problema
    api = movies_client.Client(base_url=str(server.base_url))

    def call(section: str, name: str, *arguments: object, **parameters: object) -> object:
        return importlib.import_module(f"movies_client.api.{section}.{name}").sync(*arguments, client=api, **parameters)

    assert call("preguntas", "peliculas_mes", "enero").to_dict() == server.get("/peliculas_mes/enero").json()
    assert call("preguntas", "retorno", "Face/Off").pelicula == "Face/Off"
    assert call("nombres", "titulos", q="toy")[0].titulo.startswith("Toy")
    answer = call("recomendaciones", "recomendacion", "Toy Story", n=3)
    assert len(answer.detalle) == 3 and answer.detalle[0].motivos
    unknown = call("preguntas", "retorno", "Godzila")
    assert isinstance(unknown, problem) and unknown.status == 404 and unknown.sugerencias[0] == "Godzilla"
    assert isinstance(call("nombres", "titulos", max_=99), problem)
    functions = {path.stem for path in python_client.glob("movies_client/api/*/*.py")} - {"__init__"}
    assert functions == {operations["get"]["operationId"] for operations in description["paths"].values()}


TYPESCRIPT_CLIENT = """
import createClient from "openapi-fetch";
import type { paths, components } from "./api.js";

const client = createClient<paths>({ baseUrl: process.argv[2] });
const parameters = { path: { pelicula: "Toy Story" }, query: { anio: 1995 } };
const film = await client.GET("/retorno/{pelicula}", { params: parameters });
const name: string = film.data!.pelicula;
const unknown = await client.GET("/retorno/{pelicula}", { params: { path: { pelicula: "Godzila" } } });
const problem: components["schemas"]["Problema"] = unknown.error!;
console.log(JSON.stringify([name, problem.status, problem.sugerencias![0]]));
"""


def test_a_generated_typescript_client_compiles_and_works(node, description_file, server):
    run_program(node, "openapi-typescript", description_file, "-o", node / "api.d.ts")
    (node / "client.ts").write_text(TYPESCRIPT_CLIENT, encoding="utf-8")
    (node / "package.json").write_text('{"type": "module"}')
    (node / "node.d.ts").write_text("declare const process: { argv: string[] };")
    options = "--strict --target es2022 --module nodenext --moduleResolution nodenext --lib es2022,dom".split()
    run_program(node, "tsc", *options, "client.ts", "node.d.ts")
    command = ["node", "client.js", str(server.base_url).rstrip("/")]
    result = subprocess.run(command, cwd=node, capture_output=True, text=True)
    assert json.loads(result.stdout) == ["Toy Story", 404, "Godzilla"], result.stderr


LANGUAGES = {  # of the examples on the reference page: the command that runs one, and the code that prints the data
    "sh": (["bash", "-c"], ""),
    "python": ([sys.executable, "-c"], "\nprint(json.dumps(data))"),
    "js": (["node", "--input-type=module", "-e"], "\nconsole.log(JSON.stringify(data))"),
}


def test_each_example_of_the_reference_page_runs_and_prints_the_response(report_build, server, description):
    cells = json.loads((report_build / "report" / "58_reference.ipynb").read_text(encoding="utf-8"))["cells"]
    texts = ["".join(output["data"]["text/markdown"]) for cell in cells for output in cell.get("outputs", [])
             if "text/markdown" in output.get("data", {})]  # fmt: skip
    host, languages = str(server.base_url).rstrip("/"), []
    for language, code in re.findall(r"```(sh|python|js)\n(.*?)\n```", "\n".join(texts), re.DOTALL):
        command, print_code = LANGUAGES[language]
        if shutil.which(command[0]):
            code = code.replace("http://127.0.0.1:8000", host)
            result = subprocess.run([*command, code + print_code], capture_output=True, text=True, timeout=60)
            path = re.search(rf"{host}([^'\"]+)", code)[1]
            printed, expected = json.loads(result.stdout), server.get(path).json()
            for body in (printed, expected):
                if isinstance(body, dict):
                    body.pop("peticion", None)  # each request has its own
            assert printed == expected, result.stderr
        languages.append(language)
    assert [languages.count(language) for language in LANGUAGES] == [len(description["paths"])] * len(LANGUAGES)
