"""``fieldapp serve``: the application over HTTP."""

from __future__ import annotations

import atexit
import errno
import multiprocessing
import os
import socket
import threading
from collections.abc import Callable
from contextlib import ExitStack, suppress
from typing import TypeVar

import click

from fieldapp import create_app, trouble
from fieldapp.cli.background import kept_up
from fieldapp.cli.base import application, see_that_it_was_made, working
from fieldapp.cli.instance import catch_up
from fieldapp.config import Config, settings
from fieldapp.db import forget_statistics
from fieldapp.i18n import _
from fieldapp.instance import address, damage, private
from fieldapp.instance.at_work import at_work
from fieldapp.instance.copies import guard_epoch
from fieldapp.photos import broken_off
from fieldapp.problems import CannotListen, DatabaseBroken, PortTaken
from fieldapp.serving import IDLE, Served
from fieldapp.tablets import sealing

BEGUN = "demo-begun"
"""Lies in an instance that a demo has begun to make and not finished; who serves it takes it as it is."""
HEAD_SECONDS = 30
"""So long may the head of a request take, and so long may a line rest between two requests."""
CONNECTIONS = 2000
"""Lines open at a time in a process: one costs a little memory there and no thread."""
END_SECONDS = 5
"""What is being worked on when the server is told to end has so long to be finished; lines that rest do not count."""
F = TypeVar("F", bound=Callable[..., object])


def listening(command: F) -> F:
    """A command that serves: ``--host`` and ``--port``."""
    host = click.option(
        "--host", default=address.HOST, show_default=True, help="Where to listen; 0.0.0.0 for the whole network."
    )
    port = click.option(
        "--port",
        default=address.PORT,
        show_default=True,
        type=click.IntRange(1, 65535),
        help="Which port.",
    )
    return host(port(command))


@click.command()
@listening
@click.option("--workers", type=click.IntRange(1, 64), help="Processes [one for each core, at most 4].")
def serve(host: str, port: int, workers: int | None) -> None:
    """Serve this instance until Ctrl+C."""
    see_that_it_was_made(Config.from_env())
    with working("server"):
        must_be_free(host, port)
        _prepare()
        click.echo(_("Serving on http://%(host)s:%(port)s. Stop with Ctrl+C.", host=host, port=port))
        run(host, port, workers or min(os.cpu_count() or 1, 4))


def _prepare() -> None:
    with application(being=None):
        if damage.look():
            click.echo(DatabaseBroken(file=settings().instance / "fieldapp.db").message, err=True)
            return
        private.tighten(settings().instance)
        private.sweep(settings().instance)
        (settings().instance / BEGUN).unlink(missing_ok=True)
        guard_epoch()
        forget_statistics()
        catch_up()
        broken_off.sweep()
        sealing.key()  # of several processes that start now, none may find it half written


def must_be_free(host: str, port: int) -> None:
    """Pass only where a server can listen. Several workers share a port, so that the system would let others in too.

    :raises PortTaken: somebody listens there.
    :raises CannotListen: there is no such address here, or this user may not.
    """
    try:
        family, kind, protocol, _name, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind, protocol) as trial:
            if os.name != "nt":
                trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            trial.bind(address)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise PortTaken(port=port, other=port + 1 if port < 65535 else port - 1) from None
        raise CannotListen(where=f"{host}:{port}", why=trouble.why(error)) from None


def run(host: str, port: int, workers: int = 1) -> None:
    """Serve with granian; where it cannot run, with the server that comes with Flask, in threads."""
    served = os.environ.setdefault("FIELDAPP_PUBLIC_URL", address.of(host, port))
    address.note(Config.from_env().instance, served)
    try:
        from granian import Granian
        from granian.constants import HTTPModes, Interfaces
        from granian.http import HTTP1Settings
        from granian.log import LogLevels
    except ImportError:
        _plainly(host, port)
        return
    _allow_files()
    server = Granian(
        "fieldapp.cli.serve:worker",
        factory=True,
        interface=Interfaces.RSGI,
        address=host,
        port=port,
        workers=workers,
        http=HTTPModes.http1,
        http1_settings=HTTP1Settings(header_read_timeout=HEAD_SECONDS * 1000),
        websockets=False,
        backpressure=CONNECTIONS,
        respawn_failed_workers=True,
        workers_kill_timeout=END_SECONDS,
        log_access=False,
        log_level=LogLevels.warning,
    )
    server.serve()


def _allow_files() -> None:
    """As many open files as lines, where the system lets us."""
    with suppress(ImportError, ValueError, OSError):
        import resource

        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        wanted = 2 * CONNECTIONS if hard == resource.RLIM_INFINITY else min(2 * CONNECTIONS, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, wanted), hard))


def worker() -> Served:
    """The application in a process of the server, which is at work on the instance as long as it lives."""
    threading.Thread(target=_end_with_the_server, daemon=True).start()
    config, life = Config.from_env(), ExitStack()
    life.enter_context(at_work(config.instance, "worker", "serve"))
    atexit.register(life.close)
    app = create_app(config)
    life.enter_context(kept_up(app))
    return Served(app)


def _end_with_the_server() -> None:
    """A server that was killed tells its workers nothing: they would go on and hold the port."""
    if server := multiprocessing.parent_process():
        server.join()
        os._exit(1)


def _plainly(host: str, port: int) -> None:
    from werkzeug.serving import WSGIRequestHandler, run_simple

    class Patient(WSGIRequestHandler):
        """Each line has a thread of its own here, and not for ever."""

        timeout = IDLE

    app = create_app()
    with kept_up(app):
        run_simple(host, port, app, threaded=True, request_handler=Patient)
