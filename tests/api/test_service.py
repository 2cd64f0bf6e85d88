"""HTTP behaviour on all paths: caching, compression, request ids, logs, metrics, CORS, failures."""

import asyncio
import gzip
import json
import re
import shutil
from pathlib import Path
from types import SimpleNamespace
from unittest.mock import Mock

import httpx2
import numpy as np
import pytest
from anyio.from_thread import start_blocking_portal

from moviesmlops import middleware
from moviesmlops.builds import BuildDamaged, publish_build, verify_build, write_progress, write_manifest
from moviesmlops.live import Build, switch_to_new_builds
from moviesmlops.settings import make_settings_table
from support import ROOT, api_client, film_count, publish_copy, wait_until

CACHEABLE = [
    "/peliculas_mes/enero", "/retorno/Toy%20Story?anio=1995", "/titulos?q=toy", "/nombres/paises", "/docs",
    "/openapi.json", "/recomendacion/Toy%20Story?n=3",
]  # fmt: skip
UNCACHED = ["/salud", "/listo"]


@pytest.fixture(scope="module")
def raw(sample_build):
    """A client that does not accept compression."""
    with api_client(sample_build, headers={"Accept-Encoding": "identity"}) as client:
        yield client


@pytest.mark.parametrize("path", CACHEABLE)
def test_an_answer_may_be_stored_and_is_not_sent_twice(raw, path):
    first = raw.get(path)
    assert first.status_code == 200 and first.headers["cache-control"] == "public, no-cache"
    assert "Accept-Encoding" in first.headers["vary"]
    tag = first.headers["etag"]
    for known in ([tag], [tag.removeprefix("W/")], [f'"other", {tag}'], [tag, '"other"'], ['"other"', tag], ["*"]):
        again = raw.get(path, headers=[("If-None-Match", value) for value in known])
        assert again.status_code == 304 and again.content == b"" and again.headers["etag"] == tag, known
        assert not {"content-type", "content-length"} & {*again.headers}
    assert raw.get(path, headers={"If-None-Match": '"other"'}).content == first.content


def test_an_etag_is_valid_for_one_address_only(raw):
    tags = [raw.get(path).headers["etag"] for path in CACHEABLE]
    assert len(set(tags)) == len(tags)
    for known in (", ".join(tags), "*"):
        assert raw.get("/retorno/Godzila", headers={"If-None-Match": known}).status_code == 404


def test_an_etag_changes_with_the_code(sample_build, monkeypatch, tmp_path):
    package = shutil.copytree(ROOT / "moviesmlops", tmp_path / "moviesmlops", ignore=shutil.ignore_patterns("sample"))
    shutil.copy(ROOT / "api.py", tmp_path)
    monkeypatch.setattr(middleware, "moviesmlops", SimpleNamespace(__file__=str(package / "__init__.py")))
    versions = []
    for changed in (None, package / "schemas.py", tmp_path / "api.py"):
        if changed:
            changed.write_text(changed.read_text() + "# another line\n")
        versions.append(middleware.code_version.__wrapped__())
    assert len({*versions}) == 3


def test_an_etag_is_valid_until_the_next_build(sample_build, smaller_build, tmp_path):
    name = tmp_path / "build"
    publish_copy(sample_build, name)
    with api_client(name) as client:
        known = {path: client.get(path) for path in ("/peliculas_mes/enero", "/eda/")}
        assert all(client.get(path, headers=conditional_headers(known[path])).status_code == 304 for path in known)
        publish_copy(smaller_build, name)
        wait_until(lambda: client.get("/salud").json()["peliculas"] == film_count(smaller_build))
        for path, before in known.items():
            answer = client.get(path, headers=conditional_headers(before))
            assert answer.status_code == 200 and answer.text != before.text, path


def conditional_headers(answer) -> dict:
    return {"If-None-Match": answer.headers["etag"], "If-Modified-Since": "Fri, 31 Dec 2100 00:00:00 GMT"}


@pytest.mark.parametrize("path", UNCACHED)
def test_a_status_is_not_stored(raw, path):
    answer = raw.get(path)
    assert answer.status_code == 200 and answer.headers["cache-control"] == "no-store" and "etag" not in answer.headers


MISSPELT_TITLES = [
    "godzila", "matrx", "alein", "titanik", "avatr", "gladiatr", "casablnca", "goldfingr", "amelei", "scarfac",
]  # fmt: skip


