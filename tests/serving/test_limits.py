import asyncio
import json

import pytest

pytest.importorskip("starlette", reason="not installed: pip install -r requirements-serve.txt")
from emotions.serving.limits import MOST_CLIENTS, Allowance, LimitMiddleware, Limits, refuse


class Clock:
    def __init__(self):
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def test_an_allowance_is_spent_and_comes_back_evenly():
    clock = Clock()
    allowance = Allowance(2, clock)
    assert [allowance.wait("a") for _ in range(3)] == [0, 0, 30], "2 a minute: the next in 30 seconds"
    assert allowance.wait("b") == 0, "another client has its own"
    clock.now = 20
    assert allowance.wait("a") == pytest.approx(10)
    clock.now = 30
    assert allowance.wait("a") == 0


def test_a_pause_saves_no_more_than_a_minute():
    clock = Clock()
    allowance = Allowance(2, clock)
    clock.now = 3600
    assert [allowance.wait("a") > 0 for _ in range(3)] == [False, False, True]


def test_only_so_many_clients_are_remembered():
    allowance = Allowance(1, Clock())
    for number in range(MOST_CLIENTS + 5):
        allowance.wait(str(number))
    assert len(allowance.buckets) == MOST_CLIENTS
    assert "4" not in allowance.buckets


def request(limits, parts, client="1.2.3.4"):
    """Send the parts of one body through the middleware; return status, headers and what the app behind it read."""
    read, sent = [], []

    async def app(scope, receive, send):
        read.append((await receive())["body"])
        await send({"type": "http.response.start", "status": 200, "headers": []})

    messages = [{"type": "http.request", "body": part, "more_body": True} for part in parts]
    messages[-1]["more_body"] = False

    async def receive():
        return messages.pop(0)

    async def send(message):
        sent.append(message)

    scope = {"type": "http", "method": "POST", "client": (client, 1)}
    asyncio.run(LimitMiddleware(app, limits)(scope, receive, send))
    return sent, read, messages


def test_a_body_in_parts_arrives_whole():
    sent, read, _ = request(Limits(characters=10, texts=1, waiting=1, requests_per_minute=1), [b"ab", b"cd"])
    assert (sent[0]["status"], read) == (200, [b"abcd"])


def test_a_body_that_is_too_large_is_refused_before_it_is_read_whole():
    limits = Limits(characters=1, texts=1, waiting=1, requests_per_minute=1)
    sent, read, left = request(limits, [b"x" * 9_000] * 9)
    assert sent[0]["status"] == 413
    assert json.loads(sent[1]["body"])["error"].startswith("expected a body of at most 10,006 bytes")
    assert not read
    assert len(left) == 7


def test_who_comes_back_when_told_is_let_in():
    sent = []

    async def send(message):
        sent.append(message)

    asyncio.run(refuse(send, 429, "wait", 1.2))
    assert dict(sent[0]["headers"])[b"retry-after"] == b"2"
