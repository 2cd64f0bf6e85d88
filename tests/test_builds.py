"""A build is whole or not there, the same from the same source, and the API serves no damaged one."""

import json
import os
import shutil
import subprocess
import time
from pathlib import Path

import pytest
import typer

from conftest import COMMAND, serving
from moviesmlops import cli, pipeline
from moviesmlops.data import SAMPLE
from moviesmlops.builds import BuildDamaged, BuildNotFound, NotABuild, file_digests, read_manifest
from moviesmlops.pipeline import NotebookFailed, TooManyTitles, UnknownParameter, check_pairs, make_build

ROOT = Path(__file__).parent.parent


def artefacts(build: Path) -> dict[str, str]:
    """Digests of what must not depend on how or when a build was made."""
    return {name: digest for name, digest in file_digests(build).items() if name.startswith(("catalog/", "models/"))}


def test_two_builds_of_one_source_give_the_same_bytes(sample_build, tmp_path):
    assert artefacts(make_build(str(SAMPLE), tmp_path / "build", report=False)) == artefacts(sample_build)


def test_two_builds_of_the_real_table_give_the_same_bytes(real_table, real_build, tmp_path):
    assert artefacts(make_build(str(real_table), tmp_path / "build", report=False)) == artefacts(real_build)


def test_the_notebooks_make_the_same_bytes_as_the_functions(reported, sample_build):
    assert artefacts(reported) == artefacts(sample_build) and artefacts(reported)


def test_a_report_holds_every_notebook_executed_and_without_error(reported):
    names = sorted(path.name for path in (ROOT / "nbs").glob("*.ipynb") if path.name != "22_pipeline.ipynb")
    assert sorted(path.name for path in (reported / "report").iterdir()) == names
    for path in (reported / "report").iterdir():
        cells = [cell for cell in json.loads(path.read_text())["cells"] if cell["cell_type"] == "code"]
        assert all(cell["execution_count"] for cell in cells if "".join(cell["source"]).strip())
        assert not [output for cell in cells for output in cell["outputs"] if output["output_type"] == "error"]


def test_the_manifest_tells_what_the_build_is_made_of(reported):
    manifest = read_manifest(reported)
    assert manifest["source"] == "sample" and manifest["packages"]["pandas"]
    assert manifest["counts"] == {"rows": 222, "films": 207, "quarantine": 6}
    assert set(manifest["files"]) == set(file_digests(reported))


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


def test_etl_does_not_remove_the_recommenders_of_a_build(sample_build, tmp_path):
    build = shutil.copytree(sample_build, tmp_path / "build")
    answer = run("etl", "--out", str(build))
    assert answer.returncode == 1 and "recommenders" in answer.stderr
    assert file_digests(build) == file_digests(sample_build)


def test_a_build_that_is_stopped_leaves_nothing_behind(tmp_path):
    build = subprocess.Popen([COMMAND, "build", "--out", tmp_path / "build"], stderr=subprocess.DEVNULL)
    for _ in range(600):
        if list(tmp_path.glob(".build-*/catalog")):
            break
        time.sleep(0.05)
    build.terminate()
    assert build.wait(30) != 0 and list(tmp_path.iterdir()) == []


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


def run(*words: str, **environment: str) -> subprocess.CompletedProcess:
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("MOVIES_")}
    return subprocess.run([COMMAND, *words], capture_output=True, text=True, env=inherited | environment, timeout=120)


@pytest.mark.parametrize(
    "words",
    [("build", "--source", "nowhere.csv"), ("etl", "--source", "README.md", "--out", "new"),
     ("serve", "--build", "nowhere"),
     ("build", "--sauce", "x"), ("dance",), ("serve", "--port", "http"),
     ("serve", "--port", "99999"), ("serve", "--workers", "65"), ("recommend", "x", "--model", "svd"),
     ("build", "--out", str(SAMPLE), "--no-report")],
)  # fmt: skip
def test_a_mistake_on_the_command_line_is_one_line_and_exit_1(words, sample_build):
    answer = run(*words, MOVIES_BUILD=str(sample_build))
    assert answer.returncode == 1 and answer.stdout == ""
    assert answer.stderr.startswith("moviesmlops: ") and answer.stderr.count("\n") == 1


def test_the_command_line_heeds_its_two_variables(tmp_path):
    answer = run("etl", MOVIES_SOURCE=str(SAMPLE), MOVIES_BUILD=str(tmp_path / "made"))
    assert answer.returncode == 0, answer.stderr
    assert read_manifest(tmp_path / "made")["source"] == SAMPLE.name


def test_every_command_and_option_has_a_help():
    for name, command in typer.main.get_command(cli.app).commands.items():
        assert command.help, name
        assert all(parameter.help for parameter in command.params), name


def start_server(build: str | None, folder: Path) -> subprocess.CompletedProcess:
    """`uvicorn api:app` from a folder, stopped after a moment."""
    environment = {name: value for name, value in os.environ.items() if name != "MOVIES_BUILD"}
    environment |= {"PYTHONPATH": str(ROOT)} | ({"MOVIES_BUILD": build} if build else {})
    command = ["timeout", "20", str(Path(COMMAND).with_name("uvicorn")), "api:app", "--port", "0"]
    return subprocess.run(command, capture_output=True, text=True, env=environment, cwd=folder)


def test_a_build_that_is_named_and_missing_stops_the_api_with_the_reason(tmp_path):
    answer = start_server(str(tmp_path / "nowhere"), tmp_path)
    assert answer.returncode not in (0, 124) and "no build there" in answer.stderr
    assert "Traceback" not in answer.stderr


def test_a_damaged_build_stops_the_api_with_the_reason(sample_build, tmp_path):
    build = shutil.copytree(sample_build, tmp_path / "build")
    (build / "catalog" / "quality.json").unlink()
    answer = start_server(str(build), tmp_path)
    assert answer.returncode not in (0, 124) and "quality.json: missing" in answer.stderr


def test_with_no_build_at_all_the_api_answers_from_the_sample_and_says_so(tmp_path):
    answer = start_server(None, tmp_path)
    assert answer.returncode == 124, "it runs until it is stopped"
    assert "embedded sample" in answer.stderr and "Application startup complete" in answer.stderr


def test_health_tells_where_the_answers_come_from(sample_build):
    with serving(sample_build) as client:
        health, manifest = client.get("/salud").json(), read_manifest(sample_build)
    assert health["fuente"] == "sample" and health["peliculas"] == manifest["counts"]["films"]
    assert health["huella"] == manifest["sha256"] and health["construido"] == manifest["built"]
