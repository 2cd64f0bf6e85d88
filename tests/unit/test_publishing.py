"""A new build is published in one atomic step, and a crash loses no build."""

import errno
import os
import resource
import shutil
import sqlite3
import subprocess
import threading
from pathlib import Path

import pytest

from moviesmlops.builds import (
    MANIFEST_FILE, DiskFull, current_build, file_digests, list_build_folders, link_path, new_build_folder,
    publish_build,
)  # fmt: skip
from moviesmlops.sources import SourceNotFound
from moviesmlops.pipeline import make_build
from support import COMMAND, film_count, publish_copy


def test_the_requested_number_of_older_builds_is_kept(sample_build, smaller_build, tmp_path):
    name = tmp_path / "build"
    for build in (sample_build, smaller_build, sample_build):
        publish_copy(build, name)
    assert len(list_build_folders(name)) == 2 and name.is_symlink() and film_count(name) == film_count(sample_build)
    publish_copy(smaller_build, name, keep=3)
    assert len(list_build_folders(name)) == 3
    publish_copy(smaller_build, name, keep=0)
    assert [folder.name for folder in tmp_path.iterdir() if folder != name] == [name.resolve().name]


def test_folders_are_listed_from_oldest_to_newest(sample_build, smaller_build, tmp_path):
    publish_copy(sample_build, tmp_path / "build")
    publish_copy(smaller_build, tmp_path / "build")
    assert [film_count(folder) for folder in list_build_folders(tmp_path / "build")] == [
        film_count(sample_build),
        film_count(smaller_build),
    ]


def test_a_build_in_a_plain_folder_is_kept_as_the_previous_build(sample_build, smaller_build, tmp_path):
    name = Path(shutil.copytree(sample_build, tmp_path / "build"))
    publish_copy(smaller_build, name)
    assert name.is_symlink() and film_count(name) == film_count(smaller_build)
    assert file_digests(list_build_folders(name)[-1]) == file_digests(sample_build)


@pytest.mark.parametrize("lost", ["the name", "nothing"])
def test_a_crash_loses_no_build(lost, sample_build, tmp_path):
    name = tmp_path / "build"
    publish_copy(sample_build, name)
    shutil.copytree(
        sample_build / "catalog", new_build_folder(name) / "catalog"
    )  # half a build that no process is writing
    if lost == "the name":
        name.unlink()
    with pytest.raises(SourceNotFound):
        make_build(str(tmp_path / "nowhere.csv"), name)
    assert film_count(current_build(name)) == film_count(sample_build)
    assert len(list_build_folders(name)) == 1, "the incomplete build was removed"


def test_an_unfinished_build_is_not_removed_by_another_process(sample_build, smaller_build, tmp_path):
    name, started, may_finish = tmp_path / "build", threading.Event(), threading.Event()

    def build_slowly() -> None:
        with publish_build(name) as work:
            shutil.copytree(smaller_build, work, dirs_exist_ok=True)
            manifest = (work / MANIFEST_FILE).rename(tmp_path / MANIFEST_FILE)  # without it, the build is incomplete
            started.set()
            assert may_finish.wait(60)
            manifest.rename(work / MANIFEST_FILE)

    slow = threading.Thread(target=build_slowly)
    slow.start()
    assert started.wait(60)
    publish_copy(sample_build, name)
    assert film_count(name) == film_count(sample_build)
    may_finish.set()
    slow.join(60)
    assert film_count(name) == film_count(smaller_build)


def test_a_kill_right_after_renaming_a_plain_folder_loses_no_build(sample_build, smaller_build, tmp_path):
    name = tmp_path / "build"
    shutil.copytree(smaller_build, new_build_folder(name))  # the previous build after its folder was renamed
    made = new_build_folder(name)
    made.mkdir()
    shutil.copytree(sample_build, made, dirs_exist_ok=True)
    link_path(made).symlink_to(made.name)  # the link before it gets the name
    with pytest.raises(SourceNotFound):
        make_build(str(tmp_path / "nowhere.csv"), name)
    assert film_count(current_build(name)) == film_count(sample_build) and not link_path(made).is_symlink()
    assert sorted(map(film_count, list_build_folders(name))) == sorted(
        [film_count(smaller_build), film_count(sample_build)]
    )


@pytest.mark.parametrize(
    "error",
    [OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)), OSError("2267300 requested and 444352 written"),
     sqlite3.OperationalError("database or disk is full"), OSError(errno.EDQUOT, os.strerror(errno.EDQUOT))],
    ids=["Python", "NumPy", "SQLite", "quota"],
)  # fmt: skip
def test_a_full_disk_is_one_message_that_names_the_folder(error, tmp_path):
    message = f"^{tmp_path}: the disk is full.* free some space"
    with pytest.raises(DiskFull, match=message), publish_build(tmp_path / "build"):
        raise error
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("limit", [2_000, 20_000, 100_000])
def test_a_build_that_finds_no_room_says_so_and_leaves_nothing_behind(limit, tmp_path):
    command = [COMMAND, "build", "--source", "sample", "--no-report", "--out", tmp_path / "build"]
    limits = {"preexec_fn": lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))}
    build = subprocess.run(command, capture_output=True, text=True, **limits)
    assert build.returncode == 1 and f"moviesmlops: {tmp_path}: the disk is full" in build.stderr.splitlines()[-1]
    assert list(tmp_path.iterdir()) == []
