"""Hostile sources are refused in one line, and the build that was there stays."""

import shutil

import pytest

import hostile
from moviesmlops.builds import file_digests
from support import call_command

QUICK = [case for case in hostile.CASES if not case.heavy]


@pytest.mark.parametrize("case", QUICK, ids=[case.name for case in QUICK])
def test_a_hostile_source_is_refused_in_one_line_and_the_build_stays(case, sample_build, tmp_path):
    source, build = tmp_path / case.name, tmp_path / "build"
    source.write_bytes(case.content())
    (build / "catalog").parent.mkdir()
    shutil.copytree(sample_build / "catalog", build / "catalog")
    shutil.copy(sample_build / "manifest.json", build)
    before = file_digests(build)
    ended = call_command("etl", "--source", source, "--out", build)
    if case.said:
        assert ended.code == 1 and "\n" not in ended.message
        assert case.said in ended.message and case.name in ended.message
        assert {path.name for path in tmp_path.iterdir()} == {"build", case.name}, "nothing is left behind"
        assert file_digests(build) == before
    else:
        assert ended.code == 0, ended.message
