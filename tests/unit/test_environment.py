"""Whatever the machine is set up like: other kernels, narrow terminals, errors that nobody foresaw."""

import io
import json
import subprocess
import sys
from pathlib import Path

import pytest

from moviesmlops import cli
from moviesmlops.report import run_notebook
from moviesmlops.settings import read_settings
from moviesmlops.sources import SAMPLE_PATH, cache_folder, locate_file
from support import ROOT

KERNEL = {"argv": ["/bin/false"], "display_name": "another Python", "language": "python"}
CELL = {"cell_type": "code", "metadata": {}, "outputs": [], "execution_count": None}


def test_a_notebook_runs_in_this_interpreter_whatever_kernels_are_installed(tmp_path, monkeypatch):
    kernel = tmp_path / "jupyter" / "kernels" / "python3"
    kernel.mkdir(parents=True)
    (kernel / "kernel.json").write_text(json.dumps(KERNEL))
    monkeypatch.setenv("JUPYTER_PATH", str(tmp_path / "jupyter"))
    cells = [CELL | {"id": "one", "source": "import sys\nprint(sys.executable)"}]
    metadata = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
    notebook = {"cells": cells, "metadata": metadata, "nbformat": 4, "nbformat_minor": 5}
    (tmp_path / "a.ipynb").write_text(json.dumps(notebook))
    run_notebook((tmp_path / "a.ipynb", tmp_path / "b.ipynb", {}, ""))
    (ran,) = json.loads((tmp_path / "b.ipynb").read_text())["cells"]
    assert "".join(ran["outputs"][0]["text"]).strip() == sys.executable


def run(monkeypatch, *words: str) -> str:
    """The line with which the command ends."""
    monkeypatch.setattr(sys, "argv", ["moviesmlops", *words])
    with pytest.raises(SystemExit) as raised:
        cli.main()
    return str(raised.value.code)


def test_an_error_of_a_library_is_one_line_and_its_traceback_is_there_for_who_asks(monkeypatch):
    def fails(*_: object, **__: object) -> None:
        raise ZeroDivisionError("first line\nsecond line")

    monkeypatch.setattr(cli, "app", fails)
    assert run(monkeypatch, "etl") == "moviesmlops: ZeroDivisionError: first line; use --debug to see the traceback"
    monkeypatch.setattr(sys, "argv", ["moviesmlops", "etl", "--debug"])
    with pytest.raises(ZeroDivisionError):
        cli.main()


def test_a_letter_that_the_terminal_cannot_write_stops_nothing(monkeypatch):
    terminal = io.TextIOWrapper(io.BytesIO(), "cp1252")
    monkeypatch.setattr(sys, "stdout", terminal)
    monkeypatch.setattr(cli, "app", lambda *_, **__: print("Naked Gun 33⅓"))
    assert run(monkeypatch, "recommend") == "None"
    terminal.flush()
    assert terminal.buffer.getvalue() == b"Naked Gun 33\\u2153\n"


def test_a_tilde_is_the_home_of_the_user(monkeypatch, tmp_path):
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / "films.csv").write_bytes(SAMPLE_PATH.read_bytes())
    assert locate_file("~/films.csv") == tmp_path / "films.csv"
    assert read_settings({"MOVIES_BUILD": "~/build"}).build == str(tmp_path / "build")
    assert cli.notebook_parameters("~/ratings") == {"ratings": str(tmp_path / "ratings")}
    monkeypatch.setattr(sys, "argv", ["moviesmlops", "etl", "--source", "~/films.csv", "--out", "~/made"])
    with pytest.raises(SystemExit):
        cli.main()
    assert (tmp_path / "made" / "manifest.json").exists()


def test_downloads_have_a_place_where_the_user_has_no_home(monkeypatch):
    monkeypatch.setenv("HOME", "/proc/nowhere")
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    assert cache_folder().is_absolute() and "nowhere" not in str(cache_folder())


@pytest.mark.parametrize("word", ["sample", "Sample", "SAMPLE"])
def test_the_word_for_a_source_may_be_written_in_any_case(word):
    assert locate_file(word) == SAMPLE_PATH


@pytest.mark.parametrize("command", [["-m", "moviesmlops", "--help"], [str(ROOT / "api.py"), "--help"]])
def test_the_package_and_the_api_are_commands_too(command):
    answer = subprocess.run([sys.executable, *command], cwd=ROOT, capture_output=True, text=True)
    assert answer.returncode == 0 and "Usage" in answer.stdout, answer.stderr


def test_git_changes_no_line_ending_in_a_clone():
    assert "* -text" in (Path(ROOT) / ".gitattributes").read_text()


def test_a_path_in_an_unknown_home_is_one_line_that_names_it(monkeypatch):
    words = ("etl", "--source", "sample", "--out", "~nobody-here/build")
    expected = "moviesmlops: ~nobody-here/build: the home directory is unknown; use a path without ~"
    assert run(monkeypatch, *words) == expected
