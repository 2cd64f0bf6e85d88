"""The manners of HTTP: answers that may be kept, packed, named and counted, on every path alike."""

import json
import re

import pytest
from starlette.testclient import TestClient

from moviesmlops.builds import publishing, read_manifest, tell_progress
from moviesmlops.settings import settings_table
from support import ROOT, api_client, films, publish, wait_until

LASTING = [
    "/peliculas_mes/enero", "/retorno/Toy%20Story?anio=1995", "/titulos?q=toy", "/nombres/paises", "/docs",
    "/openapi.json", "/recomendacion/Toy%20Story?n=3",
]  # fmt: skip
LIVE = ["/salud", "/listo"]


@pytest.fixture(scope="module")
def raw(sample_build):
    """A client that says nothing of compression."""
    with api_client(sample_build, headers={"Accept-Encoding": "identity"}) as raw:
        yield raw


@pytest.mark.parametrize("path", LASTING)
def test_an_answer_may_be_kept_and_is_not_sent_twice(raw, path):
    first = raw.get(path)
    assert first.status_code == 200 and first.headers["cache-control"] == "public, no-cache"
    assert "Accept-Encoding" in first.headers["vary"]
    for known in (first.headers["etag"], f'"other", {first.headers["etag"]}'):
        again = raw.get(path, headers={"If-None-Match": known})
        assert again.status_code == 304 and again.content == b"" and again.headers["etag"] == first.headers["etag"]
    assert raw.get(path, headers={"If-None-Match": '"other"'}).content == first.content


def test_a_tag_holds_for_one_address_only(raw):
    tags = [raw.get(path).headers["etag"] for path in LASTING]
    assert len(set(tags)) == len(tags)
    assert raw.get("/retorno/Godzila", headers={"If-None-Match": ", ".join(tags)}).status_code == 404


def test_a_tag_holds_until_the_next_build(sample_build, smaller_build, tmp_path):
    publish(sample_build, name := tmp_path / "build")
    with api_client(name) as client:
        known = {path: client.get(path) for path in ("/peliculas_mes/enero", "/eda/")}
        assert all(client.get(path, headers=tag_of(known[path])).status_code == 304 for path in known)
        publish(smaller_build, name)
        wait_until(lambda: client.get("/salud").json()["peliculas"] == films(smaller_build))
        for path, before in known.items():
            answer = client.get(path, headers=tag_of(before))
            assert answer.status_code == 200 and answer.text != before.text, path


def tag_of(answer) -> dict:
    return {"If-None-Match": answer.headers["etag"], "If-Modified-Since": "Fri, 31 Dec 2100 00:00:00 GMT"}


@pytest.mark.parametrize("path", LIVE)
def test_what_holds_for_a_moment_is_not_kept(raw, path):
    answer = raw.get(path)
    assert answer.status_code == 200 and answer.headers["cache-control"] == "no-store" and "etag" not in answer.headers


@pytest.mark.parametrize("path", ["/retorno/Godzila", "/titulos?max=0", "/nowhere", "/eda/nowhere.html"])
def test_an_error_is_not_kept_and_carries_the_name_of_its_request(raw, path):
    answer = raw.get(path)
    assert answer.headers["cache-control"] == "no-store" and "etag" not in answer.headers
    assert "Accept-Language" in answer.headers["vary"]
    assert answer.json()["peticion"] == answer.headers["x-request-id"]


def test_a_request_keeps_the_name_that_a_proxy_gave_it(raw):
    assert raw.get("/salud", headers={"X-Request-ID": "abc-12.3"}).headers["x-request-id"] == "abc-12.3"
    for odd in ("two words", "x" * 65, '"><script>', ""):
        given = raw.get("/salud", headers={"X-Request-ID": odd}).headers["x-request-id"]
        assert given != odd and re.fullmatch(r"[0-9a-f]{8}-[0-9a-f]+", given)
    assert len({raw.get("/salud").headers["x-request-id"] for _ in range(50)}) == 50


