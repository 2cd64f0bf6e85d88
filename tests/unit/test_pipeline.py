"""The notebooks run two at a time, in the order of what they say they read and write, and what they say is true."""

import json
from pathlib import Path

import pytest

from moviesmlops.pipeline import (
    NoOrder, NotebookFailed, Step, needs_of, overlap, report_steps, run_step, shut_down, view_of,
)  # fmt: skip

KERNEL = {"kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"}}


def step(name: str, reads: str = "", writes: str = "") -> Step:
    return Step(Path(f"{name}.ipynb"), tuple(reads.split()), tuple(writes.split()), 1)


def test_a_notebook_starts_after_all_that_write_what_it_reads():
    needs = needs_of(report_steps())
    for reader, before in needs.items():
        for path in reader.reads:
            writers = [other for other in needs if any(overlap(path, written) for written in other.writes)]
            assert writers and set(writers) <= before, f"{reader.notebook.name} reads {path}"


def test_notebooks_that_wait_for_each_other_are_named_in_one_line():
    with pytest.raises(NoOrder, match=r"a\.ipynb"):
        needs_of([step("a", "one", "two"), step("b", "two", "one")])
    with pytest.raises(NoOrder, match=r"a\.ipynb: reads one, which no notebook writes"):
        needs_of([step("a", "one")])


def test_a_notebook_sees_of_the_build_only_what_it_says_it_reads(tmp_path):
    (tmp_path / "told").write_text("1")
    (tmp_path / "untold").write_text("2")
    with view_of(tmp_path, step("a", "told", "made")) as view:
        assert sorted(path.name for path in view.iterdir()) == ["told"]
        (view / "made").write_text("3")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["made", "told", "untold"]


def test_a_file_that_a_notebook_did_not_announce_stops_the_build_in_one_line(tmp_path):
    (tmp_path / "told").write_text("1")
    for name in ("told", "secret"):
        told = pytest.raises(NotebookFailed, match=rf"a\.ipynb: writes {name} and does not say so")
        with told, view_of(tmp_path, step("a", "told", "made")) as view:
            (view / name).write_text("other")
    assert (tmp_path / "told").read_text() == "1" and [path.name for path in tmp_path.iterdir()] == ["told"]


def test_an_undeclared_read_fails_the_notebook_with_one_line(tmp_path):
    from jupyter_client.manager import AsyncKernelManager

    source = ["from pathlib import Path\n", "(Path(build) / 'untold').read_text()"]
    cells = [
        {"cell_type": "code", "id": "one", "metadata": {"tags": ["parameters"]}, "source": ["build = ''"]},
        {"cell_type": "code", "id": "two", "metadata": {}, "source": source},
    ]
    cells = [cell | {"outputs": [], "execution_count": None} for cell in cells]
    notebook = {"cells": cells, "metadata": KERNEL, "nbformat": 4, "nbformat_minor": 5}
    (tmp_path / "a.ipynb").write_text(json.dumps(notebook))
    (work := tmp_path / "work").mkdir()
    (work / "untold").write_text("2")
    kernel = AsyncKernelManager(kernel_name="python3")
    with pytest.raises(NotebookFailed, match=r"^a\.ipynb, cell \d+: FileNotFoundError: [^\n]*untold"):
        run_step(Step(tmp_path / "a.ipynb", (), (), 2), work, {"build": ""}, kernel)
    asked = kernel.provisioner.process
    shut_down(kernel)
    assert asked.poll() is not None  # ended, and nobody's child that is forgotten