@pytest.mark.parametrize("path", ["/titulos?q=", "/nombres/productoras?q="])
def test_a_refused_search_is_an_error_and_is_not_stored(client, path):
    async def send_all() -> list:
        transport = httpx2.ASGITransport(app=client.api)
        async with httpx2.AsyncClient(transport=transport, base_url="http://testserver") as async_client:
            names = [f"{name}{letter}" for name in MISSPELT_TITLES for letter in "ab"]
            return await asyncio.gather(*(async_client.get(f"{path}{name}") for name in names))

    answers = client.portal.call(send_all)
    refused = [answer for answer in answers if answer.status_code == 503]
    assert refused and {answer.status_code for answer in answers} == {200, 503}
    for answer in refused:
        assert answer.headers["retry-after"] == "1" and answer.headers["cache-control"] == "no-store"
        assert "etag" not in answer.headers and answer.json()["detail"].startswith("Hay demasiadas búsquedas")
    for answer in answers:
        if answer.status_code == 200:
            assert client.get(str(answer.url).removeprefix("http://testserver")).content == answer.content


def test_similar_names_are_marked(client):
    exact, similar = (client.get(f"/titulos?q={name}").json() for name in ("godzilla", "godzila"))
    assert exact and not any("aproximado" in film for film in exact)
    assert similar and all(film["aproximado"] is True for film in similar)
    assert client.get("/nombres/productoras?q=pixar%20studioz").json()[0]["aproximado"] is True
    assert client.get("/nombres/productoras?q=pixar").json()[0].keys() == {"nombre", "cantidad"}


@pytest.mark.parametrize("path", ["/retorno/Godzila", "/titulos?max=0", "/nowhere", "/eda/nowhere.html"])
def test_an_error_is_not_stored_and_has_the_id_of_its_request(raw, path):
    answer = raw.get(path)
    assert answer.headers["cache-control"] == "no-store" and "etag" not in answer.headers
    assert "Accept-Language" in answer.headers["vary"]
    assert answer.json()["peticion"] == answer.headers["x-request-id"]


def test_a_request_keeps_the_id_given_by_a_proxy(raw):
    assert raw.get("/salud", headers={"X-Request-ID": "abc-12.3"}).headers["x-request-id"] == "abc-12.3"
    for invalid in ("two words", "x" * 65, '"><script>', ""):
        new = raw.get("/salud", headers={"X-Request-ID": invalid}).headers["x-request-id"]
        assert new != invalid and re.fullmatch(r"[0-9a-f]{8}-[0-9a-f]+", new)
    assert len({raw.get("/salud").headers["x-request-id"] for _ in range(50)}) == 50


@pytest.mark.parametrize("path", [*CACHEABLE, *UNCACHED, "/retorno/Godzila", "/nowhere"])
def test_head_has_the_headers_of_get_without_the_body(raw, path):
    varying = {"x-request-id", "content-length"}  # the body of an error contains the request id
    get, head = raw.get(path), raw.head(path)
    assert head.status_code == get.status_code and head.content == b""
    assert {*head.headers.items()} - {*get.headers.items()} <= {(name, head.headers[name]) for name in varying}
    assert {*head.headers} == {*get.headers}
    if get.status_code == 200:
        assert head.headers["content-length"] == str(len(get.content))


def test_options_and_a_405_list_the_allowed_methods(raw):
    for path in ("/salud", "/retorno/Godzilla", "/"):
        answer = raw.options(path)
        assert answer.status_code == 204 and answer.headers["allow"] == "GET, HEAD, OPTIONS"
        wrong = raw.delete(path)
        assert wrong.status_code == 405 and wrong.headers["allow"] == "GET, HEAD, OPTIONS"
    assert raw.options("/nowhere").status_code == 404


def test_a_long_answer_is_compressed_if_the_caller_accepts_it(raw):
    long, short = "/recomendacion/Toy%20Story?n=50", "/peliculas_mes/enero"
    plain, compressed = raw.get(long), raw.get(long, headers={"Accept-Encoding": "gzip"})
    assert "content-encoding" not in plain.headers and len(plain.content) > 1024
    assert compressed.headers["content-encoding"] == "gzip" and compressed.content == plain.content
    assert int(compressed.headers["content-length"]) < len(plain.content) / 2
    assert compressed.headers["vary"] == plain.headers["vary"] and compressed.headers["etag"].startswith("W/")
    assert "content-encoding" not in raw.get(short, headers={"Accept-Encoding": "gzip"}).headers
    for refused in ("gzip;q=0", "gzip; q=0.0, br", "br, identity"):
        assert "content-encoding" not in raw.get(long, headers={"Accept-Encoding": refused}).headers
    assert raw.get(long, headers={"Accept-Encoding": "br, gzip;q=0.5"}).headers["content-encoding"] == "gzip"


