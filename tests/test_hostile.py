"""Hostile sources are refused in one line, within bounds, and the build that was there stays."""

import resource
import subprocess

import pytest

import hostile
from conftest import COMMAND

QUICK = [case for case in hostile.CASES if not case.heavy]


def etl(source, out) -> subprocess.CompletedProcess:
    command = [COMMAND, "etl", "--source", str(source), "--out", str(out)]
    return subprocess.run(command, capture_output=True, text=True, timeout=100)


@pytest.mark.parametrize("case", QUICK, ids=[case.name for case in QUICK])
def test_a_hostile_source_is_refused_in_one_line(case, tmp_path):
    (tmp_path / case.name).write_bytes(case.content())
    answer = etl(tmp_path / case.name, tmp_path / "build")
    told = [line for line in answer.stderr.splitlines() if not line.startswith("reading and cleaning")]
    if case.said:
        assert answer.returncode == 1 and len(told) == 1 and case.said in told[0] and case.name in told[0]
        assert sorted(path.name for path in tmp_path.iterdir()) == [case.name], "nothing is left behind"
    else:
        assert answer.returncode == 0, answer.stderr
    most = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 2**20
    assert most < 2.5, f"{most:.1f} GB"
