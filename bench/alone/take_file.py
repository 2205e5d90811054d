"""``take_file ADDRESS COOKIES``: take a file away, as somebody else does, and tell how many seconds it took."""

from __future__ import annotations

import sys

import httpx

from bench.cost import seconds, tell


def main(address: str, cookies: str) -> None:
    with httpx.Client(headers={"Cookie": cookies}, timeout=None) as client:
        tell(seconds(lambda: _take(client, address)))


def _take(client: httpx.Client, address: str) -> None:
    with client.stream("GET", address) as answer:
        answer.raise_for_status()
        for _part in answer.iter_raw():
            pass


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
