"""HTTP on every path alike: caching, compression, request ids, logs, metrics, other origins, failures."""

import asyncio
import gzip
import json
import re
import shutil
from types import SimpleNamespace

import httpx2
import numpy as np
import pytest

from moviesmlops import middleware
from moviesmlops.builds import BuildDamaged, publish_build, read_manifest, write_progress, write_manifest
from moviesmlops.live import Build
from moviesmlops.settings import settings_table
from support import ROOT, api_client, film_count, publish_copy, wait_until

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
    tag = first.headers["etag"]
    for known in ([tag], [tag.removeprefix("W/")], [f'"other", {tag}'], [tag, '"other"'], ['"other"', tag], ["*"]):
        again = raw.get(path, headers=[("If-None-Match", value) for value in known])
        assert again.status_code == 304 and again.content == b"" and again.headers["etag"] == tag, known
        assert not {"content-type", "content-length"} & {*again.headers}
    assert raw.get(path, headers={"If-None-Match": '"other"'}).content == first.content


def test_a_tag_holds_for_one_address_only(raw):
    tags = [raw.get(path).headers["etag"] for path in LASTING]
    assert len(set(tags)) == len(tags)
    for known in (", ".join(tags), "*"):
        assert raw.get("/retorno/Godzila", headers={"If-None-Match": known}).status_code == 404


def test_a_tag_holds_for_the_code_that_made_the_answer(sample_build, monkeypatch, tmp_path):
    package = shutil.copytree(ROOT / "moviesmlops", tmp_path / "moviesmlops", ignore=shutil.ignore_patterns("sample"))
    shutil.copy(ROOT / "api.py", tmp_path)
    monkeypatch.setattr(middleware, "moviesmlops", SimpleNamespace(__file__=str(package / "__init__.py")))
    versions = []
    for changed in (None, package / "schemas.py", tmp_path / "api.py"):
        if changed:
            changed.write_text(changed.read_text() + "# another line\n")
        versions.append(middleware.code_version.__wrapped__())
    assert len({*versions}) == 3


def test_a_tag_holds_until_the_next_build(sample_build, smaller_build, tmp_path):
    publish_copy(sample_build, name := tmp_path / "build")
    with api_client(name) as client:
        known = {path: client.get(path) for path in ("/peliculas_mes/enero", "/eda/")}
        assert all(client.get(path, headers=tag_of(known[path])).status_code == 304 for path in known)
        publish_copy(smaller_build, name)
        wait_until(lambda: client.get("/salud").json()["peliculas"] == film_count(smaller_build))
        for path, before in known.items():
            answer = client.get(path, headers=tag_of(before))
            assert answer.status_code == 200 and answer.text != before.text, path


def tag_of(answer) -> dict:
    return {"If-None-Match": answer.headers["etag"], "If-Modified-Since": "Fri, 31 Dec 2100 00:00:00 GMT"}


@pytest.mark.parametrize("path", LIVE)
def test_what_holds_for_a_moment_is_not_kept(raw, path):
    answer = raw.get(path)
    assert answer.status_code == 200 and answer.headers["cache-control"] == "no-store" and "etag" not in answer.headers


MISSPELT = ["godzila", "matrx", "alein", "titanik", "avatr", "gladiatr", "casablnca", "goldfingr", "amelei", "scarfac"]


@pytest.mark.parametrize("path", ["/titulos?q=", "/nombres/productoras?q="])
def test_a_search_that_is_not_made_is_no_empty_list_and_is_not_stored(client, path):
    async def ask_all() -> list:
        transport = httpx2.ASGITransport(app=client.api)
        async with httpx2.AsyncClient(transport=transport, base_url="http://testserver") as asking:
            return await asyncio.gather(*(asking.get(f"{path}{name}{each}") for name in MISSPELT for each in "ab"))

    answers = client.portal.call(ask_all)
    refused = [answer for answer in answers if answer.status_code == 503]
    assert refused and {answer.status_code for answer in answers} == {200, 503}
    for answer in refused:
        assert answer.headers["retry-after"] == "1" and answer.headers["cache-control"] == "no-store"
        assert "etag" not in answer.headers and answer.json()["detail"].startswith("Hay demasiadas búsquedas")
    for answer in answers:
        if answer.status_code == 200:
            assert client.get(str(answer.url).removeprefix("http://testserver")).content == answer.content


