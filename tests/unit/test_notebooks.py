"""The format of the notebooks: clean, exported, and readable as text."""

import ast
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from support import ROOT

NOTEBOOKS = sorted((ROOT / "nbs").glob("*.ipynb"))


def cells_of(notebook: Path) -> list[dict]:
    return json.loads(notebook.read_text(encoding="utf-8"))["cells"]


def source_of(cell: dict) -> str:
    return "".join(cell["source"])


def test_cleaning_and_exporting_the_notebooks_changes_nothing(tmp_path):
    for name in ("nbs", "moviesmlops", "settings.ini", "pyproject.toml"):
        copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copy
        copy(ROOT / name, tmp_path / name)
    for command in ("nbdev_clean", "nbdev_export"):
        subprocess.run([Path(sys.executable).with_name(command)], cwd=tmp_path, check=True)
    for path in [*NOTEBOOKS, *sorted((ROOT / "moviesmlops").glob("*.py"))]:
        assert (tmp_path / path.relative_to(ROOT)).read_text() == path.read_text(), f"run `make export`: {path.name}"


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_starts_with_a_title_and_a_summary(notebook):
    first = source_of(cells_of(notebook)[0])
    assert first.startswith("# ") and "\n> " in first


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_has_at_most_four_code_cells_in_a_row(notebook):
    consecutive = 0
    for cell in cells_of(notebook):
        consecutive = consecutive + 1 if cell["cell_type"] == "code" else 0
        assert consecutive <= 4, f"more than four code cells in a row: {source_of(cell)[:60]}"


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_module_imports_only_modules_with_lower_numbers(notebook):
    lower = {path.stem[3:] for path in NOTEBOOKS if path.stem[:2] < notebook.stem[:2]}
    exported = [source_of(cell) for cell in cells_of(notebook) if source_of(cell).startswith("#| export")]
    for module in re.findall(r"^\s*(?:from|import) moviesmlops\.(\w+)", "\n".join(exported), re.MULTILINE):
        assert module in lower


def test_notebook_numbers_are_unique_and_each_module_has_a_notebook():
    numbers = [path.stem[:2] for path in NOTEBOOKS if path.stem[:2].isdigit()]
    assert len(numbers) == len(set(numbers))
    exporting = {path.stem[3:] for path in NOTEBOOKS if "#| default_exp" in path.read_text(encoding="utf-8")}
    modules = {path.stem for path in (ROOT / "moviesmlops").glob("*.py")} - {"__init__", "__main__", "_modidx"}
    assert exporting == modules


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda path: path.stem)
def test_an_exported_function_has_at_most_25_lines_of_110_characters(notebook):
    for cell in cells_of(notebook):
        source = source_of(cell)
        if cell["cell_type"] == "code":
            assert max(map(len, source.splitlines()), default=0) <= 110, max(source.splitlines(), key=len)
        if source.startswith("#| export"):
            functions = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.FunctionDef)]
            for function in functions:
                assert function.end_lineno - function.lineno < 25, function.name


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda path: path.stem)
def test_computed_sentences_use_a_template(notebook):
    for cell in cells_of(notebook):
        if cell["cell_type"] == "code":
            assert not re.search(r"\bshow_text\(\s*(f[\"']|\[)", source_of(cell)), "give a template and values"


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda path: path.stem)
def test_outputs_have_no_traceback_and_no_local_path(notebook):
    for cell in cells_of(notebook):
        shown = json.dumps(cell.get("outputs", []))
        assert "Traceback" not in shown and str(ROOT) not in shown and "/home/" not in shown.replace("/home/ana", "")


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda path: path.stem)
def test_outputs_are_those_of_the_whole_table_and_not_too_large(notebook):
    outputs = json.dumps([cell.get("outputs", []) for cell in cells_of(notebook)])
    assert len(outputs) < 1_500_000
    if notebook.stem != "36_cluster" and 'source = "table"' in "".join(map(source_of, cells_of(notebook))):
        assert "207 films" not in outputs, "run `make notebooks`"
        if notebook.stem in ("04_etl", "06_catalog", "07_queries", "51_quality", "56_data_card", "index"):
            assert "45,346" in outputs, "run `make notebooks`"
