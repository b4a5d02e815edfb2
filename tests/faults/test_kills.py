import contextlib
import os
import signal
import time

import pytest

from tests.faults.conftest import hashes, leftovers, outputs_of, stage_of, wait_for
from tests.faults.forks import STAGES
from tests.repository import dvc, git

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("stage", STAGES)
def test_a_stage_that_is_killed_loses_nothing(stage, moment, workspace, forks, seconds, chance, survived):
    after = chance.uniform(0, seconds[stage])

    process = forks.start(stage, workspace)
    time.sleep(after)
    with contextlib.suppress(ProcessLookupError):  # it was faster than the last time
        os.kill(process, signal.SIGKILL)
    assert forks.wait() in (0, -signal.SIGKILL)

    for output in outputs_of(stage):
        path = workspace / output
        aside = list(path.parent.glob(f".{path.name}.*.old"))
        assert path.exists() or aside, f"{output}, which stood there before, is lost after {after:.3f} s"
    survived(stage, workspace)


@pytest.mark.long
@pytest.mark.parametrize("stage", STAGES)
def test_dvc_killed_with_its_stage_ends_as_undisturbed(stage, repository, start, chance, undisturbed):
    running = start("dvc", "repro", "--force")
    wait_for(lambda: stage_of(stage, running))
    time.sleep(chance.uniform(0, 3))
    os.killpg(running.pid, signal.SIGKILL)
    running.communicate()

    dvc(repository, "repro")
    assert {stage: hashes(repository, stage) for stage in STAGES} == undisturbed
    assert git(repository, "status", "--porcelain") == ""
    lock = repository / f"data/.{stage}.lock"  # nobody holds it: it stays where the stage was done and is not run again
    assert set(leftovers(repository)) <= {lock}
    lock.unlink(missing_ok=True)
