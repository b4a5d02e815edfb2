"""What a service lets in: how large a request may be, and how many a client may send."""

import json
import math
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

from starlette.types import ASGIApp, Message, Receive, Scope, Send

MOST_CLIENTS = 10_000  # whose last minutes are remembered; the longest silent is forgotten first


@dataclass(frozen=True)
class Limits:
    """At most so much: characters of a text, texts of a request, texts that wait, requests a client and minute."""

    characters: int
    texts: int
    waiting: int
    requests_per_minute: int

    @property
    def body_bytes(self) -> int:
        """The largest body: every character an escape of 6 bytes, and room for what stands around the texts."""
        return self.characters * self.texts * 6 + 10_000


class Allowance:
    """A token bucket a client: it holds a minute's requests, and fills again evenly (as nginx's limit_req does)."""

    def __init__(self, requests_per_minute: int, clock: Callable[[], float] = time.monotonic):
        self.capacity = requests_per_minute
        self.clock = clock
        self.buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()  # client: requests left, when

    def wait(self, client: str) -> float:
        """Take one request of a client's allowance; return 0, or the seconds until there is one again."""
        now = self.clock()
        left, since = self.buckets.pop(client, (float(self.capacity), now))
        left = min(left + (now - since) * self.capacity / 60, self.capacity)
        seconds = 0.0 if left >= 1 else (1 - left) * 60 / self.capacity
        self.buckets[client] = (left if seconds else left - 1, now)
        if len(self.buckets) > MOST_CLIENTS:
            self.buckets.popitem(last=False)
        return seconds


class LimitMiddleware:
    """Refuse, before anything is parsed, a body that is too large and a client that asks too often."""

    def __init__(self, app: ASGIApp, limits: Limits):
        self.app = app
        self.limits = limits
        self.allowance = Allowance(limits.requests_per_minute)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] != "POST":
            await self.app(scope, receive, send)
            return
        client = scope["client"][0] if scope.get("client") else "unknown"
        if seconds := self.allowance.wait(client):
            most = self.limits.requests_per_minute
            await refuse(send, 429, f"expected at most {most} requests a minute; try again later", seconds)
            return

        body, more = b"", True
        while more:
            message = await receive()
            if message["type"] == "http.disconnect":
                return
            body, more = body + message.get("body", b""), message.get("more_body", False)
            if len(body) > self.limits.body_bytes:
                await refuse(send, 413, f"expected a body of at most {self.limits.body_bytes:,} bytes; found more")
                return

        sent = False

        async def whole() -> Message:
            nonlocal sent
            if sent:
                return await receive()
            sent = True
            return {"type": "http.request", "body": body, "more_body": False}

        await self.app(scope, whole, send)


async def refuse(send: Send, status: int, sentence: str, seconds: float = 0) -> None:
    """Answer with a sentence; `seconds` is when to try again."""
    headers = [(b"content-type", b"application/json")]
    if seconds:
        headers.append((b"retry-after", str(math.ceil(seconds)).encode()))
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": json.dumps({"error": sentence}).encode()})