LARGE_FILE = "/static-offline-docs/swagger-ui-bundle.js"


def test_a_large_file_is_compressed_only_once(sample_build, monkeypatch):
    compress = Mock(side_effect=gzip.compress)
    monkeypatch.setattr(gzip, "compress", compress)
    with api_client(sample_build, headers={"Accept-Encoding": "identity"}) as client:
        plain = client.get(LARGE_FILE)
        for _ in range(3):
            compressed = client.get(LARGE_FILE, headers={"Accept-Encoding": "gzip"})
            assert compressed.headers["content-encoding"] == "gzip" and compressed.content == plain.content
            assert int(compressed.headers["content-length"]) < len(plain.content) / 3
            assert compressed.headers["content-type"] == plain.headers["content-type"]
    assert compress.call_count == 1


def test_an_invalid_range_is_ignored(raw):
    whole = raw.get(LARGE_FILE)
    for invalid in ("lines=1-2", "bytes", "bytes=5-2", "bytes=a-b", "bytes="):
        answer = raw.get(LARGE_FILE, headers={"Range": invalid})
        assert answer.status_code == 200 and answer.content == whole.content, invalid
    part = raw.get(LARGE_FILE, headers={"Range": "bytes=10-19", "Accept-Encoding": "gzip"})
    assert part.status_code == 206 and part.content == whole.content[10:20]
    many = {"Range": "bytes=" + ",".join(f"{10 * number}-{10 * number}" for number in range(101))}
    assert raw.get(LARGE_FILE, headers=many).content == whole.content
    several = [("Range", "bytes=0-9"), ("Range", "lines=1-2")]
    assert raw.get(LARGE_FILE, headers=several).content == whole.content
    assert raw.get(LARGE_FILE, headers={"Range": "bytes=0-9,99999999-"}).content == whole.content, "one part is outside"


def test_a_file_is_sent_whatever_date_a_copy_has(raw):
    copy = raw.get(LARGE_FILE, headers={"If-Modified-Since": "Wed, 21 Oct 2099 07:28:00 GMT"})
    assert copy.status_code == 200 and "last-modified" not in copy.headers
    assert raw.get(LARGE_FILE, headers={"If-None-Match": copy.headers["etag"]}).status_code == 304


@pytest.mark.parametrize("beyond", ["bytes=99999999-", "bytes=-0", "bytes=99999999-,88888888-99999999"])
def test_a_range_beyond_the_end_is_a_416_like_other_errors(raw, beyond):
    size = len(raw.get(LARGE_FILE).content)
    answer = raw.get(LARGE_FILE, headers={"Range": beyond})
    assert answer.status_code == answer.json()["status"] == 416 and answer.json()["title"] == "Intervalo no disponible"
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["content-range"] == f"bytes */{size}" and answer.headers["cache-control"] == "no-store"


@pytest.mark.parametrize("encoding", ["identity", "gzip"])
def test_the_server_reads_a_file_by_itself_so_that_slow_readers_hold_no_copy(raw, encoding):
    sent = []

    async def send(message):
        sent.append(message)

    async def ask():
        headers = [(b"accept-encoding", encoding.encode())]
        scope = {"type": "http", "method": "GET", "path": LARGE_FILE, "raw_path": LARGE_FILE.encode(),
                 "query_string": b"", "headers": headers, "http_version": "1.1", "scheme": "http", "root_path": "",
                 "extensions": {"http.response.pathsend": {}}}  # fmt: skip
        await raw.api(scope, None, send)

    raw.portal.call(ask)
    assert [message["type"] for message in sent] == ["http.response.start", "http.response.pathsend"]
    assert Path(sent[1]["path"]).stat().st_size == int(dict(sent[0]["headers"])[b"content-length"])


