"""The page to ask on, on a host that only has files: it says what the API says, and can be used by everybody."""

import functools
import http.server
import json
import random
import re
import sys
import threading
import unicodedata
from contextlib import contextmanager
from pathlib import Path

import pytest

from moviesmlops.ask import ANSWERED, read_piece
from moviesmlops.live import Build
from moviesmlops.names import month_spellings, weekday_spellings
from moviesmlops.site import ROOT
from moviesmlops.text import fold, words
from visits import WIDTHS

MODELS = ("coseno", "knn")
NOT_BY_A_SERVER = "/somewhere/films"  # where the host has the site


class Quiet(http.server.SimpleHTTPRequestHandler):
    """A host of files; `sent` counts what it sends."""

    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass


@contextmanager
def hosting(folder: Path):
    """The address of a folder on a host of files."""
    host = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=folder))
    threading.Thread(target=host.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{host.server_port}"
    finally:
        host.shutdown()
        host.server_close()


@pytest.fixture(scope="module")
def hosted(report_build, tmp_path_factory):
    """The site's address on a host of files, under a path of its own, and its build, open."""
    root = tmp_path_factory.mktemp("host")
    (root / "somewhere").mkdir()
    (root / NOT_BY_A_SERVER[1:]).symlink_to(report_build / "site", target_is_directory=True)
    with hosting(root) as address:
        yield address + NOT_BY_A_SERVER, Build.open(report_build)


@pytest.fixture
def ask(browser, hosted):
    """Open the page; what the browser complained of is noted on it."""
    contexts = []

    def opened(address: str = "", width: str = "desktop", language: str = "en-GB", scheme: str = "light"):
        contexts.append(browser.new_context(viewport=WIDTHS[width], locale=language, color_scheme=scheme))
        page = contexts[-1].new_page()
        page.complaints, page.asked = [], []
        page.on("console", lambda said: page.complaints.append(said.text) if said.type == "error" else None)
        page.on("pageerror", lambda error: page.complaints.append(str(error)))
        page.on("requestfinished", lambda request: page.asked.append(request))
        page.goto(f"{hosted[0]}/ask/index.html{address}")
        page.wait_for_selector("body[data-ready]")
        return page

    yield opened
    for context in contexts:
        context.close()


def options(page) -> list[str]:
    return page.locator("#ask [role=option] span").all_inner_texts()


def rounded(answer: dict) -> dict:
    """An answer of the API, its shares as the page gives them."""
    for film in answer["detalle"]:
        for motive in film["motivos"]:
            motive["parte"] = round(motive["parte"] * 1_000_000) / 1_000_000
    return answer


ANSWERS = """async asked => {
  const { answer, json } = await import(new URL("../theme/ask/answers.js", document.baseURI));
  return Promise.all(asked.map(async ([question, text, more]) => json(await answer(question, text, more))));
}"""


def films_of(build: Build) -> list[tuple[str, int]]:
    """Title and id of each film."""
    return [(name.name, name.id) for name in build.queries.titles.all_names("name")]


def differing(page, build: Build, films: list[tuple[str, int]]) -> list[tuple]:
    """The films about which the page says something else than the API."""
    found = []
    for start in range(0, len(films), 500):
        asked = [
            ("recomendacion", title, {"id": id, "modelo": model})
            for title, id in films[start : start + 500]
            for model in MODELS
        ]
        for (_, title, more), said in zip(asked, page.evaluate(ANSWERS, asked), strict=True):
            if json.loads(said) != rounded(build.recommend(title, more["modelo"], ANSWERED, None, more["id"])):
                found.append((title, more))
    return found


def test_all_films_and_both_models_get_the_answer_of_the_api(ask, hosted):
    build = hosted[1]
    assert differing(ask(), build, films_of(build)) == []


def test_the_six_questions_get_the_answer_of_the_api_letter_by_letter(ask, hosted):
    from moviesmlops import schemas

    queries = hosted[1].queries
    shapes = {
        "franquicia": schemas.Franquicia, "productoras": schemas.Productora, "peliculas_pais": schemas.PeliculasPais,
        "peliculas_mes": schemas.PeliculasMes, "peliculas_dia": schemas.PeliculasDia, "retorno": schemas.Retorno,
    }  # fmt: skip
    named = {
        "franquicia": "franquicias", "productoras": "productoras", "peliculas_pais": "paises", "retorno": "peliculas",
    }  # fmt: skip
    asked = [
        (question, text, {})
        for question, kind in named.items()
        for text in [name.name for name in queries.indexes[kind].all_names("name", "short")][:3000]
    ]
    months, weekdays = month_spellings(), weekday_spellings()
    asked += [("peliculas_mes", text, {}) for text in (*months, "  ENERO", "Márzo")]
    asked += [("peliculas_dia", text, {}) for text in (*weekdays, "Miércoles")]
    for (question, text, _), said in zip(asked, ask().evaluate(ANSWERS, asked), strict=True):
        told = shapes[question].model_validate(getattr(queries, question)(text)).model_dump_json()
        assert said == told, (question, text)


def test_a_year_tells_namesakes_apart_as_the_api_does(ask, hosted):
    queries = hosted[1].queries
    asked = [
        ("retorno", title, {"anio": str(queries.film_of(id).year)}) for title, id in films_of(hosted[1])
    ]
    for (_, title, more), said in zip(asked, ask().evaluate(ANSWERS, asked), strict=True):
        assert json.loads(said) == queries.retorno(title, int(more["anio"]))


FOLDS = """async texts => {
  const { fold, words } = await import(new URL("../theme/ask/names.js", document.baseURI));
  return texts.map(text => [fold(text), words(text)]);
}"""


def test_every_letter_is_folded_as_in_python(ask):
    letters = [chr(number) for number in range(33, sys.maxunicode) if unicodedata.category(chr(number))[0] not in "C"]
    groups = [letters[at : at + 4] for at in range(0, len(letters), 4)]  # of a text 200 characters are read
    texts = [" ".join(f"a{letter}b a{letter}" for letter in group) for group in groups]
    found = zip(texts, ask().evaluate(FOLDS, texts), strict=True)
    assert [text for text, each in found if each != [fold(text), words(text)]] == []


def test_the_page_folds_by_the_table_of_the_build_and_by_nothing_else(ask, hosted, report_build):
    page, table = ask(), read_piece(report_build / "site" / "ask" / "fold")
    page.route("**/fold.json.gz", lambda route: route.fulfill(json=table | {"ø": "x"}))
    page.reload()
    page.wait_for_selector("body[data-ready]")
    assert page.evaluate(FOLDS, ["Brødre", "Amélie"]) == [["brxdre", ["brxdre"]], ["amelie", ["amelie"]]]


def write_and_choose(page, typed: str):
    page.locator("#title").press_sequentially(typed)
    page.locator("#ask [role=option]").first.wait_for()


def test_one_types_chooses_and_gets_both_lists_with_their_reasons(ask, hosted, width):
    page, build = ask(width=width), hosted[1]
    write_and_choose(page, "toy st")
    assert "Toy Story" in options(page)
    page.get_by_role("option", name=re.compile(r"^Toy Story\s*1995")).click()
    page.locator("#answer h2", has_text="Toy Story").wait_for()
    for model, list_ in zip(MODELS, page.locator(".model").all(), strict=True):
        expected = build.recommend("Toy Story", model)
        assert list_.locator(".title a").all_inner_texts() == expected["lista_recomendada"]
        assert list_.locator(".parts").count() == ANSWERED
        list_.locator("summary").click()
        assert json.loads(list_.locator("pre.json").inner_text()) == rounded(expected)
        assert f"modelo={model}" in list_.locator("pre.curl").inner_text()
    assert page.evaluate("document.documentElement.scrollWidth") <= WIDTHS[width]["width"]
    assert page.complaints == []


def test_a_recommended_film_is_asked_in_turn_and_the_way_back_leads_back(ask):
    page = ask("#/recomendacion/Toy%20Story")
    other = page.locator(".model .title a").first
    name = other.inner_text()
    other.click()
    page.wait_for_function("name => document.querySelector('#answer h2').textContent.startsWith(name)", arg=name)
    assert page.evaluate("document.activeElement.matches('#answer h2')"), "a screen reader reads on from there"
    page.go_back()
    page.wait_for_function("document.querySelector('#answer h2').textContent.startsWith('Toy Story 1995')")


def test_the_address_is_the_question(ask):
    page = ask("#/recomendacion/Toy%20Story")
    shown = page.locator("#answer").inner_text()
    page.reload()
    page.locator("#answer h2").wait_for()
    assert page.locator("#answer").inner_text() == shown
    page = ask("#/peliculas_mes/enero")
    assert page.locator(".way[data-question=peliculas_mes] .figure").inner_text()


def test_without_a_mouse(ask):
    page = ask()
    page.locator("#title").focus()
    write_and_choose(page, "toy st")
    box = page.locator("#title")
    assert box.get_attribute("aria-expanded") == "true" and box.get_attribute("role") == "combobox"
    page.keyboard.press("ArrowDown")
    chosen = page.locator(f"[id='{box.get_attribute('aria-activedescendant')}']")
    assert chosen.get_attribute("aria-selected") == "true" and chosen.get_attribute("role") == "option"
    page.keyboard.press("Escape")
    assert box.get_attribute("aria-expanded") == "false" and box.input_value() == "toy st"
    page.keyboard.press("ArrowDown")
    page.locator("#ask [role=option]").first.wait_for()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.locator("#answer h2").wait_for()
    assert page.complaints == []


def test_the_page_speaks_the_readers_language_and_keeps_the_one_chosen(ask):
    page = ask(language="es-MX")
    assert page.locator("h1").inner_text() == "Pregunta por una película" and page.locator("html[lang=es]").count()
    page.get_by_role("button", name="English").click()
    page.reload()
    page.wait_for_selector("body[data-ready]")
    assert page.locator("h1").inner_text() == "Ask about a film" and page.locator("html[lang=en]").count()


def test_the_six_questions_are_asked_by_choosing(ask, hosted):
    page, queries = ask(), hosted[1].queries
    page.locator("#way-peliculas_mes").select_option("mayo")
    page.locator(".way[data-question=peliculas_mes] .figure").wait_for()
    count = queries.peliculas_mes("mayo")["cantidad"]
    assert page.locator(".way[data-question=peliculas_mes] .figure").inner_text() == f"{count:,}"
    page.locator("#way-franquicia").press_sequentially("toy")
    page.locator(".way[data-question=franquicia] [role=option]").first.click()
    page.locator(".way[data-question=franquicia] .figure").wait_for()
    told = json.loads(page.locator(".way[data-question=franquicia] pre.json").text_content())
    assert told == queries.franquicia("Toy Story Collection")


def test_a_name_that_is_not_known_gets_the_near_ones(ask):
    page = ask("#/recomendacion/Toi%20Story")
    assert "Toi Story" in page.locator("#answer .refused").inner_text()
    page.get_by_role("link", name="Toy Story", exact=True).click()
    page.locator("#answer h2", has_text="Toy Story").wait_for()


def test_what_the_table_says_is_never_taken_for_markup():
    for module in (ROOT / "theme" / "ask").glob("*.js"):
        assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\b", module.read_text())


def test_the_page_holds_no_script_and_no_style_of_its_own(hosted, report_build):
    html = (report_build / "site" / "ask" / "index.html").read_text()
    assert not re.search(r"<script(?![^>]*\bsrc=)|<style|\sstyle=|\son\w+=|https?://[^\"]*\.js", html)


def test_a_suggestion_and_an_answer_are_light(ask):
    page = ask()
    write_and_choose(page, "toy st")
    page.wait_for_load_state("networkidle")
    first = sum(request.sizes()["responseBodySize"] for request in page.asked)
    assert first <= 300_000
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.locator("#answer h2").wait_for()
    page.wait_for_load_state("networkidle")
    assert sum(request.sizes()["responseBodySize"] for request in page.asked) - first <= 60_000


@pytest.fixture(scope="module")
def real_site(real_report_build):
    """The site of the whole table on a host of files, and its build, open."""
    with hosting(real_report_build / "site") as address:
        yield address, Build.open(real_report_build), real_report_build / "site"


def test_over_the_whole_table_films_get_the_answer_of_the_api(browser, real_site):
    address, build, _ = real_site
    page = browser.new_page()
    page.goto(f"{address}/ask/index.html")
    assert differing(page, build, random.Random(0).sample(films_of(build), 400)) == []


def test_over_the_whole_table_the_pieces_are_small_and_few_together(real_site):
    sizes = {path: path.stat().st_size for path in (real_site[2] / "ask").rglob("*.json.gz")}
    assert sum(sizes.values()) <= 30_000_000
    film, key = (max(size for path, size in sizes.items() if path.parent.name == kind) for kind in ("films", "key"))
    assert film + key <= 60_000, "a question by its address fetches one of each"
