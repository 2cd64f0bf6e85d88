"""The report of a build: every notebook executed, and the catalogue and the models as they were without it."""

import json

from independent import films, raw_rows
from moviesmlops.build import make_build
from moviesmlops.builds import file_digests, read_manifest
from moviesmlops.report import report_notebooks
from support import ROOT, artefacts


def test_a_build_with_a_report_has_the_same_catalogue_and_models_as_one_without(report_build, markup_table, tmp_path):
    alone = make_build(str(markup_table), tmp_path / "build")
    assert artefacts(report_build) == artefacts(alone) and artefacts(alone)


def test_a_report_holds_every_notebook_executed_and_without_error(report_build):
    making = {"34_build.ipynb", "35_report.ipynb"}
    names = {path.name for path in (ROOT / "nbs").glob("*.ipynb")} - making
    assert {path.name for path in report_notebooks()} == names
    assert {path.name for path in (report_build / "report").iterdir()} == names
    for path in (report_build / "report").iterdir():
        cells = [cell for cell in json.loads(path.read_text())["cells"] if cell["cell_type"] == "code"]
        assert all(cell["execution_count"] for cell in cells if "".join(cell["source"]).strip())
        assert not [output for cell in cells for output in cell["outputs"] if output["output_type"] == "error"]


def test_the_manifest_names_the_files_of_the_build_and_the_counts_of_its_table(report_build, markup_table):
    manifest = read_manifest(report_build)
    assert manifest["source"] == markup_table.name and manifest["packages"]["pandas"]
    rows, kept = len(raw_rows(markup_table)), len(films(markup_table))
    assert manifest["counts"] == {"rows": rows, "films": kept, "quarantine": 6}
    assert set(manifest["files"]) == set(file_digests(report_build))