def test_pages_of_other_origins_may_call_the_api_only_if_a_variable_allows_it(sample_build):
    origin = {"Origin": "https://films.example"}
    preflight = origin | {"Access-Control-Request-Method": "GET"}
    with api_client(sample_build) as client:
        assert not [name for name in client.get("/salud", headers=origin).headers if name.startswith("access-control")]
    with api_client(sample_build, MOVIES_CORS="https://films.example, https://other.example") as client:
        answer = client.get("/peliculas_mes/enero", headers=origin)
        assert answer.headers["access-control-allow-origin"] == "https://films.example"
        assert "Origin" in answer.headers["vary"] and "ETag" in answer.headers["access-control-expose-headers"]
        unchanged = client.get("/peliculas_mes/enero", headers=origin | {"If-None-Match": answer.headers["etag"]})
        assert unchanged.status_code == 304
        assert unchanged.headers["access-control-allow-origin"] == "https://films.example"
        assert client.get("/retorno/Godzila", headers=origin).headers["access-control-allow-origin"]
        assert client.options("/salud", headers=preflight).headers["access-control-allow-methods"] == "GET, HEAD"
        for name in ("x-request-id", "if-none-match", "traceparent", "cache-control"):
            allowed = client.options("/salud", headers=preflight | {"Access-Control-Request-Headers": name})
            assert allowed.status_code == 200 and name in allowed.headers["access-control-allow-headers"]
        exposed = client.get("/productoras/Disney", headers=origin).headers["access-control-expose-headers"]
        assert {"ETag", "Link", "Retry-After", "X-Lista-Incompleta", "X-Request-ID"} <= {*exposed.split(", ")}
        refused = client.get("/salud", headers={"Origin": "https://stranger.example"})
        assert "access-control-allow-origin" not in refused.headers
    with api_client(sample_build, MOVIES_CORS="*") as client:
        assert client.get("/salud", headers=origin).headers["access-control-allow-origin"] == "*"


def test_each_request_is_logged_in_one_line(sample_build, capfd):
    with api_client(sample_build, MOVIES_LOG="1") as client:
        client.get("/peliculas_mes/enero", headers={"X-Request-ID": "mine"})
        client.head("/retorno/Godzila?anio=1998&id=1")
        client.get("/nowhere%0A{}")
    lines = [json.loads(line) for line in capfd.readouterr().out.splitlines()]
    assert [(line["method"], line["path"], line["status"]) for line in lines] == [
        ("GET", "/peliculas_mes/enero", 200), ("HEAD", "/retorno/Godzila?anio=1998&id=1", 404),
        ("GET", "/nowhere\n{}", 404),
    ]  # fmt: skip
    assert lines[0]["id"] == "mine" and all(line["ms"] > 0 for line in lines)
    with api_client(sample_build) as client:
        client.get("/salud")
    assert capfd.readouterr().out == ""


def test_a_build_that_cannot_answer_is_not_ready_but_alive(sample_build, monkeypatch):
    with api_client(sample_build) as client:
        assert client.get("/listo").json()["listo"] is True
        monkeypatch.setattr(client.api.state.build.queries, "peliculas_mes", lambda month: 1 / 0)
        answer = client.get("/listo")
        assert answer.status_code == 503 and answer.json()["peticion"] and client.get("/salud").status_code == 200


@pytest.mark.parametrize("encoding", ["gzip", "identity"])
def test_an_exception_is_a_problem_with_all_headers_and_is_logged_with_the_request_id(
    sample_build, monkeypatch, caplog, encoding
):
    headers = {"Origin": "https://films.example", "X-Request-ID": "mine", "Accept-Encoding": encoding}
    with api_client(sample_build, MOVIES_CORS="https://films.example") as client:
        monkeypatch.setattr(client.api.state.build.queries, "peliculas_mes", lambda month: 1 / 0)
        answer = client.get("/peliculas_mes/enero", headers=headers)
        not_found = client.get("/retorno/Godzila", headers=headers)
    assert answer.status_code == 500 and answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["peticion"] == answer.headers["x-request-id"] == "mine"
    assert {*answer.headers} == {*not_found.headers}
    assert answer.headers["vary"] == not_found.headers["vary"]
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


def test_a_server_notices_that_a_file_of_its_build_has_changed(sample_build, tmp_path, monkeypatch):
    name = tmp_path / "build"
    publish_copy(sample_build, name)
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


def test_a_database_that_was_removed_is_a_503(sample_build, tmp_path):
    build = shutil.copytree(sample_build, tmp_path / "build")
    with api_client(build) as client:
        shutil.rmtree(build)
        for path in ("/titulos?q=godzila", "/retorno/godzila"):  # another thread searches, with a connection of its own
            answer = client.get(path)
            assert answer.status_code == answer.json()["status"] == 503
            assert "no está disponible" in answer.json()["detail"]
            assert answer.headers["cache-control"] == "no-store" and answer.headers["x-request-id"]


def test_a_server_still_notices_new_builds_after_the_path_was_a_loop(sample_build, smaller_build, tmp_path):
    name = tmp_path / "build"
    name.symlink_to(sample_build)

    async def watch_builds() -> list:
        state, seen = SimpleNamespace(build=Build.open(name)), []
        watch = asyncio.create_task(switch_to_new_builds(name, state, interval=0.01))
        for target in (name, sample_build, smaller_build):  # the first is a loop
            (tmp_path / "next").symlink_to(target)
            (tmp_path / "next").replace(name)
            await asyncio.sleep(1)
            seen.append((state.build.manifest["counts"]["films"], "rejected" in state.build.incidents))
        watch.cancel()
        return seen

    films, fewer = film_count(sample_build), film_count(smaller_build)
    with start_blocking_portal() as portal:  # a loop of its own: the browser's may run in this thread
        assert portal.call(watch_builds) == [(films, True), (films, True), (fewer, False)]


