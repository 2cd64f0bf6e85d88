"""A new build is published in one atomic step, and a crash loses no build."""

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


def test_the_requested_number_of_older_builds_is_kept(sample_build, smaller_build, tmp_path):
    name = tmp_path / "build"
    for build in (sample_build, smaller_build, sample_build):
        publish(build, name)
    assert len(folders_of(name)) == 2 and name.is_symlink() and films(name) == films(sample_build)
    publish(smaller_build, name, keep=3)
    assert len(folders_of(name)) == 3
    publish(smaller_build, name, keep=0)
    assert [folder.name for folder in tmp_path.iterdir() if folder != name] == [name.resolve().name]


def test_folders_are_listed_from_oldest_to_newest(sample_build, smaller_build, tmp_path):
    publish(sample_build, tmp_path / "build")
    publish(smaller_build, tmp_path / "build")
    assert [films(folder) for folder in folders_of(tmp_path / "build")] == [films(sample_build), films(smaller_build)]


def test_a_build_in_a_plain_folder_is_kept_as_the_previous_build(sample_build, smaller_build, tmp_path):
    name = Path(shutil.copytree(sample_build, tmp_path / "build"))
    publish(smaller_build, name)
    assert name.is_symlink() and films(name) == films(smaller_build)
    assert file_digests(folders_of(name)[-1]) == file_digests(sample_build)


@pytest.mark.parametrize("lost", ["the name", "nothing"])
def test_a_crash_loses_no_build(lost, sample_build, tmp_path):
    name = tmp_path / "build"
    publish(sample_build, name)
    shutil.copytree(sample_build / "catalog", new_folder(name) / "catalog")  # half a build that no process is writing
    if lost == "the name":
        name.unlink()
    with pytest.raises(SourceNotFound):
        make_build(str(tmp_path / "nowhere.csv"), name)
    assert films(current_build(name)) == films(sample_build)
    assert len(folders_of(name)) == 1, "the incomplete build was removed"


def test_an_unfinished_build_is_not_removed_by_another_process(sample_build, smaller_build, tmp_path):
    name, started, may_finish = tmp_path / "build", threading.Event(), threading.Event()

    def build_slowly() -> None:
        with publishing(name) as work:
            shutil.copytree(smaller_build, work, dirs_exist_ok=True)
            manifest = (work / MANIFEST).rename(tmp_path / MANIFEST)  # without it, the build is incomplete
            started.set()
            assert may_finish.wait(60)
            manifest.rename(work / MANIFEST)

    slow = threading.Thread(target=build_slowly)
    slow.start()
    assert started.wait(60)
    publish(sample_build, name)
    assert films(name) == films(sample_build)
    may_finish.set()
    slow.join(60)
    assert films(name) == films(smaller_build)


def test_a_kill_right_after_renaming_a_plain_folder_loses_no_build(sample_build, smaller_build, tmp_path):
    name = tmp_path / "build"
    shutil.copytree(smaller_build, new_folder(name))  # the previous build after its folder was renamed
    made = new_folder(name)
    made.mkdir()
    shutil.copytree(sample_build, made, dirs_exist_ok=True)
    link_of(made).symlink_to(made.name)  # the link before it gets the name
    with pytest.raises(SourceNotFound):
        make_build(str(tmp_path / "nowhere.csv"), name)
    assert films(current_build(name)) == films(sample_build) and not link_of(made).is_symlink()
    assert sorted(map(films, folders_of(name))) == sorted([films(smaller_build), films(sample_build)])
