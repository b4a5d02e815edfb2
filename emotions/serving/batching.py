"""Texts of requests that arrive together, computed together."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Self

import numpy as np


class Full(Exception):
    """So many texts wait already that another request is better tried later."""


class Batcher:
    """Compute probabilities in one thread; while it computes, requests wait, and the next call takes them together.

    No request waits for company: a lone one is computed at once. `predict_proba` turns texts into (texts, labels);
    a call gets at most `most_texts` texts, unless one request alone has more. More than `most_waiting` are refused.
    """

    def __init__(self, predict_proba: Callable[[list[str]], np.ndarray], most_texts: int, most_waiting: int):
        self.predict_proba = predict_proba
        self.most_texts = most_texts
        self.most_waiting = most_waiting
        self.waiting: list[tuple[list[str], asyncio.Future]] = []
        self.arrived = asyncio.Event()
        self.thread = ThreadPoolExecutor(max_workers=1)

    async def __aenter__(self) -> Self:
        self.task = asyncio.create_task(self._compute())
        return self

    async def __aexit__(self, *of_error: object) -> None:
        self.task.cancel()
        for _, answer in self.waiting:
            answer.cancel()
        self.thread.shutdown()

    async def submit(self, texts: list[str]) -> np.ndarray:
        """Return the probabilities of one request's texts, (texts, labels); raises Full where too many would wait.

        A request that finds nobody waiting is never too long: it would be as long when it is sent again.
        """
        if self.waiting and sum(len(waiting) for waiting, _ in self.waiting) + len(texts) > self.most_waiting:
            raise Full
        answer = asyncio.get_running_loop().create_future()
        self.waiting.append((texts, answer))
        self.arrived.set()
        return await answer

    def _together(self) -> list[tuple[list[str], asyncio.Future]]:
        """Return the requests of the next call, the earliest first, and let the others wait on."""
        count, taken = 0, 0
        for texts, _ in self.waiting:
            if taken and count + len(texts) > self.most_texts:
                break
            count, taken = count + len(texts), taken + 1
        together, self.waiting = self.waiting[:taken], self.waiting[taken:]
        return [(texts, answer) for texts, answer in together if not answer.cancelled()]

    async def _compute(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            await self.arrived.wait()
            self.arrived.clear()
            while together := self._together():
                texts = [text for of_request, _ in together for text in of_request]
                computed = loop.run_in_executor(self.thread, self.predict_proba, texts)
                await asyncio.wait([computed])
                start = 0
                for of_request, answer in together:
                    if answer.cancelled():
                        pass
                    elif error := computed.exception():
                        answer.set_exception(error)
                    else:
                        answer.set_result(computed.result()[start : start + len(of_request)])
                    start += len(of_request)
