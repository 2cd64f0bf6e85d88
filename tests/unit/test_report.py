"""Reports: nothing is published if a notebook fails or changes the build; impossible requests are refused early."""

import json
import os
import shutil
from pathlib import Path

import pandas as pd
import pytest

from moviesmlops import report
from moviesmlops.builds import file_digests, verify_build
from moviesmlops.report import (
    NotebookFailed, SourceMismatch, TooManyCandidates, UnknownNotebookParameter, check_report_size, link_files,
    make_build_with_report, make_report,
)  # fmt: skip
from moviesmlops.sources import SAMPLE_PATH
from support import ROOT

KERNEL = {"kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"}}


def write_notebook(path: Path, *sources: str) -> None:
    """Write a notebook with the parameters of a report and one code cell for each source."""
    parameters = "source = ''\nbuild = ''\ntitles = 0\nranking = ''"
    cells = [("parameters", parameters), *((None, source) for source in sources)]
    code_cells = [
        {"cell_type": "code", "id": f"cell{number}", "metadata": {"tags": [tag]} if tag else {},
         "source": source, "outputs": [], "execution_count": None}
        for number, (tag, source) in enumerate(cells)
    ]  # fmt: skip
    path.write_text(json.dumps({"cells": code_cells, "metadata": KERNEL, "nbformat": 4, "nbformat_minor": 5}))


@pytest.fixture
def notebooks(tmp_path, monkeypatch) -> Path:
    """A folder of notebooks that is used for the report."""
    (tmp_path / "nbs").mkdir()
    monkeypatch.setattr(report, "NOTEBOOK_FOLDER", tmp_path / "nbs")
    return tmp_path / "nbs"


@pytest.mark.parametrize(
    ("source", "message"),
    [("1 / 0", r"a\.ipynb, cell \d+: ZeroDivisionError: division by zero"),
     ("from pathlib import Path\n(Path(build) / 'secret').write_text('')", "a notebook changed secret;"),
     ("from pathlib import Path\n(Path(build) / 'catalog' / 'films.parquet').unlink()", "a notebook changed catalog/")],
)  # fmt: skip
def test_a_notebook_that_fails_or_changes_the_build_publishes_nothing(
    source, message, notebooks, sample_build, tmp_path
):
    write_notebook(notebooks / "a.ipynb", source)
    build = shutil.copytree(sample_build, tmp_path / "build")
    with pytest.raises(NotebookFailed, match=message) as raised:
        make_report("sample", build)
    assert "\n" not in str(raised.value)
    assert file_digests(build) == file_digests(sample_build) and verify_build(build)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["build", "nbs"], "nothing is left behind"


@pytest.fixture
def old_films(tmp_path) -> Path:
    """A table of three films from before 1970."""
    table = pd.read_csv(SAMPLE_PATH, dtype=str)
    table[table.release_date < "1970"].head(3).to_csv(tmp_path / "old.csv", index=False)
    return tmp_path / "old.csv"


def test_a_page_that_a_table_of_old_films_cannot_fill_ends_with_a_note(notebooks, old_films, tmp_path):
    write_notebook(notebooks / "a.ipynb", "print('what is there')", "1 / 0", "print('what is not')")
    complete = ["04_etl", "57_model_cards", "58_reference", "index"]
    for page in complete:
        shutil.copy(ROOT / "nbs" / f"{page}.ipynb", notebooks)
    build = make_build_with_report(str(old_films), tmp_path / "build")
    pages = {path.stem: path.read_text(encoding="utf-8") for path in (build / "report").iterdir()}
    assert [name for name, page in pages.items() if "This page ends here" in page] == ["a"]
    assert "the table has 3 films and no film is from 1970 or later" in pages["a"]
    assert "what is there" in pages["a"] and "what is not" not in pages["a"] and "ZeroDivisionError" not in pages["a"]
    assert "so there is nothing to recommend" in pages["57_model_cards"]


def test_a_notebook_that_fails_publishes_no_new_build(notebooks, tmp_path):
    write_notebook(notebooks / "a.ipynb", "1 / 0")
    with pytest.raises(NotebookFailed):
        make_build_with_report("sample", tmp_path / "build")
    assert [path.name for path in tmp_path.iterdir()] == ["nbs"]


def test_the_report_of_another_table_is_refused(sample_build, tmp_path):
    build = shutil.copytree(sample_build, tmp_path / "build")
    (tmp_path / "other.csv").write_bytes(SAMPLE_PATH.read_bytes().replace(b"Toy Story", b"Boy Story"))
    with pytest.raises(
        SourceMismatch, match=r"other\.csv: the build was made from a different table, sample; specify that table"
    ):
        make_report(str(tmp_path / "other.csv"), build)


def test_a_parameter_without_a_notebook_is_an_error(tmp_path):
    with pytest.raises(UnknownNotebookParameter, match="sauce"):
        make_build_with_report("sample", tmp_path / "build", sauce="kaggle")


def test_too_many_titles_for_a_report_are_refused_before_fitting_models(tmp_path, monkeypatch):
    monkeypatch.setattr("moviesmlops.recommender.MAX_PAIRS", 207 * 100)
    monkeypatch.setattr("moviesmlops.pipeline.compute_and_save_lists", None)
    with pytest.raises(TooManyCandidates, match=r"101 titles are too many .* at most 100 titles, or build with"):
        make_build_with_report("sample", tmp_path / "build", n_candidates=101)
    assert list(tmp_path.iterdir()) == []


def test_a_report_accepts_as_many_titles_as_there_are_lists(sample_build, monkeypatch):
    films = pd.read_parquet(sample_build / "catalog" / "films.parquet")
    check_report_size(films, 1_000_000)
    monkeypatch.setattr("moviesmlops.recommender.MAX_PAIRS", 207 * 100)
    check_report_size(films, 100)


def test_files_are_hard_linked_or_copied_if_links_fail(sample_build, tmp_path, monkeypatch):
    names = list(verify_build(sample_build)["files"])
    link_files(sample_build, tmp_path / "linked", names)
    assert os.path.samefile(sample_build / names[0], tmp_path / "linked" / names[0])
    monkeypatch.setattr(os, "link", lambda *_: (_ for _ in ()).throw(OSError("no links here")))
    link_files(sample_build, tmp_path / "copied", names)
    assert file_digests(tmp_path / "copied") == file_digests(tmp_path / "linked")
