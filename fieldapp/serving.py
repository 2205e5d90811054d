"""The application behind granian: a thread works for whole requests only, and never waits for a line.

Bodies are awaited in the event loop, in a bounded time. Who sends slowly is answered by what the head of the request
says, where that is enough: no token, too large, nobody's form. See docs/decisions/serving.md.
"""

from __future__ import annotations

import asyncio
import gc
import io
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, cast
from urllib.parse import unquote_to_bytes

from granian.rsgi import ProtocolClosed  # type: ignore[attr-defined]  # it hands on what it does not export

from fieldapp.giving_way import room

THREADS = 12
"""Requests that are worked on at once in a process; fewer than the connections its database pool gives."""
QUICK = 0.25
"""A body that is not here after so many seconds is slow: the application is asked whether it wants it at all."""
IDLE = 60.0
"""So many seconds without a byte, and the line is taken to be broken. Poor lines do rest for half a minute."""
SLOWEST = 500
"""Bytes a second of the slowest line that is waited for: a twentieth of what a tablet has on the poorest network."""
LONGEST = 1800.0
"""Seconds that even the largest body may take."""
IN_MEMORY = 64 * 1024
"""Of a body; the rest waits in a temporary file, and comes only once the application has said that it wants it."""
PORTION = 256 * 1024
OPENED = 10.0
"""Seconds after which the server has long opened a file that it was told to send."""

Headers = list[tuple[str, str]]
Application = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


class BodyWanted(BaseException):
    """The application wants the body. No failure, so nothing that handles failures may catch it."""


class Instead(io.RawIOBase):
    """What stands where a body is not: whoever reads it is told why."""

    def __init__(self, why: BaseException) -> None:
        self.why = why

    def readable(self) -> bool:
        return True

    def readinto(self, _buffer: Any) -> int:
        raise self.why


def instead(why: BaseException) -> IO[bytes]:
    """A body that cannot be read."""
    return io.BufferedReader(Instead(why))


class FileResponse:
    """A file as the answer, from its beginning: sent by portions while no thread waits."""

    def __init__(self, file: Any, _size: int = PORTION) -> None:
        self.file = file

    @property
    def path(self) -> str:
        """Where the system opens it once more, though it may have no name; "" where it lies in memory, or the system
        has no such paths."""
        try:
            path = f"/dev/fd/{self.file.fileno()}"
        except OSError:
            return ""
        return path if Path(path).exists() else ""

    def __iter__(self) -> Iterator[bytes]:
        return iter(lambda: self.file.read(PORTION), b"")

    def close(self) -> None:
        self.file.close()


@dataclass(frozen=True)
class AppResponse:
    """What the application said."""

    status: int
    headers: Headers
    body: bytes | FileResponse


class Served:
    """A WSGI application as granian calls it."""

    def __init__(self, app: Application) -> None:
        self.app = app
        self.threads = ThreadPoolExecutor(THREADS, thread_name_prefix="request")
        gc.collect()
        gc.freeze()  # what is loaded by now stays: each time it is looked through for waste, somebody waits for 0.1 s

    async def __rsgi__(self, scope: Any, protocol: Any) -> None:
        environ = environ_of(scope)
        length = int(environ.get("CONTENT_LENGTH", "0"))  # no client of ours sends a body without its length
        if not length:
            await self._answer(protocol, environ)
            return
        with tempfile.SpooledTemporaryFile(IN_MEMORY) as file:
            answer, read = None, cast(IO[bytes], file)
            try:
                answer = await self._unless_wanted(Body(protocol, length, read), environ)
            except OSError as no_room:
                read = instead(no_room)  # the application has the sentence for it
            if answer is not None:
                await send(protocol, answer)
            else:
                await self._answer(protocol, {**environ, "wsgi.input": read})

    async def _answer(self, protocol: Any, environ: dict[str, Any]) -> None:
        """Work for a request that is here whole: long work stops until its answer is on its way."""
        with room.working():
            await send(protocol, await self._ask(environ))

    async def _unless_wanted(self, body: Body, environ: dict[str, Any]) -> AppResponse | None:
        """Read a body; an answer instead if it is slow in coming and the head is enough to say no."""
        reading = asyncio.create_task(body.read())
        done, _waiting = await asyncio.wait({reading}, timeout=QUICK)
        if not done:
            answer = await self._ask({**environ, "wsgi.input": instead(BodyWanted())})
            if answer is not None:
                body.refuse()
                await reading
                return AppResponse(answer.status, [*answer.headers, ("Connection", "close")], answer.body)
        body.welcome.set()
        await reading
        return None

    async def _ask(self, environ: dict[str, Any]) -> AppResponse | None:
        return await asyncio.get_running_loop().run_in_executor(self.threads, answer_of, self.app, environ)


