"""A build is whole or not there, and the same from the same source."""

import json
import shutil

import pytest
import typer

from moviesmlops import cli, pipeline
from moviesmlops.builds import BuildDamaged, BuildNotFound, NotABuild, file_digests, read_manifest
from moviesmlops.data import SAMPLE
from moviesmlops.pipeline import NotebookFailed, TooManyTitles, UnknownParameter, check_pairs, make_build
from support import ROOT, artefacts


def test_two_builds_of_one_source_give_the_same_bytes(sample_build, tmp_path):
    assert artefacts(make_build(str(SAMPLE), tmp_path / "build", report=False)) == artefacts(sample_build)


def test_the_manifest_tells_of_the_embedded_sample(sample_build):
    manifest = read_manifest(sample_build)
    assert manifest["source"] == "sample" and manifest["counts"] == {"rows": 222, "films": 207, "quarantine": 6}


def test_a_parameter_that_no_notebook_takes_is_an_error(tmp_path):
    with pytest.raises(UnknownParameter, match="sauce"):
        make_build("sample", tmp_path / "build", sauce="kaggle")


def test_a_failing_notebook_stops_the_build_and_the_old_one_stays(sample_build, tmp_path, monkeypatch):
    shutil.copytree(ROOT / "nbs", tmp_path / "nbs")
    notebook = json.loads((tmp_path / "nbs" / "03_etl.ipynb").read_text())
    cell = {"cell_type": "code", "id": "broken", "metadata": {}, "outputs": [], "execution_count": None}
    notebook["cells"].append(cell | {"source": ["1 / 0"]})
    (tmp_path / "nbs" / "03_etl.ipynb").write_text(json.dumps(notebook))
    build = shutil.copytree(sample_build, tmp_path / "build")
    monkeypatch.setattr(pipeline, "NOTEBOOKS", tmp_path / "nbs")
    with pytest.raises(NotebookFailed, match=r"03_etl\.ipynb, cell \d+: ZeroDivisionError: division by zero"):
        make_build("sample", build)
    assert file_digests(build) == file_digests(sample_build) and read_manifest(build)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["build", "nbs"], "nothing is left lying about"


def test_a_report_on_more_titles_than_lists_are_made_of_is_refused_early(tmp_path, monkeypatch):
    monkeypatch.setattr("moviesmlops.recommender.PAIRS", 207 * 100)
    run_notebook, run = pipeline.run_notebook, []
    monkeypatch.setattr(pipeline, "run_notebook", lambda *given: (run.append(given[0].name), run_notebook(*given)))
    with pytest.raises(TooManyTitles, match=r"titles is 101: .* at most 100 titles, or build with --no-report"):
        make_build("sample", tmp_path / "build", titles=101)
    assert "03_etl.ipynb" in run and len(run) <= 2 and list(tmp_path.iterdir()) == []


def test_as_many_titles_as_there_are_lists_for_are_reported_on(sample_build, monkeypatch):
    monkeypatch.setattr("moviesmlops.recommender.PAIRS", 207 * 100)
    check_pairs(sample_build / "catalog", 100)
    monkeypatch.undo()
    check_pairs(sample_build / "catalog", 1_000_000)


def test_a_folder_of_other_things_is_never_replaced(tmp_path):
    (tmp_path / "thesis.txt").write_text("years of work")
    with pytest.raises(NotABuild):
        make_build("sample", tmp_path, report=False)
    assert (tmp_path / "thesis.txt").read_text() == "years of work"


def test_a_foreign_manifest_does_not_make_a_folder_a_build(tmp_path):
    (tmp_path / "manifest.json").write_text('{"name": "my web app"}')
    with pytest.raises(NotABuild):
        make_build("sample", tmp_path, report=False)


def test_a_file_that_somebody_left_in_a_build_is_never_removed(sample_build, tmp_path):
    build = shutil.copytree(sample_build, tmp_path / "build")
    (build / "my_notes.txt").write_text("a good idea")
    with pytest.raises(NotABuild, match=r"my_notes\.txt"):
        make_build("sample", build, report=False)
    assert (build / "my_notes.txt").exists()


def test_a_missing_or_changed_file_is_noticed(sample_build, tmp_path):
    build = shutil.copytree(sample_build, tmp_path / "build")
    queries = build / "catalog" / "queries.json"
    queries.write_text(queries.read_text().replace("Toy Story", "Boy Story"))
    with pytest.raises(BuildDamaged, match=r"queries\.json: not as it was made"):
        read_manifest(build)
    queries.unlink()
    with pytest.raises(BuildDamaged, match=r"queries\.json: missing"):
        read_manifest(build)
    with pytest.raises(BuildNotFound, match="moviesmlops build"):
        read_manifest(tmp_path / "elsewhere")


def test_every_command_and_option_has_a_help():
    for name, command in typer.main.get_command(cli.app).commands.items():
        assert command.help, name
        assert all(parameter.help for parameter in command.params), name