def test_metrics_are_counted_if_they_are_on(sample_build):
    with api_client(sample_build) as client:
        assert client.get("/metricas").status_code == 404
    with api_client(sample_build, MOVIES_METRICS="1") as client:
        for name in ("enero", "brumario", "thermidor"):
            client.get(f"/peliculas_mes/{name}")
        metrics = client.get("/metricas")
        assert metrics.headers["content-type"].startswith("text/plain")
        assert metrics.headers["cache-control"] == "no-store"
    counter = 'movies_requests_total{{method="GET",path="/peliculas_mes/{{mes:path}}",status="{}"}} {}'
    assert counter.format(200, "1.0") in metrics.text and counter.format(404, "2.0") in metrics.text
    assert f"movies_build_films {film_count(sample_build)}.0" in metrics.text and "thermidor" not in metrics.text


def test_invented_methods_and_paths_add_no_metrics_and_only_short_lines_to_the_log(sample_build, capfd):
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


def test_the_readme_has_the_table_of_variables():
    assert "\n".join(make_settings_table()) in (ROOT / "README.md").read_text(encoding="utf-8")


def test_answers_and_pages_have_security_headers(client):
    answer = client.get("/peliculas_mes/enero")
    assert answer.headers["x-content-type-options"] == "nosniff"
    docs = client.get("/docs")
    assert "frame-ancestors 'none'" in docs.headers["content-security-policy"]
    assert docs.headers["referrer-policy"] == "same-origin"


def test_health_names_the_source_and_the_build(sample_build):
    with api_client(sample_build) as client:
        health, manifest = client.get("/salud").json(), verify_build(sample_build)
    assert health["fuente"] == "sample" and health["peliculas"] == manifest["counts"]["films"]
    assert health["huella"] == manifest["sha256"] and health["construido"] == manifest["built"]


def test_eda_shows_the_progress_of_the_report_or_how_to_make_one(sample_build):
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
    name = tmp_path / "build"
    publish_copy(sample_build, name)
    (name / "site" / "ask").mkdir()
    (name / "site" / "ask" / "index.html").write_text("ask")
    with api_client(name, MOVIES_CHECK="0", ROOT_PATH="/api") as client:
        for path, target in {"/eda/ask": "/api/eda/ask/", "/eda": "/api/eda/", "/": "/api/eda/"}.items():
            answer = client.get(path, headers={"Host": "stranger.example"})
            assert answer.status_code == 307 and answer.headers["location"] == target


def test_links_and_errors_have_the_prefix_of_the_proxy(sample_build):
    with api_client(sample_build, ROOT_PATH="/api") as client:
        link = client.get("/productoras/El%20Deseo").headers["link"]
        assert link.startswith("</api/nombres/productoras?q=El%20Deseo")
        assert client.get("/retorno/Godzila").json()["detail"].endswith("; véase /api/titulos?q=")
        english = client.get("/nowhere", headers={"Accept-Language": "en"}).json()["detail"]
        assert english.endswith("; see /api/docs")
        assert client.get("/openapi.json").json()["servers"] == [{"url": "/api"}]


def test_a_whole_url_in_place_of_the_path_is_accepted(client):
    async def request_status(path: str) -> int:
        messages = []

        async def send(message: dict) -> None:
            messages.append(message)

        protocol = {"type": "http", "http_version": "1.1", "scheme": "http", "method": "GET", "headers": []}
        address = {"root_path": "", "path": path, "raw_path": path.encode(), "query_string": b"", "server": ("x", 80)}
        await client.api(protocol | address, None, send)
        return messages[0]["status"]

    for path in ("/salud", "http://films.example/salud", "HTTP://films.example:8000/retorno/Alien"):
        assert client.portal.call(request_status, path) == 200
    assert client.portal.call(request_status, "http://films.example/nowhere") == 404


@pytest.mark.parametrize("query", ["anio=1995&anio=1995", "anio=1_995", "anio=1995.0", "anio=%2B1995", "anio=%201995"])
def test_a_number_has_only_digits_and_is_given_once(client, query):
    answer = client.get(f"/retorno/Toy%20Story?{query}")
    assert answer.status_code == 422 and answer.json()["detail"].startswith(("anio ", "El parámetro anio "))