@pytest.mark.parametrize("path", [*LASTING, *LIVE, "/retorno/Godzila", "/nowhere"])
def test_head_says_what_get_would_say_without_the_body(raw, path):
    varying = {"x-request-id", "content-length"}  # an error's body names its request
    got, told = raw.get(path), raw.head(path)
    assert told.status_code == got.status_code and told.content == b""
    assert {*told.headers.items()} - {*got.headers.items()} <= {(name, told.headers[name]) for name in varying}
    assert {*told.headers} == {*got.headers}
    if got.status_code == 200:
        assert told.headers["content-length"] == str(len(got.content))


def test_options_and_a_wrong_method_say_what_may_be_asked(raw):
    for path in ("/salud", "/retorno/Godzilla", "/"):
        answer = raw.options(path)
        assert answer.status_code == 204 and answer.headers["allow"] == "GET, HEAD, OPTIONS"
        wrong = raw.delete(path)
        assert wrong.status_code == 405 and wrong.headers["allow"] == "GET, HEAD, OPTIONS"
    assert raw.options("/nowhere").status_code == 404


def test_a_long_answer_is_packed_for_who_can_unpack_it(raw):
    long, short = "/recomendacion/Toy%20Story?n=50", "/peliculas_mes/enero"
    plain, packed = raw.get(long), raw.get(long, headers={"Accept-Encoding": "gzip"})
    assert "content-encoding" not in plain.headers and len(plain.content) > 1024
    assert packed.headers["content-encoding"] == "gzip" and packed.content == plain.content
    assert int(packed.headers["content-length"]) < len(plain.content) / 2
    assert packed.headers["vary"] == plain.headers["vary"] and packed.headers["etag"].startswith("W/")
    assert "content-encoding" not in raw.get(short, headers={"Accept-Encoding": "gzip"}).headers


def test_pages_of_other_hosts_may_ask_only_where_a_variable_says_so(sample_build):
    asker = {"Origin": "https://films.example"}
    preflight = asker | {"Access-Control-Request-Method": "GET"}
    with api_client(sample_build) as client:
        assert not [name for name in client.get("/salud", headers=asker).headers if name.startswith("access-control")]
    with api_client(sample_build, MOVIES_CORS="https://films.example, https://other.example") as client:
        answer = client.get("/peliculas_mes/enero", headers=asker)
        assert answer.headers["access-control-allow-origin"] == "https://films.example"
        assert "Origin" in answer.headers["vary"] and "ETag" in answer.headers["access-control-expose-headers"]
        kept = client.get("/peliculas_mes/enero", headers=asker | {"If-None-Match": answer.headers["etag"]})
        assert kept.status_code == 304 and kept.headers["access-control-allow-origin"] == "https://films.example"
        assert client.get("/retorno/Godzila", headers=asker).headers["access-control-allow-origin"]
        assert client.options("/salud", headers=preflight).headers["access-control-allow-methods"] == "GET, HEAD"
        stranger = client.get("/salud", headers={"Origin": "https://stranger.example"})
        assert "access-control-allow-origin" not in stranger.headers
    with api_client(sample_build, MOVIES_CORS="*") as client:
        assert client.get("/salud", headers=asker).headers["access-control-allow-origin"] == "*"


def test_each_request_is_one_line_of_the_log(sample_build, capfd):
    with api_client(sample_build, MOVIES_LOG="1") as client:
        client.get("/peliculas_mes/enero", headers={"X-Request-ID": "mine"})
        client.head("/retorno/Godzila?anio=1998&id=1")
        client.get("/nowhere%0A{}")
    lines = [json.loads(line) for line in capfd.readouterr().out.splitlines()]
    told = [(line["method"], line["path"], line["status"]) for line in lines]
    assert told == [("GET", "/peliculas_mes/enero", 200), ("HEAD", "/retorno/Godzila?anio=1998&id=1", 404),
                    ("GET", "/nowhere\n{}", 404)]  # fmt: skip
    assert lines[0]["id"] == "mine" and all(line["ms"] > 0 for line in lines)
    with api_client(sample_build) as client:
        client.get("/salud")
    assert capfd.readouterr().out == ""


