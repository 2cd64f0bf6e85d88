"""The Ask page on a static host: it gives the answers of the API, and is accessible."""

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
from urllib.parse import quote, urlencode

import pytest

import moviesmlops.films  # noqa: F401  (its methods of `Queries`)
from moviesmlops.ask import RECOMMENDATIONS_PER_MODEL, read_json_piece
from moviesmlops.live import Build
from moviesmlops.names import month_aliases, weekday_aliases
from moviesmlops.site import PROJECT_ROOT
from moviesmlops.queries import NAME_KIND_PRECEDENCE
from moviesmlops.text import name_key, split_words
from visits import WIDTHS

MODELS = ("ampliado", "coseno", "knn")  # in the order of the page
SITE_PATH = "/somewhere/films"  # path of the site on the host


class StaticHandler(http.server.SimpleHTTPRequestHandler):
    """Serves files, without a log."""

    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass


@contextmanager
def serve_folder(folder: Path):
    """Serve a folder from a static host and return its address."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(StaticHandler, directory=folder))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


@pytest.fixture(scope="module")
def hosted(report_build, tmp_path_factory):
    """The address of the site on a static host, under a path, and the opened build."""
    root = tmp_path_factory.mktemp("host")
    (root / "somewhere").mkdir()
    (root / SITE_PATH[1:]).symlink_to(report_build / "site", target_is_directory=True)
    with serve_folder(root) as address:
        yield address + SITE_PATH, Build.open(report_build)


@pytest.fixture
def ask(browser, hosted):
    """A function that opens the page; `page.errors` and `page.finished` record errors and requests."""
    contexts = []

    def open_ask_page(address: str = "", width: str = "desktop", language: str = "en-GB", scheme: str = "light"):
        contexts.append(browser.new_context(viewport=WIDTHS[width], locale=language, color_scheme=scheme))
        page = contexts[-1].new_page()
        page.errors, page.finished = [], []
        page.on("console", lambda message: page.errors.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: page.errors.append(str(error)))
        page.on("requestfinished", lambda request: page.finished.append(request))
        page.goto(f"{hosted[0]}/ask/index.html{address}")
        page.wait_for_selector("body[data-ready]")
        return page

    yield open_ask_page
    for context in contexts:
        context.close()


def options(page) -> list[str]:
    return page.locator("#ask [role=option] span").all_inner_texts()


def rounded(answer: dict) -> dict:
    """An answer of the API with the parts rounded as on the page."""
    for film in answer["detalle"]:
        for reason in film["motivos"]:
            reason["parte"] = round(reason["parte"] * 1_000_000) / 1_000_000
    return answer


ANSWERS = """async questions => {
  const { answer, formatJson } = await import(new URL("../theme/ask/answers.js", document.baseURI));
  return Promise.all(questions.map(async parameters => formatJson(await answer(...parameters))));
}"""


def titles_and_ids(build: Build) -> list[tuple[str, int]]:
    """Title and id of each film."""
    return [(name.name, name.id) for name in build.queries.titles.all_names("name")]


def different_answers(page, build: Build, films: list[tuple[str, int]]) -> list[tuple]:
    """The films for which the page and the API give different answers."""
    different = []
    for start in range(0, len(films), 500):
        questions = [
            ("recomendacion", title, {"id": id, "modelo": model})
            for title, id in films[start : start + 500]
            for model in MODELS
        ]
        answers = page.evaluate(ANSWERS, questions)
        for (_, title, parameters), answer in zip(questions, answers, strict=True):
            expected = build.recommend(title, parameters["modelo"], RECOMMENDATIONS_PER_MODEL, None, parameters["id"])
            if json.loads(answer) != rounded(expected):
                different.append((title, parameters))
    return different


def test_recommendations_for_all_films_are_those_of_the_api(ask, hosted):
    build = hosted[1]
    assert different_answers(ask(), build, titles_and_ids(build)) == []


def test_the_answers_to_the_six_questions_are_identical_to_those_of_the_api(ask, hosted):
    from moviesmlops import schemas

    queries = hosted[1].queries
    models = {
        "franquicia": schemas.Franquicia, "productoras": schemas.Productora, "peliculas_pais": schemas.PeliculasPais,
        "peliculas_mes": schemas.PeliculasMes, "peliculas_dia": schemas.PeliculasDia, "retorno": schemas.Retorno,
    }  # fmt: skip
    name_kinds = {
        "franquicia": "franquicias", "productoras": "productoras", "peliculas_pais": "paises", "retorno": "peliculas",
    }  # fmt: skip
    questions = [
        (question, text, {})
        for question, kind in name_kinds.items()
        for text in [name.name for name in queries.indexes[kind].all_names(*NAME_KIND_PRECEDENCE)]
    ]
    months, weekdays = month_aliases(), weekday_aliases()
    questions += [("peliculas_mes", text, {}) for text in (*months, "  ENERO", "Márzo")]
    questions += [("peliculas_dia", text, {}) for text in (*weekdays, "Miércoles")]
    for (question, text, _), answer in zip(questions, ask().evaluate(ANSWERS, questions), strict=True):
        expected = models[question].model_validate(getattr(queries, question)(text)).model_dump_json()
        assert answer == expected, (question, text)


def test_a_year_selects_the_same_film_as_in_the_api(ask, hosted):
    queries = hosted[1].queries
    questions = [
        ("retorno", title, {"anio": str(queries.get_film(id).year)}) for title, id in titles_and_ids(hosted[1])
    ]
    for (_, title, parameters), answer in zip(questions, ask().evaluate(ANSWERS, questions), strict=True):
        assert json.loads(answer) == queries.retorno(title, int(parameters["anio"]))


FOLDS = """async texts => {
  const { fold, splitWords } = await import(new URL("../theme/ask/names.js", document.baseURI));
  return texts.map(text => [fold(text), splitWords(text)]);
}"""


def test_all_characters_are_folded_as_in_python(ask):
    all_characters = map(chr, range(33, sys.maxunicode))
    characters = [character for character in all_characters if unicodedata.category(character)[0] != "C"]
    groups = [characters[start : start + 4] for start in range(0, len(characters), 4)]  # texts are cut at 200
    texts = [" ".join(f"a{character}b a{character}" for character in group) for group in groups]
    found = zip(texts, ask().evaluate(FOLDS, texts), strict=True)
    assert [text for text, each in found if each != [name_key(text), split_words(text)]] == []


def test_the_page_folds_by_the_table_of_the_build_and_by_nothing_else(ask, hosted, report_build):
    page, table = ask(), read_json_piece(report_build / "site" / "ask" / "fold")
    page.route("**/fold.json.gz", lambda route: route.fulfill(json=table | {"ø": "x"}))
    page.reload()
    page.wait_for_selector("body[data-ready]")
    assert page.evaluate(FOLDS, ["Brødre", "Amélie"]) == [["brxdre", ["brxdre"]], ["amelie", ["amelie"]]]


def type_and_wait_for_suggestions(page, typed: str):
    page.locator("#title").press_sequentially(typed)
    page.locator("#ask [role=option]").first.wait_for()


def test_choosing_a_suggestion_shows_the_lists_of_each_model_with_reasons(ask, hosted, width):
    page, build = ask(width=width), hosted[1]
    type_and_wait_for_suggestions(page, "toy st")
    assert "Toy Story" in options(page)
    page.get_by_role("option", name=re.compile(r"^Toy Story\s*1995")).click()
    page.locator("#answer h2", has_text="Toy Story").wait_for()
    for model, section in zip(MODELS, page.locator(".model").all(), strict=True):
        expected = build.recommend("Toy Story", model)
        assert section.locator(".title a").all_inner_texts() == expected["lista_recomendada"]
        assert section.locator(".parts").count() == RECOMMENDATIONS_PER_MODEL
        section.locator("summary").click()
        assert json.loads(section.locator("pre.json").inner_text()) == rounded(expected)
        assert f"modelo={model}" in section.locator("pre.curl").inner_text()
    assert page.evaluate("document.documentElement.scrollWidth") <= WIDTHS[width]["width"]
    assert page.errors == []


def test_a_film_is_found_by_its_spanish_title_and_shows_its_other_titles(ask):
    page = ask()
    type_and_wait_for_suggestions(page, "psicos")
    page.get_by_role("option", name=re.compile("^Psycho")).click()
    page.locator("#answer h2", has_text="Psycho").wait_for()
    assert page.locator(".other-titles").inner_text() == "in Spanish: Psicosis"


def test_a_recommended_film_can_be_opened_and_back_returns(ask):
    page = ask("#/recomendacion/Toy%20Story")
    other = page.locator(".model .title a").first
    name = other.inner_text()
    other.click()
    page.wait_for_function("name => document.querySelector('#answer h2').textContent.startsWith(name)", arg=name)
    assert page.evaluate("document.activeElement.matches('#answer h2')"), "so that a screen reader continues there"
    page.go_back()
    page.wait_for_function("document.querySelector('#answer h2').textContent.startsWith('Toy Story 1995')")


def test_the_address_contains_the_question(ask):
    page = ask("#/recomendacion/Toy%20Story")
    shown = page.locator("#answer").inner_text()
    page.reload()
    page.locator("#answer h2").wait_for()
    assert page.locator("#answer").inner_text() == shown
    page = ask("#/peliculas_mes/enero")
    assert page.locator(".way[data-question=peliculas_mes] .figure").inner_text()


def test_the_page_works_with_the_keyboard(ask):
    page = ask()
    page.locator("#title").focus()
    type_and_wait_for_suggestions(page, "toy st")
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
    assert page.errors == []


def test_the_page_uses_the_browser_language_and_remembers_the_chosen_one(ask):
    page = ask(language="es-MX")
    assert page.locator("h1").inner_text() == "Pregunta por una película" and page.locator("html[lang=es]").count()
    page.get_by_role("button", name="English").click()
    page.reload()
    page.wait_for_selector("body[data-ready]")
    assert page.locator("h1").inner_text() == "Ask about a film" and page.locator("html[lang=en]").count()


def test_the_six_questions_can_be_answered_by_choosing(ask, hosted):
    page, queries = ask(), hosted[1].queries
    page.locator("#way-peliculas_mes").select_option("mayo")
    page.locator(".way[data-question=peliculas_mes] .figure").wait_for()
    count = queries.peliculas_mes("mayo")["cantidad"]
    assert page.locator(".way[data-question=peliculas_mes] .figure").inner_text() == f"{count:,}"
    page.locator("#way-franquicia").press_sequentially("toy")
    page.locator(".way[data-question=franquicia] [role=option]").first.click()
    page.locator(".way[data-question=franquicia] .figure").wait_for()
    answer = json.loads(page.locator(".way[data-question=franquicia] pre.json").text_content())
    assert answer == queries.franquicia("Toy Story Collection")


def test_a_browser_with_another_language_gets_the_page_in_spanish_like_the_api(ask):
    assert ask(language="fr-FR").locator("html[lang=es]").count()


KNOWN_REVENUES = """async questions => {
  const { countKnownRevenues } = await import(new URL("../theme/ask/answers.js", document.baseURI));
  return Promise.all(questions.map(question => countKnownRevenues(...question)));
}"""


def test_the_number_of_known_revenues_is_that_of_the_header_of_the_api(ask, hosted):
    queries = hosted[1].queries
    questions = [
        (question, name.name)
        for question, kind in (("franquicia", "franquicias"), ("productoras", "productoras"))
        for name in queries.indexes[kind].all_names("name")
    ]
    expected = [queries.count_known_revenues(question.rstrip("s") + "s", name) for question, name in questions]
    assert ask().evaluate(KNOWN_REVENUES, questions) == expected and 0 in expected


@pytest.mark.parametrize(
    ("question", "figure", "beside"),
    [("productoras/Mosfilm", "no consta (0 de 3)", "3 películas"),
     ("franquicia/Three%20Colors", "no consta (0 de 3)", "3 películas"),
     ("productoras/Paramount%20Pictures", "US$", "con recaudación conocida: 15 de 16"),
     ("franquicia/Alien", "448.021.801 US$", "con recaudación conocida: 3 de 3"),
     ("retorno/Three%20Colors:%20Blue", "no consta", "no consta → no consta"),
     ("retorno/A%20Farewell%20to%20Arms?id=22649", "6,25 × (dudoso)", "4 US$ (dudoso) → 25 US$ (dudoso)")],
)  # fmt: skip
def test_an_unknown_amount_is_not_shown_as_zero_and_a_tiny_one_is_marked_as_doubtful(ask, question, figure, beside):
    answer = ask(f"#/{question}", language="es-ES").locator(".told:not(:empty)")
    assert figure in answer.locator(".figure").inner_text().replace("\xa0", " ")
    assert beside in answer.locator(".beside").inner_text().replace("\xa0", " ")


def test_the_page_of_a_film_marks_tiny_amounts_as_doubtful(ask):
    page = ask("#/recomendacion/A%20Farewell%20to%20Arms?id=22649")
    assert page.locator(".money dd").all_inner_texts() == ["US$4 (doubtful)", "US$25 (doubtful)"]
    assert "doubtful" in page.locator(".returned").inner_text()
    assert "doubtful" not in ask("#/recomendacion/Toy%20Story").locator(".money").inner_text()


def test_only_january_is_marked_as_inflated(ask):
    for month in ("enero", "January", "febrero", "diciembre"):
        text = ask(f"#/peliculas_mes/{month}", language="es-ES").locator(".told:not(:empty)").inner_text()
        assert ("Enero está inflado" in text) == (month in ("enero", "January")), month


FILTERS = [
    {"genero": "Comedy"}, {"sin_genero": "Comedy"}, {"desde": "2000"}, {"hasta": "1998"}, {"idioma": "es"},
    {"pais": "España"}, {"sin_saga": "true"}, {"sin_genero": "Family", "desde": "1990", "hasta": "2010"},
]  # fmt: skip


def passes_filters(film: dict, original: dict, filters: dict) -> bool:
    """Whether a film of the API passes filters."""
    return (
        filters.get("genero", "") in ["", *film["generos"]]
        and filters.get("sin_genero") not in film["generos"]
        and int(filters.get("desde", 0)) <= film["anio"] <= int(filters.get("hasta", 9999))
        and filters.get("idioma", film["idioma"]) == film["idioma"]
        and ("pais" not in filters or "Spain" in [country["nombre"] for country in film["paises"]])
        and not ("sin_saga" in filters and film["franquicia"] and film["franquicia"] == original["franquicia"])
    )


@pytest.mark.parametrize("filters", FILTERS, ids=str)
def test_without_the_api_filters_choose_among_the_stored_lists(ask, hosted, filters):
    build = hosted[1]
    for title, film_id in (("Toy Story", 862), ("Pan's Labyrinth", 1417)):
        original = build.queries.film_by_id(film_id)
        page = ask(f"#/recomendacion/{quote(title)}?{urlencode({'id': film_id} | filters)}", language="es-ES")
        for model, section in zip(MODELS, page.locator(".model").all(), strict=True):
            stored = build.recommend(title, model, RECOMMENDATIONS_PER_MODEL, None, film_id)["detalle"]
            expected = [
                film["titulo"] for film in stored
                if passes_filters(build.queries.film_by_id(film["id"]), original, filters)
            ]  # fmt: skip
            assert section.locator(".title a").all_inner_texts() == expected, (title, model)
            if len(expected) < RECOMMENDATIONS_PER_MODEL:
                assert "sin la API solo se conocen las 5 más parecidas" in section.locator(".shortage").inner_text()
            else:
                assert not section.locator(".shortage").count()
        assert page.errors == []


def test_without_the_api_twenty_films_are_not_promised(ask):
    page = ask("#/recomendacion/Toy%20Story?id=862&n=20")
    message = "Only 5 of 20: without the API, only the 5 most similar films are available."
    assert page.locator(".shortage").all_inner_texts() == [message] * 3
    assert "/peliculas/862/recomendaciones?modelo=ampliado&n=20" in page.locator(".curl").nth(1).text_content()


def test_without_the_api_an_unknown_country_in_a_filter_is_named(ask):
    page = ask("#/recomendacion/Toy%20Story?id=862&pais=Nadalandia", language="es-ES")
    assert page.locator(".models .refused").inner_text() == "No se conoce «Nadalandia»."


def test_without_the_api_the_page_says_that_the_list_behind_a_count_needs_it(ask):
    page = ask("#/peliculas_pais/Argentina", language="es-ES")
    answer = page.locator(".told:not(:empty)")
    assert "Para ver la lista de películas hace falta la API" in answer.inner_text() and not answer.locator("a").count()
    page = ask("#/peliculas?pais=Argentina", language="es-ES")
    assert "Para ver la lista de películas hace falta la API" in page.locator("#answer").inner_text()
    assert "/peliculas?pais=Argentina" in page.locator("#answer .curl").text_content()
    assert page.errors == []


def test_an_unknown_name_gets_suggestions(ask):
    page = ask("#/recomendacion/Toi%20Story")
    assert "Toi Story" in page.locator("#answer .refused").inner_text()
    page.get_by_role("link", name="Toy Story", exact=True).click()
    page.locator("#answer h2", has_text="Toy Story").wait_for()


def test_the_scripts_never_insert_html():
    for module in (PROJECT_ROOT / "theme" / "ask").glob("*.js"):
        assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\b", module.read_text())


def test_the_page_has_no_inline_script_or_style(hosted, report_build):
    html = (report_build / "site" / "ask" / "index.html").read_text()
    assert not re.search(r"<script(?![^>]*\bsrc=)|<style|\sstyle=|\son\w+=|https?://[^\"]*\.js", html)


def test_suggestions_and_an_answer_load_little_data(ask):
    page = ask()
    type_and_wait_for_suggestions(page, "toy st")
    page.wait_for_load_state("networkidle")
    size = sum(request.sizes()["responseBodySize"] for request in page.finished)
    assert size <= 300_000
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.locator("#answer h2").wait_for()
    page.wait_for_load_state("networkidle")
    assert sum(request.sizes()["responseBodySize"] for request in page.finished) - size <= 60_000


@pytest.fixture(scope="module")
def real_site(real_report_build):
    """The address of the site of the real table on a static host, the opened build, and the folder of the site."""
    with serve_folder(real_report_build / "site") as address:
        yield address, Build.open(real_report_build), real_report_build / "site"


def test_recommendations_on_the_real_table_are_those_of_the_api(browser, real_site):
    address, build, _ = real_site
    page = browser.new_page()
    page.goto(f"{address}/ask/index.html")
    assert different_answers(page, build, random.Random(0).sample(titles_and_ids(build), 400)) == []


def test_the_data_files_of_the_real_table_are_small(real_site):
    sizes = {path: path.stat().st_size for path in (real_site[2] / "ask").rglob("*.json.gz")}
    assert sum(sizes.values()) <= 36_000_000
    film, key = (max(size for path, size in sizes.items() if path.parent.name == kind) for kind in ("films", "key"))
    assert film + key <= 60_000, "a question in the address loads one of each"
