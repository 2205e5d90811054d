"""Another node as it answers over ``/sync/v1/``: a call for each question, a problem where none of ours answers."""

from __future__ import annotations

import gzip
import re
import uuid
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Self

import httpx
import msgspec

from sync import protocol
from sync.problems import SyncProblem

PART_BYTES = 200 * 1024
MOST_BYTES = 32 * 1024 * 1024
"""No answer of ours inflates to more than this."""


GATEWAY = (httpx.codes.BAD_GATEWAY, httpx.codes.SERVICE_UNAVAILABLE, httpx.codes.GATEWAY_TIMEOUT)
"""What a gateway says whose server is off, or too slow for it."""


@dataclass(frozen=True)
class Hello:
    """What the other node says of itself."""

    node: str
    epoch: str
    now: str
    proto_min: int
    proto_max: int

    def behind(self, millis: int) -> int:
        """How far its clock was behind this moment (milliseconds since 1970); 0 where it told no moment."""
        try:
            told = datetime.fromisoformat(self.now)
        except ValueError:
            return 0
        return millis - round(told.replace(tzinfo=told.tzinfo or UTC).timestamp() * 1000)


class PeerClient:
    """Another node, as it answers over HTTP.

    Every call raises SyncProblem: no_network (nobody of ours answered; ``why``: unreachable, certificate, cut, portal,
    page, gateway, photo, too_large, mixed_up or stranger), unknown_token, too_old (``whose``: ours or theirs), busy
    (``wait`` in seconds), too_large (``why``: gateway, where none of ours says it), refused (``message`` from there).
    """

    def __init__(
        self,
        url: str,
        token: str,
        *,
        client: httpx.Client | None = None,
        language: str = "vi",
        spoken: protocol.Spoken | None = None,
    ) -> None:
        self.root = f"{url.rstrip('/')}/sync/v1/"
        self.spoken = spoken or protocol.spoken()
        self.headers = {
            "Accept-Language": language,
            "Accept-Encoding": "gzip",
            protocol.HEADER: str(self.spoken.newest),
            **({"Authorization": f"Bearer {token}"} if token else {}),
        }
        self.client = client or httpx.Client(timeout=httpx.Timeout(60, connect=8))
        self._is_own = client is None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        """Let go of its lines, unless they were lent."""
        if self._is_own:
            self.client.close()

    def enrol(self, code: str, name: str) -> dict[str, Any]:
        """Exchange a one-time code for a token of one's own."""
        return self.ask("POST", "enrol", params={"kind": "node"}, body={"code": code, "name": name})

    def directory(self) -> dict[str, Any]:
        """The names of villages and people there."""
        return self.ask("GET", "directory")

    def hello(self) -> Hello:
        """Ask for the id, the epoch, the time and the protocol range of the other node."""
        body = self.ask("GET", "hello")
        told = body["proto"]
        return Hello(
            body["node"], body["epoch"], str(body["now"]), body.get("proto_min", told), body.get("proto_max", told)
        )

    def misfit(self, hello: Hello) -> SyncProblem | None:
        """too_old, if the two share no version of the wire; ``whose`` tells which of them is to be updated."""
        if self.spoken.meets(hello.proto_min, hello.proto_max):
            return None
        whose = "theirs" if hello.proto_max < self.spoken.oldest else "ours"
        return SyncProblem("too_old", whose=whose, proto_min=hello.proto_min, proto_max=hello.proto_max)

    def push(self, texts: Sequence[str], held: Mapping[str, str]) -> list[dict[str, Any]]:
        """Offer changes, and tell which of them are held here and why; returns their verdicts, in order.

        A push that is too large is halved until it is not. One that is too old is stored all the same.

        :raises SyncProblem: ``no_network`` where not each change is answered, or as :meth:`ask`.
        """
        try:
            results = self.ask("POST", "push", body={"changes": texts, "held": held})["results"]
        except SyncProblem as problem:
            if problem.code == "too_old" and problem.details.get("results"):
                results = problem.details["results"]
            elif problem.code == "too_large" and len(texts) > 1:
                half = len(texts) // 2
                return self.push(texts[:half], held) + self.push(texts[half:], held)
            else:
                raise
        if len(results) != len(texts):
            raise SyncProblem("no_network", why="stranger")
        return list(results)

    def pull(self, after: int, limit: int = 1000) -> dict[str, Any]:
        """A page of everything this node may have: changes, evicted, ahead, held, next, more."""
        return self.ask("GET", "pull", params={"area": "*", "after": after, "limit": limit})

    def compare(self, buckets: Mapping[str, str], until: int) -> dict[str, Any]:
        """The ids of the buckets that differ there (``differ``, and ``left`` for the next call), and those that came
        there after a position (``later``)."""
        return self.ask("POST", "compare", body={"buckets": buckets, "until": until})

    def some(self, ids: Sequence[str]) -> dict[str, Any]:
        """Some changes by their ids, as far as they fit into one answer: changes, ahead, held."""
        return self.ask("POST", "compare", body={"want": ids})

    def send_blob(self, sha256: str, kind: str, content: bytes) -> str:
        """Send the parts of a photo that are missing there. Returns its state there: stored, not_a_photo, partial."""
        parts = max(1, -(-len(content) // PART_BYTES))
        told = self.ask("GET", f"blob/{sha256}/missing", params={"parts": parts})
        for i in told["missing"]:
            part = content[i * PART_BYTES : (i + 1) * PART_BYTES]
            headers = {"Content-Type": "application/octet-stream", "X-Type": kind}
            told = self.ask("PUT", f"blob/{sha256}/{i}", params={"parts": parts}, content=part, headers=headers)
        return str(told["state"])

    def fetch_part(self, sha256: str, i: int) -> tuple[bytes, int] | None:
        """A part of a photo and the number of its parts, None if the other node has not got it.

        :raises SyncProblem: ``no_network``: what came is no such part.
        """
        start = i * PART_BYTES
        wish = {**self.headers, "Range": f"bytes={start}-{start + PART_BYTES - 1}", "Accept-Encoding": "identity"}
        status, headers, content = self._send("GET", f"blob/{sha256}", headers=wish)
        if status != httpx.codes.PARTIAL_CONTENT:
            _must_say_there_is_none(status, headers, content)
            return None
        told = re.fullmatch(rf"bytes {start}-(\d+)/(\d+)", headers.get("Content-Range", ""))
        if told is None or len(content) != int(told[1]) + 1 - start or len(content) > PART_BYTES:
            raise SyncProblem("no_network", why="photo")
        return content, max(1, -(-int(told[2]) // PART_BYTES))

    def ask(
        self,
        method: str,
        path: str,
        *,
        params: dict[str, Any] | None = None,
        body: Any = None,
        content: bytes | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> dict[str, Any]:
        """Our JSON. ``body`` is sent as JSON, compressed; ``content`` as it is.

        :raises SyncProblem: ``no_network`` where anything but our JSON comes, else the refusal by its code.
        """
        headers = {**self.headers, **(headers or {})}
        if body is not None:
            content = gzip.compress(msgspec.json.encode(body), 6)
            headers |= {"Content-Type": "application/json", "Content-Encoding": "gzip"}
        status, told, data = self._send(method, path, params=params, content=content, headers=headers)
        answer = _ours(status, told, data)
        if status != httpx.codes.OK:
            raise _refusal(status, told, answer)
        if answer["proto"] > self.spoken.newest:
            raise SyncProblem("too_old", whose="ours", proto_min=answer["proto"], proto_max=answer["proto"])
        return answer

    def _send(
        self, method: str, path: str, *, headers: Mapping[str, str], **how: Any
    ) -> tuple[int, httpx.Headers, bytes]:
        request = str(uuid.uuid4())
        named = {**headers, protocol.REQUEST: request}
        try:
            with self.client.stream(method, self.root + path, headers=named, **how) as answer:
                if answer.headers.get(protocol.REQUEST, request) != request:  # an older node does not say it
                    raise SyncProblem("no_network", why="mixed_up")
                return answer.status_code, answer.headers, _inflated(answer)
        except httpx.TransportError as error:
            raise SyncProblem("no_network", why=_why(error), said=str(error)) from None
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise SyncProblem("no_network", why="stranger", said=str(error)) from None


def _why(error: httpx.TransportError) -> str:
    if "CERTIFICATE_VERIFY_FAILED" in str(error):
        return "certificate"
    return "unreachable" if isinstance(error, httpx.ConnectError | httpx.ConnectTimeout) else "cut"


def _inflated(answer: httpx.Response) -> bytes:
    """The content of an answer, whatever it inflates to: never more than is allowed is in memory."""
    whole = bytearray()
    for piece in _pieces(answer):
        whole += piece
        if len(whole) > MOST_BYTES:
            raise SyncProblem("no_network", why="too_large")
    return bytes(whole)


def _pieces(answer: httpx.Response) -> Iterator[bytes]:
    if answer.headers.get("Content-Encoding", "identity").lower() != "gzip":
        yield from answer.iter_bytes()
        return
    machine = zlib.decompressobj(wbits=31)
    try:
        for packed in answer.iter_raw():
            yield machine.decompress(packed, MOST_BYTES + 1)
    except zlib.error:
        raise SyncProblem("no_network", why="cut") from None
    if not machine.eof:
        raise SyncProblem("no_network", why="too_large" if machine.unconsumed_tail else "cut")


def _must_say_there_is_none(status: int, headers: httpx.Headers, content: bytes) -> None:
    """Whether the other node itself says that it has not got a photo.

    :raises SyncProblem: that is not what was said, or somebody else says it.
    """
    told = _ours(status, headers, content)
    if status != httpx.codes.NOT_FOUND:
        raise _refusal(status, headers, told) if "error" in told else SyncProblem("no_network", why="photo")


def _ours(status: int, headers: httpx.Headers, content: bytes) -> dict[str, Any]:
    """What a node of ours has said.

    :raises SyncProblem: it is somebody else who answers there, or between here and there.
    """
    try:
        body = msgspec.json.decode(content)
    except (msgspec.DecodeError, UnicodeDecodeError):
        body = None
    own = ("proto", int), ("node", str), ("epoch", str)
    if isinstance(body, dict) and all(isinstance(body.get(name), kind) for name, kind in own):
        return body
    if 300 <= status < 400 or status == httpx.codes.NETWORK_AUTHENTICATION_REQUIRED:
        raise SyncProblem("no_network", why="portal", status=status)
    if status == httpx.codes.REQUEST_ENTITY_TOO_LARGE:
        raise SyncProblem("too_large", why="gateway")
    if status in GATEWAY:
        raise SyncProblem("no_network", why="gateway", status=status)
    if body is None and content and headers.get("Content-Type", "") == "application/json":
        raise SyncProblem("no_network", why="cut")
    page = headers.get("Content-Type", "").startswith("text/html")
    raise SyncProblem("no_network", why="page" if page else "stranger", status=status)


def _refusal(status: int, headers: httpx.Headers, body: dict[str, Any]) -> SyncProblem:
    told = body.get("error") or {}
    message = told.get("message")
    if status == httpx.codes.UNAUTHORIZED and not str(told.get("code")).endswith("_code"):
        return SyncProblem("unknown_token", message=message)
    if status == httpx.codes.UPGRADE_REQUIRED:
        return SyncProblem("too_old", whose="ours", message=message, results=body.get("results"))
    if status == httpx.codes.REQUEST_ENTITY_TOO_LARGE:
        return SyncProblem("too_large", message=message)
    if status in (httpx.codes.TOO_MANY_REQUESTS, httpx.codes.SERVICE_UNAVAILABLE):
        wait = headers.get("Retry-After", "")
        return SyncProblem("busy", wait=int(wait) if wait.isdigit() else 30, message=message)
    return SyncProblem("refused", status=status, reason=told.get("code"), message=message)
