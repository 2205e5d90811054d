"""The application with a bare page beside it: what any page of this server costs at least."""

from __future__ import annotations

from fieldapp import create_app
from fieldapp.serving import Served


def make() -> Served:
    """Made by the server that serves it."""
    app = create_app()
    app.add_url_rule("/bare", view_func=lambda: "bare")
    return Served(app)
