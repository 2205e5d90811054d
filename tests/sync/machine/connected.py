"""Who a tablet is and how it asks the server: the twin of ``session.js`` and ``wire.js``."""

from __future__ import annotations

import copy
import gzip
from collections.abc import Callable, Mapping
from typing import Any, Self

import httpx
import msgspec

from tests.sync.machine.disk import Store


class NoNetwork(Exception):
    """Nobody of ours answered."""


class Refused(Exception):
    """The server answered, and said no."""

    def __init__(self, status: int, code: str) -> None:
        super().__init__(f"{status} {code}")
        self.status, self.code = status, code


class Connected:
    """Who it is, its disk, and the line to the server.

    ``behind(record)`` is asked for the changes that a first download stands for.
    """

    def __init__(
        self, name: str, url: str, now: Callable[[], int], behind: Callable[[str], frozenset[str]], client: httpx.Client
    ) -> None:
        self.name, self.url, self.now, self.behind, self.client = name, url, now, behind, client
        self.store = Store()
        self.open_app()

    def open_app(self) -> None:
        """What is in memory alone begins anew: what of a round is up to date, whether a comparison was asked for."""
        self.round: set[str] = set()
        self.round_began: int | None = None
        self.checking = False

    def copied(self, name: str) -> Self:
        """The same profile on another device."""
        twin = copy.copy(self)
        twin.name, twin.store = name, Store()
        twin.store.rows = copy.deepcopy(self.store.rows)
        twin.open_app()
        return twin

    @property
    def device(self) -> str:
        return str(self.store.known("device")["id"])

    @property
    def areas(self) -> list[str]:
        """The ids of the villages it may see."""
        return [area["id"] for area in self.store.known("areas", [])]

    def learn(self, values: Mapping[str, Any]) -> None:
        """Keep new values."""
        self.store.write(lambda rows: rows["meta"].update({k: {"name": k, "value": v} for k, v in values.items()}))

    def enrol(self, code: str) -> None:
        """Exchange a one-time code for a place on the server: a new row of numbers."""
        known = self.store.known("device")
        answer = self.ask(
            "enrol", body={"code": code, "name": self.name, **({"author": known["author"]} if known else {})}
        )
        self.learn(
            {
                "device": {"id": answer["device"], "token": answer["token"], "author": answer["author"]},
                "areas": answer["areas"],
                "node": answer["node"],
                "epoch": self.store.known("epoch") or answer["epoch"],
                "revoked": False,
                "seq": 0,
                "prev": None,
            }
        )

    def ask(self, path: str, *, body: Any = None, **params: Any) -> dict[str, Any]:
        """GET, or POST where there is a body. Raises NoNetwork or Refused."""
        known = self.store.known("device") if path != "enrol" else None
        asked = {name: value for name, value in params.items() if value is not None}
        status, told = self.carry(path, body, asked, known and known["token"])
        if told.get("proto") != 1 or not told.get("node"):
            raise NoNetwork(f"status {status}")
        if "error" in told:
            raise Refused(status, told["error"]["code"])
        return told

    def carry(self, path: str, body: Any, params: dict[str, Any], token: str | None) -> tuple[int, dict[str, Any]]:
        """The status and the JSON that come back over the line. Raises NoNetwork."""
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        packed = None if body is None else gzip.compress(msgspec.json.encode(body))
        if packed is not None:
            headers |= {"Content-Type": "application/json", "Content-Encoding": "gzip"}
        try:
            answer = self.client.request(
                "GET" if body is None else "POST",
                f"{self.url}/sync/v1/{path}",
                params=params,
                content=packed,
                headers=headers,
            )
            return answer.status_code, msgspec.json.decode(answer.content)
        except (httpx.HTTPError, msgspec.DecodeError) as error:
            raise NoNetwork(str(error)) from None
