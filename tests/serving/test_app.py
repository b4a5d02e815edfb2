import logging
from concurrent.futures import Future

import numpy as np
import pytest

pytest.importorskip("fastapi", reason="not installed: pip install -r requirements-serve.txt")
from fastapi.testclient import TestClient

from emotions.serving.app import build_app
from emotions.serving.limits import Limits
from emotions.serving.occlusion import words_of

LIMITS = Limits(characters=40, texts=3, waiting=10, requests_per_minute=1000)


class Model:
    """Joy at 0.9 where the text has "happy" in it, 0.1 where it has not; anger always at 0.3."""

    def __init__(self):
        self.labels = ["joy", "anger"]
        self.groups = {"sentiment": {"joy": "positive", "anger": "negative"}}
        self.policy = "fixed"
        self.policies = {"fixed": np.array([0.5, 0.5]), "low": np.array([0.5, 0.3])}

    def decide(self, probability, thresholds):
        return probability >= thresholds

    def predict_proba(self, texts):
        return np.array([[0.9 if "happy" in text else 0.1, 0.3] for text in texts])


@pytest.fixture
def client():
    with TestClient(build_app(Model(), LIMITS)) as client:
        yield client


def test_each_text_gets_its_emotions_in_order(client):
    answered = client.post("/predict", json={"texts": ["so happy", "so sad"]}).json()
    assert answered["policy"] == "fixed"
    assert [[one["label"] for one in answer["emotions"]] for answer in answered["answers"]] == [["joy"], []]
    assert answered["answers"][0]["emotions"][0] == {"label": "joy", "probability": 0.9, "threshold": 0.5}
    assert answered["answers"][1]["probabilities"] == {"anger": 0.3, "joy": 0.1}


def test_a_policy_decides_by_its_own_thresholds(client):
    answered = client.post("/predict", json={"texts": ["so sad"], "policy": "low"}).json()
    assert [one["label"] for one in answered["answers"][0]["emotions"]] == ["anger"], "0.3 is at its threshold of 0.3"


def test_a_word_that_speaks_for_an_emotion_has_its_effect(client):
    text = "I am happy today"
    words = client.post("/explain", json={"text": text}).json()["words"]
    shown = {text[word["start"] : word["end"]]: round(word["effects"]["joy"], 3) for word in words}
    assert shown == {"I": 0, "am": 0}, "3 texts a request: the whole one and two words"
    assert len(words_of(text)) == 4


@pytest.mark.parametrize(
    ("path", "body", "said"),
    [
        ("/predict", {"texts": []}, "texts: List should have at least 1 item"),
        ("/predict", {"texts": ["a"] * 4}, "texts: List should have at most 3 items"),
        ("/predict", {"texts": ["fine", "x" * 41]}, "texts.1: String should have at most 40 characters"),
        ("/predict", {"texts": [" "]}, "texts.0: String should match pattern"),
        ("/predict", {"texts": [1]}, "texts.0: Input should be a valid string"),
        ("/predict", {"texts": ["a"], "policy": "best"}, "policy: Input should be 'fixed' or 'low'"),
        ("/predict", {"text": "a"}, "texts: Field required"),
        ("/predict", {"texts": ["a"], "x": 1}, "x: Extra inputs are not permitted"),
        ("/explain", {"text": ""}, "text: String should have at least 1 character"),
    ],
)
def test_a_bad_request_is_told_in_words_where_and_why(client, path, body, said):
    refused = client.post(path, json=body)
    assert refused.status_code == 422
    assert refused.json()["error"].startswith(said)


def test_a_body_that_is_no_json_is_told_so(client):
    refused = client.post("/predict", content=b"{", headers={"content-type": "application/json"})
    assert refused.status_code == 422
    assert "JSON decode error" in refused.json()["error"]
    refused = client.post("/predict", content=b"\xff", headers={"content-type": "application/json"})
    assert (refused.status_code, refused.json()) == (400, {"error": "body: expected JSON in UTF-8"})


def test_an_address_and_a_method_that_are_not_there_are_told_in_the_same_form(client):
    assert client.get("/else").json() == {"error": "Not Found"}
    assert client.get("/predict").json() == {"error": "Method Not Allowed"}


def test_a_client_that_asks_too_often_is_told_when_to_come_back():
    with TestClient(build_app(Model(), Limits(characters=9, texts=2, waiting=9, requests_per_minute=1))) as client:
        assert client.post("/predict", json={"texts": ["a"]}).status_code == 200
        refused = client.post("/predict", json={"texts": ["a"]})
    assert refused.status_code == 429
    assert 0 < int(refused.headers["retry-after"]) <= 60
    assert refused.json()["error"].startswith("expected at most 1 requests a minute")


def test_a_full_service_says_when_to_try_again():
    with TestClient(build_app(Model(), Limits(characters=9, texts=9, waiting=2, requests_per_minute=9))) as client:
        client.app.state.batcher.waiting.append((["a", "b"], Future()))
        refused = client.post("/predict", json={"texts": ["c"]})
    assert refused.status_code == 503
    assert refused.headers["retry-after"] == "1"
    assert refused.json()["error"].startswith("more than 2 texts wait already")


def test_the_model_says_what_it_is(client):
    described = client.get("/model").json()
    assert described["labels"] == ["joy", "anger"]
    assert described["policies"]["low"] == {"joy": 0.5, "anger": 0.3}
    assert described["limits"] == {"texts": 3, "characters": 40}
    assert client.get("/health").json() == {"status": "ok"}


def test_no_text_reaches_a_log(client, caplog):
    with caplog.at_level(logging.DEBUG):
        client.post("/predict", json={"texts": ["a secret"]})
        client.post("/predict", json={"texts": ["a secret", 1]})
    assert "secret" not in caplog.text


def test_the_page_loads_nothing_from_elsewhere(client):
    for path in ("/", "/page.js", "/page.css"):
        served = client.get(path)
        assert served.status_code == 200
        assert served.headers["content-security-policy"].startswith("default-src 'self'")
        assert "https://" not in served.text
