"""Hostile sources are refused with one line, and the existing build stays."""

import shutil

import pytest

import hostile
from moviesmlops.builds import file_digests
from support import call_command

QUICK = [case for case in hostile.CASES if not case.heavy]


@pytest.mark.parametrize("case", QUICK, ids=[case.name for case in QUICK])
def test_a_hostile_source_is_refused_with_one_line_and_the_build_stays(case, sample_build, tmp_path):
    source, build = tmp_path / case.name, tmp_path / "build"
    source.write_bytes(case.content())
    (build / "catalog").parent.mkdir()
    shutil.copytree(sample_build / "catalog", build / "catalog")
    shutil.copy(sample_build / "manifest.json", build)
    before = file_digests(build)
    result = call_command("etl", "--source", source, "--out", build)
    if case.message:
        assert result.code == 1 and "\n" not in result.message
        assert case.message in result.message and case.name in result.message
        assert {path.name for path in tmp_path.iterdir()} == {"build", case.name}, "nothing is left behind"
        assert file_digests(build) == before
    else:
        assert result.code == 0, result.message
