"""What the API says of its errors: each example is true."""

import shutil
from urllib.parse import quote, urlsplit

import pytest

from moviesmlops.builds import publishing, write_manifest
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


def ask(client, example: dict):
    address = urlsplit(example["summary"])
    return client.get(quote(address.path) + (f"?{address.query}" if address.query else ""))


def assert_as_told(answer, example: dict):
    told, body = example["value"], answer.json()
    assert answer.status_code == told["status"] and body.keys() == told.keys()
    assert body["title"] == told["title"] and body["detail"].startswith(told["detail"])
    assert set(told.get("sugerencias", [])) <= set(body.get("sugerencias", []))


def test_each_error_of_each_question_has_a_true_example(client, description):
    shown = examples(description)
    for path, status, example in shown:
        assert example["summary"].split("/")[1].split("?")[0] == path.split("/")[1]
        if status != "503":
            assert_as_told(ask(client, example), example)
    assert len(shown) >= 2 * len(description["paths"]) - 3


def test_a_build_without_recommenders_answers_as_the_example_says(sample_build, description, tmp_path):
    with publishing(tmp_path / "build") as work:
        shutil.copytree(sample_build / "catalog", work / "catalog")
        write_manifest(work, "films.csv", {})
    with api_client(tmp_path / "build") as client:
        for path, status, example in examples(description):
            if status == "503" and path.startswith("/recomendacion"):
                assert_as_told(ask(client, example), example)
