"""The application behind granian: a thread works for whole requests only, and never waits for a line.

Bodies are awaited in the event loop, in a bounded time. Who sends slowly is answered by what the head of the request
says, where that is enough: no token, too large, nobody's form. See docs/decisions/serving.md.
"""

from __future__ import annotations

import asyncio
import gc
import io
import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Coroutine, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
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
PORTION = 64 * 1024
"""Of a file on its way: so much lies in memory, and so much in a pipe, for a client who is slow to take it."""
LOOKED = 0.1
"""Seconds at most between two looks whether the server has come for a file; the first looks follow at once."""

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
    """A file as the answer, from where it stands: sent by portions while no thread waits."""

    def __init__(self, file: Any, _size: int = PORTION) -> None:
        self.file = file

    @property
    def in_memory(self) -> bool:
        """Whether all of it lies in memory anyway."""
        try:
            self.file.fileno()
        except OSError:
            return True
        return False

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
        self.sending: set[asyncio.Task[None]] = set()
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
            if answer is None:
                await self._answer(protocol, {**environ, "wsgi.input": read})
            else:
                self._give(protocol, answer)

    async def _answer(self, protocol: Any, environ: dict[str, Any]) -> None:
        """Work for a request that is here whole: long work stops until its answer is on its way."""
        with room.working():
            self._give(protocol, await self._ask(environ))

    def _give(self, protocol: Any, answer: AppResponse | None) -> None:
        """Whatever is still to be sent is sent beside: nobody's work waits for a client who is slow to take a file."""
        if sending := send(protocol, answer):
            task = asyncio.get_running_loop().create_task(sending)
            self.sending.add(task)
            task.add_done_callback(self.sending.discard)

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


def send(protocol: Any, answer: AppResponse | None) -> Coroutine[Any, Any, None] | None:
    """Give an answer, and what remains to be done until it is sent. A client that goes away meanwhile is no failure.

    What is handed to the server by portions lies in memory until the client has read it, and nobody is told when: so it
    reads from a pipe, as fast as the client does.
    """
    assert answer is not None, "nothing was withheld"
    if isinstance(answer.body, bytes):
        protocol.response_bytes(answer.status, answer.headers, answer.body)
        return None
    try:
        if place := None if answer.body.in_memory else meeting_place():
            protocol.response_file(answer.status, answer.headers, str(place))
            return _feed(place, answer.body)
        return _stream(protocol.response_stream(answer.status, answer.headers), answer.body)
    except BaseException:
        answer.body.close()
        raise


def meeting_place() -> Path | None:
    """A pipe by a name that is nobody else's, ever: a server that comes late finds nothing there. A descriptor's number
    would by then be another file's. None where the system has no such pipes, or no room for one."""
    if not hasattr(os, "mkfifo"):
        return None
    folder = None
    try:
        folder = Path(tempfile.mkdtemp(prefix="fieldapp-"))
        os.mkfifo(folder / "file", 0o600)
    except OSError:
        if folder:
            folder.rmdir()
        return None
    return folder / "file"


async def _feed(place: Path, body: FileResponse) -> None:
    """Write the file into the pipe as it is read there, until its end or the reader's."""
    with closing(body):
        line = await _met(place)
        if line is None:
            return
        try:
            for portion in body:
                await _write(line, memoryview(portion))
        except BrokenPipeError:
            pass
        finally:
            os.close(line)


async def _met(place: Path) -> int | None:
    """Where to write, as soon as the server has opened the pipe; None when it does not come, as the client has gone."""
    now = asyncio.get_running_loop().time
    until, pause = now() + IDLE, LOOKED / 100
    try:
        while (line := _if_read(place)) is None and now() < until:
            await asyncio.sleep(pause)
            pause = min(2 * pause, LOOKED)
        return line
    finally:
        shutil.rmtree(place.parent, ignore_errors=True)


def _if_read(place: Path) -> int | None:
    """The end of a pipe to write at, if anybody reads at the other."""
    try:
        return os.open(place, os.O_WRONLY | os.O_NONBLOCK)
    except OSError:
        return None


async def _write(line: int, left: memoryview) -> None:
    while left:
        try:
            left = left[os.write(line, left) :]
        except BlockingIOError:
            await _room_in(line)


async def _room_in(line: int) -> None:
    """Wait until the pipe takes more, or its reader is gone."""
    loop, room_there = asyncio.get_running_loop(), asyncio.Event()
    loop.add_writer(line, room_there.set)
    try:
        await room_there.wait()
    finally:
        loop.remove_writer(line)


async def _stream(line: Any, body: FileResponse) -> None:
    with closing(body), suppress(ProtocolClosed):
        for portion in body:
            await line.send_bytes(portion)