def test_a_build_that_does_not_answer_is_not_ready_though_the_service_lives(sample_build, monkeypatch):
    with api_client(sample_build) as client:
        assert client.get("/listo").json()["listo"] is True
        monkeypatch.setattr(client.api.state.build.queries, "peliculas_mes", lambda month: 1 / 0)
        answer = client.get("/listo")
        assert answer.status_code == 503 and answer.json()["peticion"] and client.get("/salud").status_code == 200


def test_what_fails_is_a_problem_that_names_its_request(sample_build, monkeypatch):
    with api_client(sample_build) as client:
        monkeypatch.setattr(client.api.state.build.queries, "peliculas_mes", lambda month: 1 / 0)
        answer = TestClient(client.api, raise_server_exceptions=False).get("/peliculas_mes/enero")
    assert answer.status_code == 500 and answer.headers["content-type"] == "application/problem+json"
    assert re.fullmatch(r"[0-9a-f]{8}-[0-9a-f]+", answer.json()["peticion"])


def test_metrics_are_there_for_who_asks_for_them(sample_build):
    with api_client(sample_build) as client:
        assert client.get("/metricas").status_code == 404
    with api_client(sample_build, MOVIES_METRICS="1") as client:
        for name in ("enero", "brumario", "thermidor"):
            client.get(f"/peliculas_mes/{name}")
        told = client.get("/metricas")
        assert told.headers["content-type"].startswith("text/plain") and told.headers["cache-control"] == "no-store"
    counted = 'movies_requests_total{{method="GET",path="/peliculas_mes/{{mes:path}}",status="{}"}} {}'
    assert counted.format(200, "1.0") in told.text and counted.format(404, "2.0") in told.text
    assert f"movies_build_films {films(sample_build)}.0" in told.text and "thermidor" not in told.text


def test_the_readme_has_the_table_of_the_variables():
    assert "\n".join(settings_table()) in (ROOT / "README.md").read_text(encoding="utf-8")


def test_an_answer_is_not_taken_for_a_script_and_a_page_runs_only_ours(client):
    answer = client.get("/peliculas_mes/enero")
    assert answer.headers["x-content-type-options"] == "nosniff"
    described = client.get("/docs")
    assert "frame-ancestors 'none'" in described.headers["content-security-policy"]
    assert described.headers["referrer-policy"] == "same-origin"


def test_health_tells_where_the_answers_come_from(sample_build):
    with api_client(sample_build) as client:
        health, manifest = client.get("/salud").json(), read_manifest(sample_build)
    assert health["fuente"] == "sample" and health["peliculas"] == manifest["counts"]["films"]
    assert health["huella"] == manifest["sha256"] and health["construido"] == manifest["built"]


def test_eda_says_how_far_the_report_is_and_how_to_make_one_where_none_is_made(sample_build):
    with api_client(sample_build) as client:
        missing = client.get("/eda/")
        assert missing.status_code == 404 and "moviesmlops build" in missing.json()["detail"]
        assert "no tienen informe" in missing.json()["detail"]
        assert "no report" in client.get("/eda/", headers={"accept-language": "en"}).json()["detail"]
        with pytest.raises(InterruptedError), publishing(sample_build) as work:
            tell_progress(work, 3, 27)
            page = client.get("/eda/", headers={"accept-language": "en"})
            assert page.status_code == 200 and "3 of 27" in page.text
            assert 'http-equiv="refresh"' in page.text and "<script" not in page.text
            raise InterruptedError
        assert client.get("/eda/").status_code == 404
