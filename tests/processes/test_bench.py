"""Generated tables resemble their source; the programs that are compared give the same answers."""

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
from moviesmlops.sources import COLUMNS, SAMPLE_PATH, load_raw
from moviesmlops.etl import NESTED_COLUMNS, build_catalog

from bounds import MIN_REQUESTS, compare, compare_serve, format_summary
from run import exponent, run_server
from support import ROOT

BENCH = ROOT / "bench"
ROWS = 2_000


def generate_table(folder: Path, rows: int = ROWS, seed: int = 1) -> Path:
    out = folder / f"{rows}-{seed}.csv"
    command = [sys.executable, BENCH / "generate.py", SAMPLE_PATH, out, str(rows), "--seed", str(seed)]
    subprocess.run(command, check=True, capture_output=True)
    return out


def read(table: Path) -> list[dict]:
    with table.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def generated(tmp_path_factory) -> Path:
    return generate_table(tmp_path_factory.mktemp("generated"))


@pytest.fixture(scope="module")
def source_and_generated(generated) -> tuple[list[dict], list[dict]]:
    """The rows of the source, and those generated from them."""
    source = read(SAMPLE_PATH)
    return source, read(generated)[len(source) :]


def test_a_generated_table_starts_with_its_source_and_has_the_given_number_of_rows(generated):
    assert generated.read_bytes().startswith(SAMPLE_PATH.read_bytes())
    assert len(read(generated)) == ROWS


def test_the_same_seed_gives_the_same_bytes_and_another_seed_others(generated, tmp_path):
    assert generate_table(tmp_path).read_bytes() == generated.read_bytes()
    assert generate_table(tmp_path, seed=2).read_bytes() != generated.read_bytes()


def test_a_shorter_table_is_the_beginning_of_a_longer_one(generated, tmp_path):
    assert generated.read_bytes().startswith(generate_table(tmp_path, rows=500).read_bytes())


@pytest.mark.parametrize("column", [name for name in COLUMNS if name != "id"])
def test_nulls_and_lengths_are_those_of_the_source(source_and_generated, column):
    source, new = ([row[column] for row in rows] for rows in source_and_generated)
    assert mean(text == "" for text in new) == pytest.approx(mean(text == "" for text in source), abs=0.03)
    typical = mean(len(text) for text in source if text)
    assert mean(len(text) for text in new if text) == pytest.approx(typical, rel=0.15, abs=1)


@pytest.mark.parametrize("column", NESTED_COLUMNS)
def test_nested_values_have_as_many_entries_as_in_the_source(source_and_generated, column):
    source, new = (
        mean(len(ast.literal_eval(row[column])) for row in rows if row[column] and row["title"])
        for rows in source_and_generated
    )
    assert new == pytest.approx(source, rel=0.1)


def test_overviews_are_not_copied(source_and_generated):
    source, new = (
        {row["id"]: row["overview"] for row in rows if row["title"] and row["overview"]}
        for rows in source_and_generated
    )
    assert len(set(new.values())) > 0.98 * len(new)
    assert not {text for text in source.values() if len(text) > 100} & set(new.values())


def titles(rows: list[dict]) -> list[str]:
    return [row["title"] for row in rows if row["title"]]


def companies(rows: list[dict]) -> list[str]:
    return [repr(entry) for row in rows if row["title"] for entry in ast.literal_eval(row["production_companies"])]


@pytest.mark.parametrize("names", [titles, companies])
def test_the_number_of_distinct_names_follows_heaps_law(names, generated):
    source = Counter(names(read(SAMPLE_PATH)))
    exponent = sum(count == 1 for count in source.values()) / len(source)
    for rows in (500, 1_000, ROWS):
        expected = len(source) * (rows / len(read(SAMPLE_PATH))) ** exponent
        assert len(set(names(read(generated)[:rows]))) == pytest.approx(expected, rel=0.1)


def test_the_best_known_company_keeps_its_share(source_and_generated):
    source, new = map(companies, source_and_generated)
    commonest, mentions = Counter(source).most_common(1)[0]
    assert new.count(commonest) / len(new) == pytest.approx(mentions / len(source), rel=0.4)


def test_broken_rows_and_repeated_ids_are_as_frequent_as_in_the_source_and_are_cleaned(generated):
    catalog = build_catalog(load_raw(str(generated)))
    kept = independent.parse_films(generated)
    untitled = [number for number, row in enumerate(read(generated), 1) if not row["title"]]
    assert catalog.films.id.tolist() == [int(film["id"]) for film in kept if film["title"]]
    assert catalog.quarantine.row.tolist() == untitled
    repeated = catalog.steps.removed[catalog.steps.removes == "repeated id"].item()
    assert repeated > ROWS * 0.5 * repeated_share(SAMPLE_PATH)


def repeated_share(table: Path) -> float:
    ids = [row["id"] for row in read(table)]
    return 1 - len(set(ids)) / len(ids)


@pytest.fixture(scope="module")
def course_client(tmp_path_factory):
    """The coursework API over a coursework build of the sample."""
    out = tmp_path_factory.mktemp("course")
    subprocess.run([sys.executable, BENCH / "course.py", "build", SAMPLE_PATH, out], check=True)
    with run_server("course:app", {"COURSE": str(out)}, "/peliculas_mes/enero") as server:
        yield httpx2.Client(base_url=f"http://127.0.0.1:{server.port}")


@pytest.mark.parametrize(
    "question",
    [
        "/peliculas_mes/enero", "/peliculas_dia/lunes", "/franquicia/Toy Story Collection", "/peliculas_pais/France",
        "/productoras/Warner Bros.", "/retorno/Toy Story",
    ],
)  # fmt: skip
def test_the_course_work_gives_the_same_answers(course_client, client, question):
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
    table = [line for line in format_summary(results) if line.startswith("| ")]
    assert len(table) == 2 + 6
    assert "\n".join(table) in (ROOT / "README.md").read_text(encoding="utf-8")


def test_a_bound_is_met_or_missed_by_the_whole_interval_and_otherwise_open():
    ours, others = [2.0, 2.2, 2.1, 2.3, 1.9, 2.4, 90.0, 2.5], [1.0] * 8
    results = [compare("time", ours, others, "them", "s", bound)["met"] for bound in (100, 2.2, 1.8)]
    assert results == [True, None, False]
    results = [compare("rate", ours, others, "them", "/s", bound, at_least=True)["met"] for bound in (1.8, 2.2, 100)]
    assert results == [True, None, False]


@pytest.mark.parametrize(("answers", "rows"), [(MIN_REQUESTS, 1), (MIN_REQUESTS - 1, 0)])
def test_a_rate_of_too_few_requests_is_not_compared(answers, rows):
    part = json.loads((BENCH / "results.json").read_text())["parts"]["serve"]
    for load in part["endpoints"].values():
        load["course"] = []
    course = [{"per_second": float(answers), "requests": answers}] * len(part["endpoints"]["retorno"]["bare"])
    part["endpoints"]["retorno"]["course"] = course
    assert len([row for row in compare_serve(part) if row.get("versus") == "coursework"]) == rows


def test_one_outlier_does_not_widen_the_interval():
    row = compare("time", [2.0] * 14 + [90.0], [1.0] * 15, "them", "s")
    assert (row["low"], row["high"]) == (2, 2)


def test_quadratic_growth_has_the_exponent_two():
    assert exponent([(films, 3 * films**2) for films in (10, 100, 250)]) == pytest.approx(2)
    assert exponent([(10, 1.0)]) is None
