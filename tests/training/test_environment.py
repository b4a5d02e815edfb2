import json
from importlib.metadata import version

import torch

from emotions.training.environment import PACKAGES, environment


def test_versions_are_those_installed():
    assert environment("fp32")["packages"] == {package: version(package) for package in PACKAGES}
    assert environment("fp32")["packages"]["torch"].startswith(torch.__version__.split("+")[0])


def test_nothing_in_it_changes_from_run_to_run_so_that_a_model_folder_keeps_its_hash():
    assert json.dumps(environment("bf16")) == json.dumps(environment("bf16"))


def test_what_decides_the_bits_is_named():
    threads = torch.get_num_threads()
    try:
        torch.set_num_threads(1)
        found = environment("bf16")
    finally:
        torch.set_num_threads(threads)
    assert (found["threads"], found["precision"]) == (1, "bf16")
    assert all(isinstance(flag, str) for flag in found["cpu_flags"])
