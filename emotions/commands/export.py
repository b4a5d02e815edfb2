"""Export the workspace's model to folders that need no PyTorch."""

from emotions.errors import UserError


def export() -> None:
    """Write models/exported/fp32 and models/exported/int8, each with thresholds of its own, a model card and hashes.

    Nothing is written where float32 decides otherwise than the trained model, or int8 loses more than params allow.
    """
    try:
        from emotions.release import export as release
    except ModuleNotFoundError as error:
        raise UserError(f"package {error.name} is not installed: pip install -r requirements-export.txt") from None
    metrics = release.export()
    before = metrics["trained"]["test"]
    for kind in release.KINDS:
        test = metrics[kind]["test"]
        print(
            f"export: {release.EXPORTED / kind}: {metrics[kind]['megabytes']} MB; test by {metrics['policy']}: "
            f"micro-F1 {test['micro_f1']:.4f}, macro-F1 {test['macro_f1']:.4f} (trained {before['micro_f1']:.4f}, "
            f"{before['macro_f1']:.4f}); decides {test['agreement']:.3%} alike by the trained model's thresholds"
        )
