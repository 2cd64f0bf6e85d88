"""Memory that the command needs to refuse a hostile source."""

import resource

import pytest

import hostile
from support import run_command

LARGE_CASES = ("wide.csv", "nul.csv", "field.csv", "row.csv", "million_fields.csv")


@pytest.mark.parametrize("case", [case for case in hostile.CASES if case.name in LARGE_CASES], ids=LARGE_CASES)
def test_a_hostile_source_is_refused_within_a_bound_of_memory(case, tmp_path):
    (tmp_path / case.name).write_bytes(case.content())
    result = run_command("etl", "--source", tmp_path / case.name, "--out", tmp_path / "build")
    assert result.returncode == bool(case.message), result.stderr
    assert "Traceback" not in result.stderr and case.message in result.stderr
    peak_gb = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 2**20
    assert peak_gb < 2.5, f"{peak_gb:.1f} GB"
