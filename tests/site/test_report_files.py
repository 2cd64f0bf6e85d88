"""The report of a build: all notebooks are executed, and the catalogue and models are unchanged."""

import json

from independent import parse_films, raw_rows
from moviesmlops.pipeline import make_build
from moviesmlops.builds import file_digests, verify_build
from moviesmlops.report import report_notebooks
from support import ROOT, model_and_catalog_digests


def test_a_build_with_a_report_has_the_same_catalogue_and_models_as_one_without(report_build, markup_table, tmp_path):
    without_report = make_build(str(markup_table), tmp_path / "build")
    digests = model_and_catalog_digests(without_report)
    assert digests and model_and_catalog_digests(report_build) == digests


def test_a_report_has_all_notebooks_executed_without_errors(report_build):
    excluded = {"34_pipeline.ipynb", "35_report.ipynb"}
    names = {path.name for path in (ROOT / "nbs").glob("*.ipynb")} - excluded
    assert {path.name for path in report_notebooks()} == names
    assert {path.name for path in (report_build / "report").iterdir()} == names
    for path in (report_build / "report").iterdir():
        cells = [cell for cell in json.loads(path.read_text())["cells"] if cell["cell_type"] == "code"]
        assert all(cell["execution_count"] for cell in cells if "".join(cell["source"]).strip())
        assert not [output for cell in cells for output in cell["outputs"] if output["output_type"] == "error"]


def test_the_manifest_has_the_files_and_counts_of_the_build(report_build, markup_table):
    manifest = verify_build(report_build)
    assert manifest["source"] == markup_table.name and manifest["packages"]["pandas"]
    rows, film_count = len(raw_rows(markup_table)), len(parse_films(markup_table))
    assert manifest["counts"] == {"rows": rows, "films": film_count, "quarantine": 6}
    assert set(manifest["files"]) == set(file_digests(report_build))
