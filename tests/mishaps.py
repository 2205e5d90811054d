"""What a proxy, a captive portal or a broken line makes of one request: whoever asked must come to no harm by it.

Between a client and a server stands an :class:`OddLine`. It carries every request and every answer as they are, but for
the next one that fits: that one meets with a :class:`Mishap`.
"""

from __future__ import annotations

import gzip
import itertools
import re
import socket
import struct
import threading
from collections.abc import Callable, Collection, Iterable
from contextlib import suppress
from dataclasses import dataclass, replace
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Self

from tests.again import ALL, SOAK

PAGE = b"<!doctype html><title>Wi-Fi</title><form>\xc4\x90\xc4\x83ng nh\xe1\xba\xadp Wi-Fi</form>"
HOP = frozenset({"connection", "keep-alive", "transfer-encoding", "content-length", "date", "server"})
"""What is said about one stretch of the way only."""


@dataclass(frozen=True)
class Answer:
    """What a server said."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes

    def header(self, name: str) -> str:
        return next((value for key, value in self.headers if key.lower() == name), "")


@dataclass(frozen=True)
class Mishap:
    """One thing that goes wrong. ``heard``: the server does the work all the same."""

    name: str
    heard: bool
    happen: Callable[[Passing], None]
    stalls: bool = False


class Passing(BaseHTTPRequestHandler):
    """One request on its way."""

    protocol_version = "HTTP/1.1"
    line: OddLine

    def do_GET(self) -> None:
        self.sent = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.close_connection = True  # what breaks on a connection used before, a browser asks again by itself
        mishap = self.line.take(self.command, self.path)
        with suppress(OSError):  # whoever asked may be gone
            mishap.happen(self) if mishap else self.give(self.forward())

    do_POST = do_PUT = do_GET

    def log_message(self, *_given: object) -> None:
        """Nobody reads it."""

    def forward(self, path: str = "", method: str = "", body: bytes | None = None) -> Answer:
        """What the server says to this request, or to another one of the same client."""
        ahead = HTTPConnection("127.0.0.1", self.line.port, timeout=60)
        headers = {name: value for name, value in self.headers.items() if name.lower() not in HOP}
        if path:
            headers["Sync-Request"] = "0"
        sent = self.sent if body is None else body
        ahead.request(method or self.command, path or self.path, sent or None, headers)
        came = ahead.getresponse()
        kept = tuple((name, value) for name, value in came.getheaders() if name.lower() not in HOP)
        found = Answer(came.status, kept, came.read())
        ahead.close()
        if not path:
            self.line.said.append((self.path, found))
        return found

    def give(self, answer: Answer, *, length: int | None = -1) -> None:
        """Hand on an answer. ``length``: what it says of its length: by default how long it is, None for nothing."""
        self.send_response_only(answer.status)
        for name, value in answer.headers:
            self.send_header(name, value)
        if length is not None and answer.status != 204:
            self.send_header("Content-Length", str(len(answer.body) if length < 0 else length))
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(answer.body)
        self.wfile.flush()

    def reset(self) -> None:
        """Break off without a word of farewell."""
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.connection.close()


class OddLine:
    """Listens on the loopback and carries every request to ``port``; ``said``: what was answered, by whose address."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.said: list[tuple[str, Answer]] = []
        self.met = threading.Event()
        self.over = threading.Event()
        self._next: tuple[re.Pattern[str], Mishap] | None = None
        self._guard = threading.Lock()

    def __enter__(self) -> Self:
        handler = type("Handler", (Passing,), {"line": self})
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(self, *_error: object) -> None:
        self.over.set()
        self._server.shutdown()
        self._server.server_close()

    def expect(self, request: str, mishap: Mishap) -> None:
        """The next request that fits, ``METHOD /path``, meets with this; ``met`` says when it has."""
        self.met.clear()
        self.over.clear()
        self._next = re.compile(request), mishap

    def take(self, method: str, path: str) -> Mishap | None:
        with self._guard:
            if self._next is None or not self._next[0].search(f"{method} {path}"):
                return None
            _request, mishap = self._next
            self._next = None
        if not mishap.stalls:
            self.met.set()
        return mishap

    def go_on(self) -> None:
        """Nothing goes wrong any more, and what stood still is at an end."""
        self._next = None
        self.over.set()


