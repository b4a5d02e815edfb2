"""Answer by HTTP, with a page to try the model."""

from pathlib import Path
from typing import Annotated

import typer

from emotions.commands.predict import MODEL
from emotions.errors import UserError


def serve(
    model: Annotated[Path, typer.Option(help="the folder of an exported or a trained model")] = MODEL,
    host: Annotated[str, typer.Option(help="the address to listen on; 0.0.0.0 lets other machines in")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=1, max=65535, help="the port to listen on")] = 8000,
    characters: Annotated[int, typer.Option(min=1, help="at most so many characters a text")] = 5_000,
    texts: Annotated[int, typer.Option(min=2, help="at most so many texts a request")] = 256,
    waiting: Annotated[int, typer.Option(min=1, help="at most so many texts that wait; more are told to retry")] = 4096,
    rate: Annotated[int, typer.Option(min=1, help="at most so many requests a client and minute")] = 600,
) -> None:
    """Serve POST /predict and /explain, GET /model and /health, /openapi.json, and a page at /.

    Nothing of a text is logged or kept.
    """
    try:
        import uvicorn

        from emotions.serving.app import build_app
    except ModuleNotFoundError as error:
        raise UserError(f"package {error.name} is not installed: pip install -r requirements-serve.txt") from None
    from emotions.inference.emotion_model import EmotionModel
    from emotions.serving.limits import Limits

    limits = Limits(characters=characters, texts=texts, waiting=waiting, requests_per_minute=rate)
    uvicorn.run(build_app(EmotionModel.load(model), limits), host=host, port=port)
