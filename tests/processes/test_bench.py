"""Grown tables look like the one that they are grown from; what is compared with us gives the same answers."""

import ast
import csv
import json
import subprocess
import sys
from collections import Counter
from pathlib import Path
from statistics import mean

import httpx2
import pytest

import independent
from moviesmlops.sources import COLUMNS, SAMPLE, load_raw
from moviesmlops.etl import NESTED_COLUMNS, build_catalog

from bounds import MIN_REQUESTS, compare, compare_serve, format_summary
from run import exponent, run_server
from support import ROOT

BENCH = ROOT / "bench"
ROWS = 2_000


def grow(folder: Path, rows: int = ROWS, seed: int = 1) -> Path:
    out = folder / f"{rows}-{seed}.csv"
    command = [sys.executable, BENCH / "generate.py", SAMPLE, out, str(rows), "--seed", str(seed)]
    subprocess.run(command, check=True, capture_output=True)
    return out


def read(table: Path) -> list[dict]:
    with table.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def grown(tmp_path_factory) -> Path:
    return grow(tmp_path_factory.mktemp("grown"))


@pytest.fixture(scope="module")
def source_and_made(grown) -> tuple[list[dict], list[dict]]:
    """The source's rows, and those that were made of them."""
    source = read(SAMPLE)
    return source, read(grown)[len(source) :]


def test_a_table_begins_with_its_source_and_has_as_many_rows_as_asked(grown):
    assert grown.read_bytes().startswith(SAMPLE.read_bytes())
    assert len(read(grown)) == ROWS


def test_the_same_seed_makes_the_same_bytes_and_another_seed_others(grown, tmp_path):
    assert grow(tmp_path).read_bytes() == grown.read_bytes()
    assert grow(tmp_path, seed=2).read_bytes() != grown.read_bytes()


def test_a_shorter_table_is_the_head_of_a_longer_one(grown, tmp_path):
    assert grown.read_bytes().startswith(grow(tmp_path, rows=500).read_bytes())


@pytest.mark.parametrize("column", [name for name in COLUMNS if name != "id"])
def test_nulls_and_lengths_are_those_of_the_source(source_and_made, column):
    source, made = ([row[column] for row in rows] for rows in source_and_made)
    assert mean(text == "" for text in made) == pytest.approx(mean(text == "" for text in source), abs=0.03)
    typical = mean(len(text) for text in source if text)
    assert mean(len(text) for text in made if text) == pytest.approx(typical, rel=0.15, abs=1)


@pytest.mark.parametrize("column", NESTED_COLUMNS)
def test_nested_values_have_as_many_entries_as_in_the_source(source_and_made, column):
    source, made = (
        mean(len(ast.literal_eval(row[column])) for row in rows if row[column] and row["title"])
        for rows in source_and_made
    )
    assert made == pytest.approx(source, rel=0.1)


def test_overviews_are_no_copies(source_and_made):
    source, made = (
        {row["id"]: row["overview"] for row in rows if row["title"] and row["overview"]} for rows in source_and_made
    )
    assert len(set(made.values())) > 0.98 * len(made)
    assert not {text for text in source.values() if len(text) > 100} & set(made.values())


def titles(rows: list[dict]) -> list[str]:
    return [row["title"] for row in rows if row["title"]]


def companies(rows: list[dict]) -> list[str]:
    return [repr(entry) for row in rows if row["title"] for entry in ast.literal_eval(row["production_companies"])]


@pytest.mark.parametrize("names", [titles, companies])
def test_distinct_names_grow_as_heaps_law_says(names, grown):
    source = Counter(names(read(SAMPLE)))
    exponent = sum(count == 1 for count in source.values()) / len(source)
    for rows in (500, 1_000, ROWS):
        expected = len(source) * (rows / len(read(SAMPLE))) ** exponent
        assert len(set(names(read(grown)[:rows]))) == pytest.approx(expected, rel=0.1)


def test_the_best_known_company_keeps_its_share(source_and_made):
    source, made = map(companies, source_and_made)
    commonest, mentions = Counter(source).most_common(1)[0]
    assert made.count(commonest) / len(made) == pytest.approx(mentions / len(source), rel=0.4)


