import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.faults.conftest import hashes, outputs_of
from tests.faults.forks import STAGES

pytestmark = pytest.mark.slow

PAGE = 4096  # bytes of a disk in memory that one small file takes


def assert_in_words(status: int, said: str, words: str = "") -> None:
    """A stage ended with status 1 and said why, no traceback."""
    assert status == 1, said
    assert "Traceback" not in said, said
    assert words in said, said


@pytest.mark.parametrize("stage", STAGES)
def test_a_file_that_may_not_grow_is_a_sentence_and_the_earlier_outputs_stay(
    stage, workspace, forks, undisturbed, survived
):
    files = [workspace / name for name in hashes(workspace, stage)]
    limit = max(path.stat().st_size for path in files) - 1

    status, said = forks.run(stage, workspace, limit)
    kept = hashes(workspace, stage).keys()

    survived(stage, workspace)
    assert_in_words(status, said, "File too large")
    assert kept == undisturbed[stage].keys()


@pytest.fixture(scope="module")
def small_disk(tiny_project, tmp_path_factory):
    """The finished project on a disk in memory of a few megabytes, where this user may mount one."""
    place = tmp_path_factory.mktemp("disk")
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", place], check=False, capture_output=True
    )
    if mounted.returncode:
        pytest.skip("this user may not mount a disk")
    try:
        shutil.copytree(tiny_project, place / "project")
        yield place / "project"
    finally:
        subprocess.run(["umount", "--lazy", place], check=True)


def fill(disk: Path, pages: int) -> Path:
    """Fill a disk but for some pages; return the file that fills it."""
    filler = disk / "filler"
    free = os.statvfs(disk).f_bavail * os.statvfs(disk).f_bsize
    filler.write_bytes(bytes(max(free - pages * PAGE, 0)))
    return filler


@pytest.mark.parametrize("stage", STAGES)
def test_a_full_disk_is_a_sentence_and_the_earlier_outputs_stay(stage, pages, small_disk, forks, undisturbed, survived):
    filler = fill(small_disk.parent, pages)
    status, said = forks.run(stage, small_disk)
    filler.unlink()
    kept = hashes(small_disk, stage).keys()
    survived(stage, small_disk)
    if status:  # else the pages were enough
        assert_in_words(status, said, "No space left")
    assert kept == undisturbed[stage].keys()


@pytest.mark.parametrize("stage", STAGES)
def test_a_disk_that_cannot_be_written_is_a_sentence_and_the_earlier_outputs_stay(
    stage, small_disk, forks, undisturbed, survived
):
    subprocess.run(["mount", "-o", "remount,ro", small_disk.parent], check=True)
    status, said = forks.run(stage, small_disk)
    subprocess.run(["mount", "-o", "remount,rw", small_disk.parent], check=True)
    kept = hashes(small_disk, stage)
    survived(stage, small_disk)
    assert_in_words(status, said, "Read-only file system; work where files can be written")
    assert kept == undisturbed[stage]


@pytest.mark.parametrize("stage", STAGES)
def test_folders_that_may_not_be_written_are_a_sentence_and_the_earlier_outputs_stay(
    stage, workspace, forks, undisturbed, survived
):
    folders = [path for path in [workspace, *workspace.rglob("*")] if path.is_dir()]
    for folder in folders:
        folder.chmod(0o555)
    status, said = forks.run(stage, workspace)
    for folder in folders:
        folder.chmod(0o755)
    kept = hashes(workspace, stage)
    survived(stage, workspace)
    assert_in_words(status, said, "Permission denied; let this user read and write there")
    assert kept == undisturbed[stage]


@pytest.mark.parametrize("stage", STAGES)
def test_a_file_where_a_folder_belongs_is_a_sentence(stage, workspace, forks, survived):
    folder = workspace / outputs_of(stage)[-1].parent  # of metrics or plots
    folder.rename(workspace / "aside")
    folder.write_text("in the way")
    status, said = forks.run(stage, workspace)
    folder.unlink()
    (workspace / "aside").rename(folder)
    survived(stage, workspace)
    assert_in_words(status, said)
