import asyncio
import threading

import numpy as np
import pytest

from emotions.serving.batching import Batcher, Full


class Model:
    """Probabilities that are the texts' numbers; a call waits until it is let go."""

    def __init__(self):
        self.calls = []
        self.let_go = threading.Event()
        self.let_go.set()

    def predict_proba(self, texts):
        self.calls.append(list(texts))
        assert self.let_go.wait(timeout=10)
        return np.array([[float(text)] for text in texts])


@pytest.fixture
def model():
    return Model()


async def until(condition):
    for _ in range(1000):
        if condition():
            return
        await asyncio.sleep(0.001)
    raise AssertionError("it never came true")


def test_a_lone_request_is_computed_at_once(model):
    async def ask():
        async with Batcher(model.predict_proba, 8, 8) as batcher:
            return await batcher.submit(["1", "2"])

    assert asyncio.run(ask()).tolist() == [[1], [2]]
    assert model.calls == [["1", "2"]]


def test_requests_that_wait_are_computed_together_and_each_gets_its_own(model):
    async def ask():
        async with Batcher(model.predict_proba, 8, 8) as batcher:
            model.let_go.clear()
            first = asyncio.create_task(batcher.submit(["1"]))
            await until(lambda: model.calls)
            others = [asyncio.create_task(batcher.submit(texts)) for texts in (["2", "3"], ["4"])]
            await until(lambda: len(batcher.waiting) == 2)
            model.let_go.set()
            return await asyncio.gather(first, *others)

    answers = asyncio.run(ask())
    assert [answer.ravel().tolist() for answer in answers] == [[1], [2, 3], [4]]
    assert model.calls == [["1"], ["2", "3", "4"]]


def test_a_call_takes_no_more_than_it_may_unless_one_request_has_more(model):
    async def ask():
        async with Batcher(model.predict_proba, 2, 9) as batcher:
            model.let_go.clear()
            tasks = [asyncio.create_task(batcher.submit(["1"]))]
            await until(lambda: model.calls)
            tasks += [asyncio.create_task(batcher.submit(texts)) for texts in (["2", "3", "4"], ["5"], ["6"])]
            await until(lambda: len(batcher.waiting) == 3)
            model.let_go.set()
            await asyncio.gather(*tasks)

    asyncio.run(ask())
    assert model.calls == [["1"], ["2", "3", "4"], ["5", "6"]]


def test_too_many_waiting_texts_are_refused_and_the_others_answered(model):
    async def ask():
        async with Batcher(model.predict_proba, 8, 2) as batcher:
            model.let_go.clear()
            first = asyncio.create_task(batcher.submit(["1"]))
            await until(lambda: model.calls)
            second = asyncio.create_task(batcher.submit(["2", "3"]))
            await until(lambda: batcher.waiting)
            with pytest.raises(Full):
                await batcher.submit(["4"])
            model.let_go.set()
            return await asyncio.gather(first, second)

    assert [answer.ravel().tolist() for answer in asyncio.run(ask())] == [[1], [2, 3]]


def test_a_request_of_more_texts_than_may_wait_is_answered_where_nobody_waits(model):
    async def ask():
        async with Batcher(model.predict_proba, 8, 2) as batcher:
            return await batcher.submit(["1", "2", "3"])

    assert asyncio.run(ask()).ravel().tolist() == [1, 2, 3]


def test_a_failing_call_fails_its_requests_and_not_the_next(model):
    async def ask():
        async with Batcher(model.predict_proba, 8, 8) as batcher:
            with pytest.raises(ValueError, match="could not convert"):
                await batcher.submit(["no number"])
            return await batcher.submit(["1"])

    assert asyncio.run(ask()).tolist() == [[1]]


def test_a_request_that_was_given_up_is_not_computed(model):
    async def ask():
        async with Batcher(model.predict_proba, 8, 8) as batcher:
            model.let_go.clear()
            first = asyncio.create_task(batcher.submit(["1"]))
            await until(lambda: model.calls)
            second, third = (asyncio.create_task(batcher.submit([text])) for text in "23")
            await until(lambda: len(batcher.waiting) == 2)
            second.cancel()
            await asyncio.sleep(0)
            model.let_go.set()
            return await asyncio.gather(first, third)

    asyncio.run(ask())
    assert model.calls == [["1"], ["3"]]
