"""The application with a bare page beside it: what any page of this server costs at least."""

from __future__ import annotations

import time

from flask import Response, g

from bench.cost import peak_mb
from fieldapp import create_app
from fieldapp.cli.background import make_ready
from fieldapp.serving import Served

PROCESSOR = "X-Processor"
"""A header that says how many milliseconds of the processor this process took for the request, which other work of the
machine changes little. What a PostgreSQL takes is not in it."""


PEAK = "/peak"
"""A page that says how many MB of memory this process ever had."""


def make() -> Served:
    """Made by the server that serves it."""
    app = create_app()
    app.add_url_rule("/bare", view_func=lambda: "bare")
    app.add_url_rule(PEAK, "peak", lambda: str(peak_mb()))
    app.before_request(_begin)
    app.after_request(_told)
    make_ready(app)  # as the server does beside its first requests
    return Served(app)


def _begin() -> None:
    g.began = time.process_time()


def _told(response: Response) -> Response:
    response.headers[PROCESSOR] = f"{(time.process_time() - g.began) * 1000:.1f}"
    return response
