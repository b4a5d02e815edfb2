"""The service: emotions of texts by HTTP, and a page to try them."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Annotated, Literal

import numpy as np
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import FileResponse, JSONResponse
from pydantic import BaseModel, ConfigDict, Field
from starlette.exceptions import HTTPException

from emotions.inference.emotion_model import EmotionModel
from emotions.serving.batching import Batcher, Full
from emotions.serving.limits import LimitMiddleware, Limits
from emotions.serving.occlusion import effects, occluded, words_of

PAGE = Path(__file__).with_name("page")
PAGE_HEADERS = {"content-security-policy": "default-src 'self'; img-src data:; frame-ancestors 'none'"}
TEXTS_AT_ONCE = 256  # of several requests, computed in one call
RETRY_SECONDS = 1


class Problem(BaseModel):
    """What is wrong with a request, in words."""

    error: str


class Emotion(BaseModel):
    """A label at or above its threshold."""

    label: str
    probability: float
    threshold: float


class Answer(BaseModel):
    """What a text carries: the emotions that reach their thresholds, and the probability of every label."""

    emotions: list[Emotion]
    probabilities: dict[str, float]


class Answers(BaseModel):
    policy: str
    answers: list[Answer]


class WordEffects(BaseModel):
    """A word, from `start` to `end` (characters), and what it adds to the probability of each label."""

    start: int
    end: int
    effects: dict[str, float]


class Explanation(BaseModel):
    words: list[WordEffects]


class Description(BaseModel):
    """The model that answers: its labels, groups of labels, thresholds by policy, and the policy used unless told."""

    labels: list[str]
    groups: dict[str, dict[str, str]]
    policy: str
    policies: dict[str, dict[str, float]]
    limits: dict[str, int]


class Health(BaseModel):
    status: str


def build_app(model: EmotionModel, limits: Limits) -> FastAPI:
    """Return the service of a model; `limits` say what it lets in. Nothing of a text is logged or kept."""
    Text = Annotated[str, Field(min_length=1, max_length=limits.characters, pattern=r"\S", examples=["Thank you!"])]

    Policy = Literal[tuple(model.policies)]

    class Texts(BaseModel):
        """The texts to read, and the policy whose thresholds decide; without one the model's own."""

        model_config = ConfigDict(extra="forbid")
        texts: Annotated[list[Text], Field(min_length=1, max_length=limits.texts)]
        policy: Policy | None = None

    class OneText(BaseModel):
        """The text whose words are to be weighed."""

        model_config = ConfigDict(extra="forbid")
        text: Text

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with Batcher(model.predict_proba, TEXTS_AT_ONCE, limits.waiting) as app.state.batcher:
            yield

    refusals = {
        400: {"model": Problem, "description": "The body cannot be read"},
        413: {"model": Problem, "description": "The body is too large"},
        422: {"model": Problem, "description": "The request is not what was expected; says where and why"},
        429: {"model": Problem, "description": "Too many requests; Retry-After says when"},
        503: {"model": Problem, "description": "Too many texts wait; Retry-After says when"},
    }
    app = FastAPI(
        title="Emotions of texts",
        description="Which emotions a text carries. Nothing of a text is logged or kept.",
        lifespan=lifespan,
        docs_url=None,  # its page loads from elsewhere
        redoc_url=None,
    )
    app.add_middleware(LimitMiddleware, limits=limits)

    @app.exception_handler(RequestValidationError)
    async def bad_request(request: Request, error: RequestValidationError) -> JSONResponse:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"] if part != "body") or "body"
        return JSONResponse({"error": f"{where}: {first['msg']}"}, status_code=422)

    @app.exception_handler(HTTPException)
    async def refused(request: Request, error: HTTPException) -> JSONResponse:
        sentence = "body: expected JSON in UTF-8" if error.status_code == 400 else error.detail
        return JSONResponse({"error": sentence}, status_code=error.status_code, headers=error.headers)

    @app.exception_handler(Full)
    async def full(request: Request, error: Full) -> JSONResponse:
        sentence = f"more than {limits.waiting} texts wait already; try again later"
        return JSONResponse({"error": sentence}, status_code=503, headers={"retry-after": str(RETRY_SECONDS)})

    @app.post("/predict", responses=refusals)
    async def predict(request: Texts) -> Answers:
        """Return the emotions of each text, in the order of the texts."""
        policy = request.policy or model.policy
        probability = await app.state.batcher.submit(request.texts)
        return Answers(policy=policy, answers=answers(model, probability, model.policies[policy]))

    @app.post("/explain", responses=refusals)
    async def explain(request: OneText) -> Explanation:
        """Return what each word adds to the probability of each label: the fall when it is left out.

        Of a text with more words than a request may have texts, the first ones are weighed.
        """
        words = words_of(request.text)[: limits.texts - 1]
        probability = await app.state.batcher.submit([request.text, *occluded(request.text, words)])
        rows = [dict(zip(model.labels, row.tolist(), strict=True)) for row in effects(probability)]
        return Explanation(
            words=[
                WordEffects(start=word.start, end=word.end, effects=row) for word, row in zip(words, rows, strict=True)
            ]
        )

    @app.get("/model")
    async def describe() -> Description:
        """Return the labels, their groups, the thresholds by policy, and the limits of a request."""
        return Description(
            labels=model.labels,
            groups=model.groups,
            policy=model.policy,
            policies={
                name: dict(zip(model.labels, thresholds.tolist(), strict=True))
                for name, thresholds in model.policies.items()
            },
            limits={"texts": limits.texts, "characters": limits.characters},
        )

    @app.get("/health")
    async def health() -> Health:
        """Answer while the service can; 200 says that the model is loaded."""
        await asyncio.sleep(0)
        return Health(status="ok")

    @app.get("/", include_in_schema=False)
    async def page() -> Response:
        return FileResponse(PAGE / "index.html", headers=PAGE_HEADERS)

    @app.get("/page.js", include_in_schema=False)
    async def script() -> Response:
        return FileResponse(PAGE / "page.js", headers=PAGE_HEADERS)

    @app.get("/page.css", include_in_schema=False)
    async def style() -> Response:
        return FileResponse(PAGE / "page.css", headers=PAGE_HEADERS)

    return app


def answers(model: EmotionModel, probability: np.ndarray, thresholds: np.ndarray) -> list[Answer]:
    """Return each text's answer, the most probable label first; (texts, labels) probabilities, (labels,) thresholds."""
    decided = model.decide(probability, thresholds)
    found = []
    for row, order in enumerate(np.argsort(-probability, axis=1, kind="stable")):
        said = {model.labels[label]: float(probability[row, label]) for label in order}
        reached = {model.labels[label]: float(thresholds[label]) for label in order if decided[row, label]}
        emotions = [Emotion(label=label, probability=said[label], threshold=least) for label, least in reached.items()]
        found.append(Answer(emotions=emotions, probabilities=said))
    return found
