"""A new build takes its name in one step, and a crash costs none."""

import shutil
import threading
from pathlib import Path

import pytest

from moviesmlops.builds import (
    MANIFEST, current_build, file_digests, folders_of, link_of, new_folder, publishing,
)  # fmt: skip
from moviesmlops.sources import SourceNotFound
from moviesmlops.build import make_build
from support import films, publish


def test_only_as_many_older_builds_are_kept_as_asked_for(sample_build, smaller_build, tmp_path):
    name = tmp_path / "build"
    for build in (sample_build, smaller_build, sample_build):
        publish(build, name)
    assert len(folders_of(name)) == 2 and name.is_symlink() and films(name) == films(sample_build)
    publish(smaller_build, name, keep=3)
    assert len(folders_of(name)) == 3
    publish(smaller_build, name, keep=0)
    assert [folder.name for folder in tmp_path.iterdir() if folder != name] == [name.resolve().name]


def test_the_build_before_is_the_older_of_two(sample_build, smaller_build, tmp_path):
    publish(sample_build, tmp_path / "build")
    publish(smaller_build, tmp_path / "build")
    assert [films(folder) for folder in folders_of(tmp_path / "build")] == [films(sample_build), films(smaller_build)]


def test_a_build_in_a_plain_folder_becomes_the_one_before(sample_build, smaller_build, tmp_path):
    name = Path(shutil.copytree(sample_build, tmp_path / "build"))
    publish(smaller_build, name)
    assert name.is_symlink() and films(name) == films(smaller_build)
    assert file_digests(folders_of(name)[-1]) == file_digests(sample_build)


@pytest.mark.parametrize("lost", ["the name", "nothing"])
def test_what_a_crash_leaves_costs_no_build(lost, sample_build, tmp_path):
    name = tmp_path / "build"
    publish(sample_build, name)
    shutil.copytree(sample_build / "catalog", new_folder(name) / "catalog")  # half of one, nobody at work on it
    if lost == "the name":
        name.unlink()
    with pytest.raises(SourceNotFound):
        make_build(str(tmp_path / "nowhere.csv"), name)
    assert films(current_build(name)) == films(sample_build)
    assert len(folders_of(name)) == 1, "the half one is gone"


def test_a_build_in_the_making_is_not_removed_by_another(sample_build, smaller_build, tmp_path):
    name, begun, go_on = tmp_path / "build", threading.Event(), threading.Event()

    def build_slowly() -> None:
        with publishing(name) as work:
            shutil.copytree(smaller_build, work, dirs_exist_ok=True)
            manifest = (work / MANIFEST).rename(tmp_path / MANIFEST)  # until it is back, the build is unfinished
            begun.set()
            assert go_on.wait(60)
            manifest.rename(work / MANIFEST)

    slow = threading.Thread(target=build_slowly)
    slow.start()
    assert begun.wait(60)
    publish(sample_build, name)
    assert films(name) == films(sample_build)
    go_on.set()
    slow.join(60)
    assert films(name) == films(smaller_build)


def test_a_kill_right_after_a_plain_folder_gave_up_its_name_costs_no_build(sample_build, smaller_build, tmp_path):
    name = tmp_path / "build"
    shutil.copytree(smaller_build, new_folder(name))  # renamed aside
    (made := new_folder(name)).mkdir()
    shutil.copytree(sample_build, made, dirs_exist_ok=True)
    link_of(made).symlink_to(made.name)  # not yet renamed
    with pytest.raises(SourceNotFound):
        make_build(str(tmp_path / "nowhere.csv"), name)
    assert films(current_build(name)) == films(sample_build) and not link_of(made).is_symlink()
    assert sorted(map(films, folders_of(name))) == sorted([films(smaller_build), films(sample_build)])
