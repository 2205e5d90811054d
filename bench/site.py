"""The application with a bare page beside it: what any page of this server costs at least."""

from __future__ import annotations

from flask import Flask

from fieldapp import create_app


def make() -> Flask:
    """Made by the server that serves it."""
    app = create_app()
    app.add_url_rule("/bare", view_func=lambda: "bare")
    return app
