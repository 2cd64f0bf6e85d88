"""Builds are complete or absent, and the same source gives the same build."""

import shutil

import pytest
import typer

from moviesmlops import cli
from moviesmlops.pipeline import make_build
from moviesmlops.builds import BuildDamaged, BuildNotFound, NotABuild, verify_build
from moviesmlops.sources import SAMPLE_PATH
from support import model_and_catalog_digests


def test_two_builds_of_one_source_give_the_same_bytes(sample_build, tmp_path):
    assert model_and_catalog_digests(make_build(str(SAMPLE_PATH), tmp_path / "build")) == model_and_catalog_digests(
        sample_build
    )


def test_the_manifest_describes_the_embedded_sample(sample_build):
    manifest = verify_build(sample_build)
    assert manifest["source"] == "sample" and manifest["counts"] == {"rows": 222, "films": 207, "quarantine": 6}


def test_a_folder_with_other_files_is_never_replaced(tmp_path):
    (tmp_path / "thesis.txt").write_text("years of work")
    with pytest.raises(NotABuild):
        make_build("sample", tmp_path)
    assert (tmp_path / "thesis.txt").read_text() == "years of work"


def test_a_folder_with_the_manifest_of_another_program_is_not_replaced(tmp_path):
    (tmp_path / "manifest.json").write_text('{"name": "my web app"}')
    with pytest.raises(NotABuild):
        make_build("sample", tmp_path)


def test_a_build_with_a_foreign_file_is_never_removed(sample_build, tmp_path):
    build = shutil.copytree(sample_build, tmp_path / "build")
    (build / "my_notes.txt").write_text("a good idea")
    with pytest.raises(NotABuild, match=r"my_notes\.txt"):
        make_build("sample", build)
    assert (build / "my_notes.txt").exists()


def test_a_missing_or_changed_file_is_detected(sample_build, tmp_path):
    build = shutil.copytree(sample_build, tmp_path / "build")
    database = build / "catalog" / "catalog.sqlite"
    database.write_bytes(database.read_bytes().replace(b"Toy Story", b"Boy Story"))
    with pytest.raises(BuildDamaged, match=r"catalog\.sqlite: changed after the build was made"):
        verify_build(build)
    database.unlink()
    with pytest.raises(BuildDamaged, match=r"catalog\.sqlite: missing"):
        verify_build(build)
    with pytest.raises(BuildNotFound, match="moviesmlops build"):
        verify_build(tmp_path / "elsewhere")


def test_each_command_and_option_has_a_help_text():
    for name, command in typer.main.get_command(cli.app).commands.items():
        assert command.help, name
        assert all(parameter.help for parameter in command.params), name