class Body:
    """A body of so many bytes on its way into a file."""

    def __init__(self, protocol: Any, length: int, file: IO[bytes]) -> None:
        self.protocol = protocol
        self.length = length
        self.file = file
        self.welcome = asyncio.Event()
        self.patience = asyncio.timeout(IDLE)

    async def read(self) -> None:
        """Read until the end; until the line breaks or is too slow; and more than a little only when it is welcome.

        :raises OSError: there is no room for it.
        """
        now = asyncio.get_running_loop().time
        until = now() + min(LONGEST, IDLE + self.length / SLOWEST)
        try:
            async with self.patience:
                async for chunk in self.protocol:
                    self.file.write(chunk)
                    if self.file.tell() > IN_MEMORY and not self.welcome.is_set():
                        self.patience.reschedule(None)
                        await self.welcome.wait()
                    self.patience.reschedule(min(until, now() + IDLE))
        except TimeoutError:
            pass  # what came until then is handed over
        finally:
            self.protocol = None  # whoever holds it holds the line open
        self.file.seek(0)

    def refuse(self) -> None:
        """Read no more of it."""
        self.patience.reschedule(0)


def environ_of(scope: Any) -> dict[str, Any]:
    """A request without its body, as WSGI tells it."""
    client, _colon, port = scope.client.rpartition(":")
    server, _colon, server_port = scope.server.rpartition(":")
    environ = {
        "REQUEST_METHOD": scope.method,
        "SCRIPT_NAME": "",
        "PATH_INFO": unquote_to_bytes(scope.path).decode("latin-1"),
        "QUERY_STRING": scope.query_string,
        "SERVER_NAME": server,
        "SERVER_PORT": server_port,
        "SERVER_PROTOCOL": f"HTTP/{scope.http_version}",
        "REMOTE_ADDR": client,
        "REMOTE_PORT": port,
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": scope.scheme,
        "wsgi.input": io.BytesIO(),
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
        "wsgi.file_wrapper": FileResponse,
    }
    for name, value in scope.headers.items():
        if "_" not in name:  # else X_Real would pass for X-Real
            _add(environ, name.upper().replace("-", "_"), value)
    return environ


def _add(environ: dict[str, Any], name: str, value: str) -> None:
    if name in ("CONTENT_TYPE", "CONTENT_LENGTH"):
        environ[name] = value
        return
    before, joint = environ.get(f"HTTP_{name}"), "; " if name == "COOKIE" else ","
    environ[f"HTTP_{name}"] = value if before is None else f"{before}{joint}{value}"


def answer_of(app: Application, environ: dict[str, Any]) -> AppResponse | None:
    """What the application says; None when it cannot say it without the body that is withheld."""
    told: list[tuple[int, Headers]] = []

    def start_response(status: str, headers: Headers, _error: Any = None) -> None:
        told[:] = [(int(status.split()[0]), headers)]

    try:
        said = app(environ, start_response)
    except BodyWanted:
        return None
    status, headers = told[0]
    if isinstance(said, FileResponse):
        return AppResponse(status, headers, said)
    try:
        return AppResponse(status, headers, b"".join(said))
    finally:
        if close := getattr(said, "close", None):
            close()


async def send(protocol: Any, answer: AppResponse | None) -> None:
    """Give an answer. A client that goes away meanwhile is no failure.

    What is handed to the server by portions lies in memory until the client has read it, and nobody is told when: so it
    reads a file itself, as fast as the client does.
    """
    assert answer is not None, "nothing was withheld"
    if isinstance(answer.body, bytes):
        protocol.response_bytes(answer.status, answer.headers, answer.body)
        return
    if path := answer.body.path:
        protocol.response_file(answer.status, answer.headers, path)
        asyncio.get_running_loop().call_later(OPENED, answer.body.close)
        return
    await _stream(protocol, answer, answer.body)


async def _stream(protocol: Any, answer: AppResponse, body: FileResponse) -> None:
    try:
        line = protocol.response_stream(answer.status, answer.headers)
        for portion in body:
            await line.send_bytes(portion)
    except ProtocolClosed:
        pass
    finally:
        body.close()