def test_names_that_are_only_similar_say_so(client):
    exact, near = (client.get(f"/titulos?q={name}").json() for name in ("godzilla", "godzila"))
    assert exact and not any("aproximado" in film for film in exact)
    assert near and all(film["aproximado"] is True for film in near)
    assert client.get("/nombres/productoras?q=pixar%20studioz").json()[0]["aproximado"] is True
    assert client.get("/nombres/productoras?q=pixar").json()[0].keys() == {"nombre", "cantidad"}


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
    for refused in ("gzip;q=0", "gzip; q=0.0, br", "br, identity"):
        assert "content-encoding" not in raw.get(long, headers={"Accept-Encoding": refused}).headers
    assert raw.get(long, headers={"Accept-Encoding": "br, gzip;q=0.5"}).headers["content-encoding"] == "gzip"


BUNDLE = "/static-offline-docs/swagger-ui-bundle.js"


def test_a_large_file_is_compressed_once_and_then_sent_from_its_copy(sample_build, monkeypatch):
    made, compress = [], gzip.compress
    monkeypatch.setattr(gzip, "compress", lambda *words: made.append(1) or compress(*words))
    with api_client(sample_build, headers={"Accept-Encoding": "identity"}) as client:
        plain = client.get(BUNDLE)
        for _ in range(3):
            packed = client.get(BUNDLE, headers={"Accept-Encoding": "gzip"})
            assert packed.headers["content-encoding"] == "gzip" and packed.content == plain.content
            assert int(packed.headers["content-length"]) < len(plain.content) / 3
            assert packed.headers["content-type"] == plain.headers["content-type"]
    assert made == [1]


def test_a_range_that_cannot_be_read_is_ignored(raw):
    whole = raw.get(BUNDLE)
    for odd in ("lines=1-2", "bytes", "bytes=5-2", "bytes=a-b", "bytes="):
        answer = raw.get(BUNDLE, headers={"Range": odd})
        assert answer.status_code == 200 and answer.content == whole.content, odd
    part = raw.get(BUNDLE, headers={"Range": "bytes=10-19", "Accept-Encoding": "gzip"})
    assert part.status_code == 206 and part.content == whole.content[10:20]
    assert raw.get(BUNDLE, headers={"Range": "bytes=99999999-"}).status_code == 416


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
        for name in ("x-request-id", "if-none-match", "traceparent", "cache-control"):
            allowed = client.options("/salud", headers=preflight | {"Access-Control-Request-Headers": name})
            assert allowed.status_code == 200 and name in allowed.headers["access-control-allow-headers"]
        exposed = client.get("/productoras/Disney", headers=asker).headers["access-control-expose-headers"]
        assert {"ETag", "Link", "Retry-After", "X-Lista-Incompleta", "X-Request-ID"} <= {*exposed.split(", ")}
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


@pytest.mark.parametrize("encoding", ["gzip", "identity"])
def test_what_fails_is_a_problem_with_all_headers_and_the_log_names_its_request(
    sample_build, monkeypatch, caplog, encoding
):
    asker = {"Origin": "https://films.example", "X-Request-ID": "mine", "Accept-Encoding": encoding}
    with api_client(sample_build, MOVIES_CORS="https://films.example") as client:
        monkeypatch.setattr(client.api.state.build.queries, "peliculas_mes", lambda month: 1 / 0)
        answer = client.get("/peliculas_mes/enero", headers=asker)
        known = client.get("/retorno/Godzila", headers=asker)
    assert answer.status_code == 500 and answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["peticion"] == answer.headers["x-request-id"] == "mine"
    assert {*answer.headers} == {*known.headers} and answer.headers["vary"] == known.headers["vary"]
    assert answer.headers["cache-control"] == "no-store" and "etag" not in answer.headers
    assert "request mine failed: GET '/peliculas_mes/enero'" in caplog.text and "ZeroDivisionError" in caplog.text


def test_a_build_whose_recommendations_fail_is_not_opened_and_not_ready(sample_build, monkeypatch, tmp_path):
    with api_client(sample_build) as client:
        lists = client.api.state.build.recommenders["knn"].neighbours
        monkeypatch.setattr(client.api.state.build.recommenders["knn"], "neighbours", np.full_like(lists, 255))
        assert client.get("/listo").status_code == 503
    for part in ("catalog", "models"):
        shutil.copytree(sample_build / part, tmp_path / part)
    np.save(tmp_path / "models" / "knn" / "neighbours.npy", np.full_like(lists, 255))
    write_manifest(tmp_path, "sample", {})
    with pytest.raises(BuildDamaged, match="out of bounds"):
        Build.open(tmp_path)


