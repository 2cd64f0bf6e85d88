"""The OpenAPI description: each example of an error is what the API returns."""

import shutil
from urllib.parse import quote, urlsplit

import pytest

from moviesmlops.builds import publish_build, write_manifest
from support import api_client


@pytest.fixture(scope="module")
def description(client) -> dict:
    return client.get("/openapi.json").json()


def examples(description: dict) -> list[tuple[str, str, dict]]:
    """The path, the status and the example of each error."""
    found = []
    for path, operations in description["paths"].items():
        for status, answer in operations["get"]["responses"].items():
            if status not in ("200", "304"):
                ((kind, content),) = answer["content"].items()
                assert kind == "application/problem+json"
                assert content["schema"] == {"$ref": "#/components/schemas/Problema"}
                found.append((path, status, content["examples"]["ejemplo"]))
    return found


def send_example(client, example: dict):
    address = urlsplit(example["summary"])
    return client.get(quote(address.path) + (f"?{address.query}" if address.query else ""))


def assert_matches_example(answer, example: dict):
    expected, body = example["value"], answer.json()
    assert answer.status_code == expected["status"] and body.keys() == expected.keys()
    assert (body["type"], body["title"]) == (expected["type"], expected["title"])
    assert body["detail"].startswith(expected["detail"])
    assert set(expected.get("sugerencias", [])) <= set(body.get("sugerencias", []))


def test_each_error_of_each_question_has_a_correct_example(client, description):
    all_examples = examples(description)
    for path, status, example in all_examples:
        assert example["summary"].split("/")[1].split("?")[0] == path.split("/")[1]
        if status != "503":
            assert_matches_example(send_example(client, example), example)
    assert len(all_examples) >= 2 * len(description["paths"]) - 3


def test_a_build_without_recommenders_returns_the_error_of_the_example(sample_build, description, tmp_path):
    with publish_build(tmp_path / "build") as work:
        shutil.copytree(sample_build / "catalog", work / "catalog")
        write_manifest(work, "films.csv", {})
    with api_client(tmp_path / "build") as client:
        for path, status, example in examples(description):
            if status == "503" and "recomendacion" in path:
                assert_matches_example(send_example(client, example), example)


def test_the_description_names_formats_headers_and_parameters(description):
    schemas, parameters = description["components"]["schemas"], description["components"]["parameters"]
    money = [("Franquicia", "ganancia_total"), ("Productora", "ganancia_total"), ("Retorno", "inversion"),
             ("Retorno", "ganacia")]  # fmt: skip
    assert all(schemas[name]["properties"][field]["format"] == "int64" for name, field in money)
    times = [("Salud", "construido"), ("Salud", "desde"), ("Salud", "rechazada"), ("Listo", "construido")]
    assert all(schemas[name]["properties"][field]["format"] == "date-time" for name, field in times)
    assert {*parameters} == {"Accept-Language", "If-None-Match", "X-Request-ID"}
    for path, operations in description["paths"].items():
        operation = operations["get"]
        assert all(each.get("description") for each in operation["parameters"] if "$ref" not in each), path
        answers = operation["responses"]
        assert all("X-Request-ID" in answer["headers"] for answer in answers.values())
        assert ("304" in answers) == ("ETag" in answers["200"]["headers"]) == (path not in ("/salud", "/listo"))
    paths = description["paths"]
    assert "Link" in paths["/productoras/{productora}"]["get"]["responses"]["200"]["headers"]
    assert "Retry-After" in paths["/titulos"]["get"]["responses"]["503"]["headers"]
    assert "Límites" in description["info"]["description"]


def test_every_format_of_the_list_of_films_is_described(client, description):
    described = description["paths"]["/peliculas"]["get"]["responses"]["200"]["content"]
    for parameters, accept in (({}, "*/*"), ({"formato": "csv"}, "*/*"), ({}, "text/csv")):
        received = client.get("/peliculas", params=parameters | {"max": 1}, headers={"accept": accept})
        assert received.status_code == 200 and received.headers["content-type"].split(";")[0] in described
