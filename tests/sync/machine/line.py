"""The line between devices and nodes: real HTTP, on which requests and answers get lost or arrive twice."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any
from unittest.mock import patch

import httpx

FAULTS = ("", "", "lost request", "lost answer", "twice")
"""What may happen to a request. Good days are the more frequent."""

LIMIT = "3"
"""Pages are so small that most of what is sent takes several."""


class Line:
    """Everything this process asks over HTTP goes through here."""

    def __init__(self) -> None:
        self.requests = 0
        self.fault, self.at = "", 0

    @contextmanager
    def failing(self, fault: str, at: int) -> Iterator[None]:
        """While this lasts the request number ``at`` (from 0) has a fault; ``twice`` is the fate of every one."""
        self.requests, self.fault, self.at = 0, fault, at
        try:
            yield
        finally:
            self.fault = ""

    def carry(self, transport: httpx.HTTPTransport, request: httpx.Request) -> httpx.Response:
        """Send a request as far as it gets."""
        here = self.requests == self.at
        self.requests += 1
        if self.fault == "lost request" and here:
            raise httpx.ConnectError("the request is lost")
        answer = self.send(transport, request)
        if self.fault == "twice":
            answer.read()
            answer = self.send(transport, request)
        if self.fault == "lost answer" and here:
            answer.read()
            raise httpx.ReadTimeout("the answer is lost")
        return answer

    def send(self, transport: httpx.HTTPTransport, request: httpx.Request) -> httpx.Response:
        """Ask for small pages, over a real socket."""
        if request.url.path.endswith(("/pull", "/snapshot")):
            request.url = request.url.copy_set_param("limit", LIMIT)
        return SEND(transport, request)


SEND = httpx.HTTPTransport.handle_request


@contextmanager
def installed(line: Line) -> Iterator[None]:
    """Whoever speaks HTTP speaks through this line. Certificates are not read again for every client."""
    import httpx._transports.default as default

    def carry(transport: httpx.HTTPTransport, request: httpx.Request) -> httpx.Response:
        return line.carry(transport, request)

    real: Any = default.create_ssl_context
    with (
        patch.object(httpx.HTTPTransport, "handle_request", carry),
        patch.object(default, "create_ssl_context", cache(lambda *_, **__: real())),
    ):
        yield