def test_files_that_change_under_a_server_are_noticed(sample_build, tmp_path, monkeypatch):
    publish_copy(sample_build, name := tmp_path / "build")
    file = name / "models" / "cosine" / "similarities.npy"
    with api_client(name, MOVIES_CHECK="1") as client:
        assert client.get("/salud").json()["estado"] == "ok" and client.get("/listo").status_code == 200
        before = file.read_bytes()
        with file.open("r+b") as changed:
            changed.seek(-4, 2)
            changed.write(b"\0\0\0\1")
        wait_until(lambda: client.get("/listo").status_code == 503)
        assert client.get("/salud").json()["estado"] == "dañada"
        file.write_bytes(before)
        wait_until(lambda: client.get("/listo").status_code == 200)
        assert client.get("/salud").json()["estado"] == "ok"


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
    assert f"movies_build_films {film_count(sample_build)}.0" in told.text and "thermidor" not in told.text


def test_what_strangers_invent_grows_neither_metrics_nor_log(sample_build, capfd):
    with api_client(sample_build, MOVIES_METRICS="1", MOVIES_LOG="1") as client:
        series = []
        for number in range(20):
            client.request(f"METHOD{number}{'X' * 2_000}", "/salud")
            client.get(f"/{number}/{'y' * 2_000}")
            series.append(re.findall(r"^movies_request\S+", client.get("/metricas").text, re.MULTILINE))
        assert series[1] == series[-1] and any('method="other"' in each for each in series[-1])
        refused = client.get(f"/salud?{'z' * 30_000}=1")
        assert refused.status_code == 422 and len(refused.content) < 1_000
    assert max(map(len, capfd.readouterr().out.splitlines())) < 1_000


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
        assert "no tiene informe" in missing.json()["detail"]
        assert "no report" in client.get("/eda/", headers={"accept-language": "en"}).json()["detail"]
        with pytest.raises(InterruptedError), publish_build(sample_build) as work:
            write_progress(work, 3, 27)
            page = client.get("/eda/", headers={"accept-language": "en"})
            assert page.status_code == 200 and "3 of 27" in page.text
            assert 'http-equiv="refresh"' in page.text and "<script" not in page.text
            assert page.headers.get_list("cache-control") == ["no-store"] and "etag" not in page.headers
            assert "Accept-Language" in page.headers["vary"]
            assert client.get("/eda/", headers={"If-None-Match": "*"}).status_code == 200
            raise InterruptedError
        assert client.get("/eda/").status_code == 404


def test_no_redirect_names_a_host(sample_build, tmp_path):
    publish_copy(sample_build, name := tmp_path / "build")
    (name / "site" / "ask").mkdir()
    (name / "site" / "ask" / "index.html").write_text("ask")
    with api_client(name, MOVIES_CHECK="0", ROOT_PATH="/api") as client:
        for path, target in {"/eda/ask": "/api/eda/ask/", "/eda": "/api/eda/", "/": "/api/eda/"}.items():
            answer = client.get(path, headers={"Host": "stranger.example"})
            assert answer.status_code == 307 and answer.headers["location"] == target


def test_what_an_answer_names_is_where_a_proxy_shows_it(sample_build):
    with api_client(sample_build, ROOT_PATH="/api") as client:
        link = client.get("/productoras/El%20Deseo").headers["link"]
        assert link.startswith("</api/nombres/productoras?q=El%20Deseo")
        assert client.get("/retorno/Godzila").json()["detail"].endswith("; véase /api/titulos?q=")
        english = client.get("/nowhere", headers={"Accept-Language": "en"}).json()["detail"]
        assert english.endswith("; see /api/docs")
        assert client.get("/openapi.json").json()["servers"] == [{"url": "/api"}]


def test_a_whole_address_in_place_of_the_path_is_understood(client):
    async def ask(path: str) -> int:
        sent = []

        async def send(message: dict) -> None:
            sent.append(message)

        protocol = {"type": "http", "http_version": "1.1", "scheme": "http", "method": "GET", "headers": []}
        place = {"root_path": "", "path": path, "raw_path": path.encode(), "query_string": b"", "server": ("x", 80)}
        await client.api(protocol | place, None, send)
        return sent[0]["status"]

    for path in ("/salud", "http://films.example/salud", "HTTP://films.example:8000/retorno/Alien"):
        assert client.portal.call(ask, path) == 200
    assert client.portal.call(ask, "http://films.example/nowhere") == 404


@pytest.mark.parametrize("query", ["anio=1995&anio=1995", "anio=1_995", "anio=1995.0", "anio=%2B1995", "anio=%201995"])
def test_a_number_is_digits_and_is_given_once(client, query):
    answer = client.get(f"/retorno/Toy%20Story?{query}")
    assert answer.status_code == 422 and answer.json()["detail"].startswith("anio ")
