"""A server that can be killed: ``python -m tests.sync.machine.mortal INSTANCE DATABASE_URL``.

It reads orders, a line each, and tells the id of the process that does it: every order is a real process of its own.
``serve MUTANT N``: serve until killed; ``take FILE N``: import a batch file; ``exchange PEER N``: with the province.
With a number N above 0 the process kills itself, as by ``kill -9``, before its N-th statement or commit. ``kill``
kills what runs, ``wait`` waits for its end; both tell how it ended.
"""

from __future__ import annotations

import gzip
import io
import json
import os
import signal
import socket
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import msgspec
import sqlalchemy as sa
from flask import Flask
from werkzeug.serving import make_server

from fieldapp import create_app, intake, nodes
from fieldapp.batches import files
from fieldapp.config import Config
from fieldapp.db import db
from sync.change import change_id
from sync.statements import heard

Wsgi = Callable[[dict[str, Any], Any], Iterable[bytes]]


class Fuse:
    """Kills the process at the N-th point at which anything could be lost."""

    def __init__(self, at: int) -> None:
        self.left = at

    def burn(self, *_: Any) -> None:
        self.left -= 1
        if self.left == 0:
            os.kill(os.getpid(), signal.SIGKILL)

    def lay(self, app: Flask) -> None:
        """Before every statement, and before and after every commit."""
        with app.app_context():
            sa.event.listen(db.engine, "before_cursor_execute", self.burn)
            heard.append(self.burn)
            sa.event.listen(db.engine, "commit", self.burn)
            sa.event.listen(db.engine, "checkin", self.burn)


def serve(app: Flask, listening: socket.socket, mutant: str) -> None:
    """Until killed."""
    if mutant == "rows-later":
        _rows_later()
    wsgi = _receipts_first(app.wsgi_app) if mutant == "receipts-first" else app.wsgi_app
    make_server("127.0.0.1", 0, wsgi, threaded=True, fd=listening.fileno()).serve_forever()


def take(app: Flask, file: str) -> None:
    """Import a batch file."""
    with app.app_context():
        files.take_in(Path(file))


def exchange(app: Flask, peer: str) -> None:
    """Meet the province."""
    with app.app_context():
        nodes.exchange(nodes.find(peer))


def _rows_later() -> None:
    """A mutant: what came in is committed, and then folded."""
    real = intake.refold

    def refold(*args: Any, **how: Any) -> None:
        connection = db.session.connection()  # the journal goes on with this one
        connection.exec_driver_sql("COMMIT")
        if connection.dialect.name == "sqlite":
            connection.exec_driver_sql("BEGIN IMMEDIATE")
        real(*args, **how)

    intake.refold = refold


def _receipts_first(real: Wsgi) -> Wsgi:
    """A mutant: changes are acknowledged, and then stored."""

    def answer(environ: dict[str, Any], start: Any) -> Iterable[bytes]:
        if not environ["PATH_INFO"].endswith("/push"):
            return real(environ, start)
        return _Early(real, environ, start)

    return answer


class _Early:
    """An answer after which the work begins."""

    def __init__(self, real: Wsgi, environ: dict[str, Any], start: Any) -> None:
        self.real, self.environ, self.start = real, environ, start

    def __iter__(self) -> Any:
        sent = self.environ["wsgi.input"].read(int(self.environ["CONTENT_LENGTH"]))
        texts = msgspec.json.decode(gzip.decompress(sent))["changes"]
        results = [{"id": change_id(text), "verdict": "stored"} for text in texts]
        body = json.dumps({"proto": 1, "node": "n", "epoch": "e", "now": "", "results": results}).encode()
        self.start("200 OK", [("Content-Type", "application/json"), ("Content-Length", str(len(body)))])
        self.environ["wsgi.input"] = io.BytesIO(sent)
        yield body

    def close(self) -> None:
        list(self.real(self.environ, lambda *_: None))


def main(instance: str, database_url: str) -> None:
    """Do what is ordered."""
    app = create_app(Config(instance=Path(instance), database_url=database_url, testing=True))
    listening = socket.create_server(("127.0.0.1", 0))
    _say(str(listening.getsockname()[1]))
    child = 0
    for line in sys.stdin:
        match line.split():
            case ["kill" | "wait" as how]:
                if how == "kill":
                    os.kill(child, signal.SIGKILL)
                _say(str(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])))
            case [order, what, at]:
                child = _born(app, listening, order, what, int(at))
                _say(str(child))


def _born(app: Flask, listening: socket.socket, order: str, what: str, at: int) -> int:
    if child := os.fork():
        return child
    Fuse(at).lay(app)
    if order == "serve":
        serve(app, listening, what)
    elif order == "take":
        take(app, what)
    else:
        exchange(app, what)
    os._exit(0)


def _say(word: str) -> None:
    sys.stdout.write(word + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
