"""``fieldapp serve``: the application over HTTP."""

from __future__ import annotations

import atexit
import logging
import os
import socket
from collections.abc import Callable
from contextlib import ExitStack, suppress
from typing import TypeVar

import click
from flask import Flask

from fieldapp import arrivals, create_app
from fieldapp.at_work import at_work
from fieldapp.cli.base import application, see_that_it_was_made, working
from fieldapp.cli.epoch import guard_epoch
from fieldapp.cli.instance import catch_up
from fieldapp.config import Config
from fieldapp.i18n import _
from fieldapp.nodes import sealing

HOST, PORT = "127.0.0.1", 5000
F = TypeVar("F", bound=Callable[..., object])


def listening(command: F) -> F:
    """A command that serves: ``--host`` and ``--port``."""
    host = click.option(
        "--host", default=HOST, show_default=True, help="Where to listen; 0.0.0.0 for the whole network."
    )
    port = click.option(
        "--port",
        default=PORT,
        show_default=True,
        type=click.IntRange(1, 65535),
        help="Which port; if it is taken, the next free one.",
    )
    return host(port(command))


@click.command()
@listening
@click.option("--workers", type=click.IntRange(1, 64), help="Processes [one for each core, at most 4].")
def serve(host: str, port: int, workers: int | None) -> None:
    """Serve this instance until Ctrl+C."""
    see_that_it_was_made(Config.from_env())
    with working("server"):
        _prepare()
        chosen = free_port(host, port)
        if chosen != port:
            click.echo(_("Port %(port)s is taken; using %(chosen)s.", port=port, chosen=chosen))
        click.echo(_("Serving on %(url)s. Stop with Ctrl+C.", url=f"http://{host}:{chosen}"))
        run(host, chosen, workers or min(os.cpu_count() or 1, 4))


def _prepare() -> None:
    with application(being=None):
        guard_epoch()
        catch_up()
        arrivals.sweep()
        sealing.key()  # of several processes that start now, none may find it half written


def free_port(host: str, wanted: int) -> int:
    """The port wanted, or the next free one after it, or any."""
    for port in (*range(wanted, min(wanted + 20, 65536)), 0):
        with suppress(OSError), socket.socket() as trial:
            if os.name != "nt":
                trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            trial.bind((host, port))
            return int(trial.getsockname()[1])
    return wanted


def run(host: str, port: int, workers: int = 1) -> None:
    """Serve with granian; where it cannot run, with the server that comes with Flask, in threads."""
    os.environ.setdefault("FIELDAPP_PUBLIC_URL", f"http://{'127.0.0.1' if host == '0.0.0.0' else host}:{port}")  # noqa: S104
    try:
        from granian import Granian
        from granian.constants import Interfaces
        from granian.log import LogLevels
    except ImportError:
        _plainly(host, port)
        return
    logging.getLogger("_granian").addFilter(_is_no_advice)
    server = Granian(
        "fieldapp.cli.serve:worker",
        factory=True,
        interface=Interfaces.WSGI,
        address=host,
        port=port,
        workers=workers,
        blocking_threads=32,  # a tablet on a poor line keeps a thread waiting for as long as its part takes
        log_access=False,
        log_level=LogLevels.warning,
    )
    server.serve()


def worker() -> Flask:
    """The application in a process of the server, which is at work on the instance as long as it lives."""
    config, life = Config.from_env(), ExitStack()
    life.enter_context(at_work(config.instance, "worker", "serve"))
    atexit.register(life.close)
    return create_app(config)


def _is_no_advice(record: logging.LogRecord) -> bool:
    """Many threads are meant: most of them wait for a tablet, and only a few work at a time."""
    return "Python threads" not in record.getMessage()


def _plainly(host: str, port: int) -> None:
    from werkzeug.serving import run_simple

    run_simple(host, port, create_app(), threaded=True)
