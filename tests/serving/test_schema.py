import hypothesis
import pytest
import schemathesis

pytest.importorskip("fastapi", reason="not installed: pip install -r requirements-serve.txt")

from emotions.serving.app import build_app
from emotions.serving.limits import Limits
from tests.serving.test_app import Model

LIMITS = Limits(characters=40, texts=3, waiting=100, requests_per_minute=10**6)
SCHEMA = schemathesis.openapi.from_asgi("/openapi.json", build_app(Model(), LIMITS))


@SCHEMA.parametrize()
@hypothesis.settings(max_examples=25, derandomize=True, database=None, deadline=None)
def test_whatever_is_sent_the_answer_is_as_the_schema_says(case):
    case.call_and_validate()
