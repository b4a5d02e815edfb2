"""Emotions of texts: `from emotions import EmotionModel`."""


def __getattr__(name: str) -> object:
    if name == "EmotionModel":  # imported when asked for, so that `import emotions` costs nothing
        from emotions.inference.emotion_model import EmotionModel

        return EmotionModel
    raise AttributeError(f"module 'emotions' has no attribute {name!r}")
