"""The surroundings that decide a training's bits, which DVC does not see."""

import platform
from importlib.metadata import version

import torch

PACKAGES = ("torch", "transformers", "tokenizers", "datasets", "accelerate", "safetensors", "numpy", "scikit-learn")


def environment(precision: str) -> dict:
    """Return versions, processor, instruction sets, threads and precision; nothing that changes from run to run."""
    capabilities = torch.cpu.get_capabilities()
    return {
        "python": platform.python_version(),
        "packages": {package: version(package) for package in PACKAGES},
        "cpu": capabilities.get("cpu_name", platform.processor()),
        "cpu_flags": sorted(name for name, value in capabilities.items() if value is True),
        "threads": torch.get_num_threads(),
        "device": torch.cuda.get_device_name() if torch.cuda.is_available() else "cpu",
        "precision": precision,
    }