def _page(status: int, **headers: str) -> Answer:
    if status == 204:
        return Answer(status, (), b"")
    return Answer(status, (("Content-Type", "text/html; charset=utf-8"), *headers.items()), PAGE)


def _instead(status: int, **headers: str) -> Callable[[Passing], None]:
    return lambda passing: passing.give(_page(status, **headers))


def _afterwards(status: int) -> Callable[[Passing], None]:
    def happen(passing: Passing) -> None:
        passing.forward()
        passing.give(_page(status))

    return happen


def _half(answer: Answer) -> Answer:
    return replace(answer, body=answer.body[: max(1, len(answer.body) // 2)])


def _cut(passing: Passing) -> None:
    whole = passing.forward()
    passing.give(_half(whole), length=len(whole.body))


def _cut_without_length(passing: Passing) -> None:
    passing.give(_half(passing.forward()), length=None)


def _cut_as_if_whole(passing: Passing) -> None:
    passing.give(_half(passing.forward()))


def _cut_packed(passing: Passing) -> None:
    whole = passing.forward()
    if whole.header("content-encoding") != "gzip":
        packed = gzip.compress(whole.body)
        whole = Answer(whole.status, (*whole.headers, ("Content-Encoding", "gzip")), packed)
    passing.give(_half(whole))


def _stall(passing: Passing) -> None:
    whole = passing.forward()
    passing.give(_half(whole), length=len(whole.body))
    passing.line.met.set()
    passing.line.over.wait(60)


def _reset(passing: Passing) -> None:
    passing.reset()


def _reset_after(passing: Passing) -> None:
    passing.forward()
    passing.reset()


def _reset_within(passing: Passing) -> None:
    whole = passing.forward()
    passing.give(_half(whole), length=len(whole.body))
    passing.reset()


def _anothers(passing: Passing) -> None:
    passing.give(passing.forward("/sync/v1/hello", "GET", b""))


def _earlier(passing: Passing) -> None:
    """What was said a moment ago to a question of the same kind: of another village, another part, another photo."""
    kind = passing.path.split("?")[0].split("/")[3]
    told = passing.line.said[-1][1]
    others = [answer for path, answer in passing.line.said if f"/{kind}" in path]
    passing.forward()
    passing.give(others[-1] if others else told)


MISHAPS = [
    Mishap("a gateway without its server", False, _instead(502)),
    Mishap("led to a sign-in page", False, _instead(302, Location="http://127.0.0.1:9/login")),
    Mishap("a gateway that waited no longer", True, _afterwards(504)),
    Mishap("nothing at all", False, _instead(204)),
    Mishap("the answer to an earlier question of its kind", True, _earlier),
    Mishap("a gateway for which it is too large", False, _instead(413)),
    Mishap("the answer to somebody else's question", False, _anothers),
    Mishap("cut, as its length tells", True, _cut),
    Mishap("a sign-in page", False, _instead(200)),
    Mishap("a reset", False, _reset),
    Mishap("cut, with a length that fits", True, _cut_as_if_whole),
    Mishap("packed and cut", True, _cut_packed),
    Mishap("a reset after the work", True, _reset_after),
    Mishap("a reset within the answer", True, _reset_within),
    Mishap("a standstill within the answer", True, _stall, stalls=True),
    Mishap("cut, and no length told", True, _cut_without_length),
]


def meetings(requests: Iterable[str], at_once: Collection[str]) -> list[tuple[str, Mishap]]:
    """Which request meets with what: those ``at_once`` with one thing in ``make test``, each with two in ``make
    test-all``, so that all happens once, and with everything in ``make soak``."""
    names = list(requests)
    if SOAK:
        return list(itertools.product(names, MISHAPS))
    one = [(name, MISHAPS[(2 * i) % len(MISHAPS)]) for i, name in enumerate(names)]
    other = [(name, MISHAPS[(2 * i + 9) % len(MISHAPS)]) for i, name in enumerate(names)]
    return one + other if ALL else [each for each in one if each[0] in at_once]
