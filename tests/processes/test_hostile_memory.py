"""What hostile sources cost: the command refuses them within its bound of memory."""

import resource

import pytest

import hostile
from support import run_command

LARGE = ("wide.csv", "nul.csv", "field.csv", "row.csv", "million_fields.csv")


@pytest.mark.parametrize("case", [case for case in hostile.CASES if case.name in LARGE], ids=LARGE)
def test_a_hostile_source_takes_less_than_its_bound_of_memory(case, tmp_path):
    (tmp_path / case.name).write_bytes(case.content())
    answer = run_command("etl", "--source", tmp_path / case.name, "--out", tmp_path / "build")
    assert answer.returncode == bool(case.message), answer.stderr
    assert "Traceback" not in answer.stderr and case.message in answer.stderr
    most = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 2**20
    assert most < 2.5, f"{most:.1f} GB"
