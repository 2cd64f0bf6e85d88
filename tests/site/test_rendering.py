"""Rendering the site with Quarto if it is installed, else with nbconvert."""

import json
import os
import shutil
import stat
from pathlib import Path

import nbformat.v4
import pytest

from moviesmlops.site import Page, SiteFailed, remove_folded_code, make_site
from support import ROOT
from visits import PAGES


def test_folded_code_is_removed_from_the_search_index_of_quarto(project, tmp_path):
    (project / "report").mkdir()
    cells = [nbformat.v4.new_code_cell("films.median()"), nbformat.v4.new_markdown_cell("the median")]
    nbformat.write(nbformat.v4.new_notebook(cells=cells), project / "report" / "50_exploration.ipynb")
    index = tmp_path / "search.json"
    index.write_text(json.dumps([{"href": "report/50_exploration.html#a", "text": "Code\nfilms.median()\nthe median"}]))
    remove_folded_code(index, project, [Page("50_exploration.ipynb", "Exploration", "Report", True)])
    assert json.loads(index.read_text())[0]["text"].strip() == "the median"


@pytest.fixture
def project(tmp_path) -> Path:
    """A minimal copy of the repository to render in, which leaves this `report` folder alone."""
    for name in ("nbs", "theme"):
        shutil.copytree(ROOT / name, tmp_path / "clone" / name)
    for name in ("_quarto.yml", "settings.ini"):
        shutil.copy(ROOT / name, tmp_path / "clone")
    return tmp_path / "clone"


def fake_quarto(folder: Path, script: str) -> str:
    program = folder / "quarto"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(program.stat().st_mode | stat.S_IEXEC)
    return f"{folder}{os.pathsep}{os.environ['PATH']}"


def test_an_error_of_quarto_stops_the_build_with_its_message(project, report_build, tmp_path, monkeypatch):
    path = fake_quarto(tmp_path, "echo 'Preparing'; echo 'ERROR: no such theme' >&2; exit 1")
    monkeypatch.setenv("PATH", path)
    with pytest.raises(SiteFailed, match="quarto render: ERROR: no such theme") as raised:
        make_site(report_build, "sample", project)
    assert "\n" not in str(raised.value) and not (project / "report").exists()


def test_the_pages_are_the_same_without_quarto(project, report_build, tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("PATH", str(tmp_path))
    for part in ("report", "catalog", "site/ask"):
        shutil.copytree(report_build / part, tmp_path / "build" / part)
    site = make_site(tmp_path / "build", "sample", project)
    assert "https://quarto.org" in capsys.readouterr().out
    assert {path.stem for path in (site / "report").glob("*.html")} == {Path(page.notebook).stem for page in PAGES}


def test_quarto_gets_prepared_pages_without_directives(project, report_build, tmp_path, monkeypatch):
    copy = tmp_path / "copy"
    path = fake_quarto(tmp_path, f"mkdir -p _site/report && cp -r . {copy} && touch _site/report/index.html")
    monkeypatch.setenv("PATH", path)
    build = tmp_path / "build"
    for part in ("report", "catalog", "site/ask"):
        shutil.copytree(report_build / part, build / part)
    site = make_site(build, "sample", project)
    assert (site / "index.html").exists() and (copy / "theme" / "vega.js").exists()
    for page in PAGES:
        cells = json.loads((copy / "report" / page.notebook).read_text())["cells"]
        assert cells[0]["cell_type"] == "raw" and cells[0]["source"][0] == "---\n"
        assert not any(line.startswith("#|") for cell in cells for line in cell["source"])
        kinds = {kind for cell in cells for output in cell.get("outputs", []) for kind in output.get("data", {})}
        assert kinds <= {"text/markdown", "text/plain"}, "HTML would make Quarto fetch require.js"