def test_the_quirks_of_the_source_come_as_often_and_the_catalogue_copes_with_them(grown):
    catalog = build_catalog(load_raw(str(grown)))
    kept = independent.parse_films(grown)
    untitled = [number for number, row in enumerate(read(grown), 1) if not row["title"]]
    assert catalog.films.id.tolist() == [int(film["id"]) for film in kept if film["title"]]
    assert catalog.quarantine.row.tolist() == untitled
    assert catalog.steps.removed[catalog.steps.removes == "repeated id"].item() > ROWS * 0.5 * repeated_share(SAMPLE)


def repeated_share(table: Path) -> float:
    ids = [row["id"] for row in read(table)]
    return 1 - len(set(ids)) / len(ids)


@pytest.fixture(scope="module")
def course_client(tmp_path_factory):
    """The course-work API over a course-work build of the sample."""
    out = tmp_path_factory.mktemp("course")
    subprocess.run([sys.executable, BENCH / "course.py", "build", SAMPLE, out], check=True)
    with run_server("course:app", {"COURSE": str(out)}, "/peliculas_mes/enero") as server:
        yield httpx2.Client(base_url=f"http://127.0.0.1:{server.port}")


@pytest.mark.parametrize(
    "question",
    [
        "/peliculas_mes/enero", "/peliculas_dia/lunes", "/franquicia/Toy Story Collection", "/peliculas_pais/France",
        "/productoras/Warner Bros.", "/retorno/Toy Story",
    ],
)  # fmt: skip
def test_what_is_slower_gives_the_same_answers(course_client, client, question):
    assert course_client.get(question).json() == client.get(question).json()


def test_one_command_measures_and_prints_the_table(tmp_path):
    out = tmp_path / "results.json"
    command = [sys.executable, BENCH / "run.py", "--source", "sample", "--rounds", "1", "--out", out]
    printed = subprocess.run([*command, "--only", "etl"], check=True, capture_output=True, text=True).stdout
    results = json.loads(out.read_text())
    assert {len(results["parts"]["etl"][name]) for name in ("moviesmlops", "course", "read_csv")} == {1}
    assert "ETL, time" in printed and results["source"]["sha256"][:8] in printed
    markdown = subprocess.run([*command, "--markdown"], check=True, capture_output=True, text=True).stdout
    assert [line for line in markdown.splitlines() if line.startswith("| ETL, time")], "the part that was measured"


def test_the_readme_shows_the_last_measurement():
    results = json.loads((BENCH / "results.json").read_text())
    assert len(table := [line for line in format_summary(results) if line.startswith("| ")]) == 2 + 6
    assert "\n".join(table) in (ROOT / "README.md").read_text(encoding="utf-8")


def test_a_bound_is_met_or_missed_by_the_whole_interval_and_else_open():
    ours, others = [2.0, 2.2, 2.1, 2.3, 1.9, 2.4, 90.0, 2.5], [1.0] * 8
    judged = [compare("time", ours, others, "them", "s", bound)["met"] for bound in (100, 2.2, 1.8)]
    assert judged == [True, None, False]
    judged = [compare("rate", ours, others, "them", "/s", bound, at_least=True)["met"] for bound in (1.8, 2.2, 100)]
    assert judged == [True, None, False]


@pytest.mark.parametrize(("answers", "rows"), [(MIN_REQUESTS, 1), (MIN_REQUESTS - 1, 0)])
def test_a_contender_that_answers_a_few_requests_a_turn_is_not_compared_by_its_rate(answers, rows):
    part = json.loads((BENCH / "results.json").read_text())["parts"]["serve"]
    for load in part["endpoints"].values():
        load["course"] = []
    course = [{"per_second": float(answers), "requests": answers}] * len(part["endpoints"]["retorno"]["bare"])
    part["endpoints"]["retorno"]["course"] = course
    assert len([row for row in compare_serve(part) if row.get("versus") == "course work"]) == rows


def test_one_wild_value_does_not_widen_the_interval_of_many():
    row = compare("time", [2.0] * 14 + [90.0], [1.0] * 15, "them", "s")
    assert (row["low"], row["high"]) == (2, 2)


def test_work_that_grows_with_the_square_has_the_exponent_two():
    assert exponent([(films, 3 * films**2) for films in (10, 100, 250)]) == pytest.approx(2)
    assert exponent([(10, 1.0)]) is None
