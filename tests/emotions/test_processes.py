import pytest
import torch

from emotions.processes import check_processes, world_size


def test_alone_is_a_world_of_one(monkeypatch):
    monkeypatch.delenv("WORLD_SIZE", raising=False)
    assert world_size() == 1
    check_processes(1, batch_size=7)


def test_a_process_without_a_gpu_is_refused(monkeypatch):
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    check_processes(2, batch_size=8)
    with pytest.raises(SystemExit, match=r"needs a GPU each; found 2: dvc exp run -S train\.processes=2"):
        check_processes(4, batch_size=8)


def test_machines_share_the_batch_too(monkeypatch):
    for name, value in {"LOCAL_RANK": "0", "LOCAL_WORLD_SIZE": "2", "WORLD_SIZE": "6"}.items():
        monkeypatch.setenv(name, value)
    check_processes(2, batch_size=12)
    with pytest.raises(SystemExit, match=r"by 6 processes; dvc exp run -S train\.batch_size=36"):
        check_processes(2, batch_size=32)
    with pytest.raises(SystemExit, match=r"expected torchrun --nproc-per-node=4, as train\.processes says; found 2"):
        check_processes(4, batch_size=12)
