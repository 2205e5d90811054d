"""A poor line between a browser and a server: so many bytes a second, so long a way, and cut every so often."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Coroutine
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Self, TypeVar

T = TypeVar("T")

CHUNK = 1024


@dataclass(frozen=True)
class Quality:
    """Bytes a second each way; seconds for one way; and cut after so many seconds, or so many bytes on the way up."""

    rate: float
    delay: float
    cut_every: float = 0
    cut_after: int = 0

    def times(self, faster: float) -> Quality:
        """The same, so many times as fast."""
        return Quality(self.rate * faster, self.delay / faster, self.cut_every / faster, self.cut_after)


SECOND_GENERATION = Quality(rate=50_000 / 8, delay=0.2, cut_every=20)


@dataclass
class Way:
    """One direction, shared by all connections: how many bytes have passed, and when it is free again."""

    passed: int = 0
    free_at: float = 0

    async def turn(self, size: int, rate: float) -> None:
        """Wait until so many bytes have passed."""
        now = asyncio.get_running_loop().time()
        self.free_at = max(now, self.free_at) + size / rate
        await asyncio.sleep(self.free_at - now)
        self.passed += size


class Line:
    """Listens on the loopback and carries everything to ``port``; a good line until ``become`` says otherwise.

    A cut takes away every connection and all that was under way in it.
    """

    def __init__(self, port: int) -> None:
        self.port = port
        self.quality: Quality | None = None
        self.cuts = 0
        self._uncut = 0
        self.up, self.down = Way(), Way()
        self._writers: set[asyncio.StreamWriter] = set()
        self._cutting: asyncio.Task[None] | None = None
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        self._server = self._do(asyncio.start_server(self._connect, "127.0.0.1", 0, limit=CHUNK))
        self.url = f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"
        return self

    def __exit__(self, *_error: object) -> None:
        self._do(self._end())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def become(self, quality: Quality | None) -> None:
        """Be a poor line from now on, or a good one again; what was open is cut."""
        self._do(self._become(quality))

    def _do(self, work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(10)

    async def _become(self, quality: Quality | None) -> None:
        if self._cutting:
            self._cutting.cancel()
        self.quality = quality
        self._cut()
        if quality and quality.cut_every:
            self._cutting = asyncio.create_task(self._cut_again_and_again(quality.cut_every))

    async def _end(self) -> None:
        """Close every connection: one that outlived its loop would complain in whatever test comes then."""
        self._server.close()
        await asyncio.sleep(0)  # what was accepted a moment ago becomes a connection
        await self._become(None)
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)
        self._cut()

    async def _cut_again_and_again(self, seconds: float) -> None:
        while True:
            await asyncio.sleep(seconds)
            self._cut()

    def _cut(self) -> None:
        self.cuts += 1
        self._uncut = 0
        for writer in self._writers:
            writer.transport.abort()
        self._writers.clear()

    async def _connect(self, near: asyncio.StreamReader, back: asyncio.StreamWriter) -> None:
        self._writers.add(back)
        with suppress(OSError):
            far, on = await asyncio.open_connection("127.0.0.1", self.port, limit=CHUNK)
            self._writers.add(on)
            await asyncio.sleep(2 * self.quality.delay if self.quality else 0)
            await asyncio.gather(self._carry(near, on, self.up), self._carry(far, back, self.down))

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, way: Way) -> None:
        with suppress(OSError):
            while (data := await reader.read(CHUNK)) and not writer.transport.is_closing():
                await self._pass(data, writer, way)
        later = self.quality.delay if self.quality else 0
        self._loop.call_later(later, writer.close)

    async def _pass(self, data: bytes, writer: asyncio.StreamWriter, way: Way) -> None:
        if not self.quality:
            way.passed += len(data)
            writer.write(data)
            await writer.drain()
            return
        await way.turn(len(data), self.quality.rate)
        self._uncut += len(data) if way is self.up else 0
        if 0 < self.quality.cut_after < self._uncut:
            self._cut()
        self._loop.call_later(self.quality.delay, _arrive, writer, data)


def _arrive(writer: asyncio.StreamWriter, data: bytes) -> None:
    if not writer.transport.is_closing():
        writer.write(data)
