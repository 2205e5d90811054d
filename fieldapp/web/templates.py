"""The templates' environment: what all of them may call is one dictionary.

Jinja lays an empty one over it for each template, in a class written in Python, and goes through the hundred names of
both whenever a template begins or takes in another: that was a twentieth of the time of a page.
"""

from __future__ import annotations

from collections.abc import MutableMapping
from typing import Any

from flask import Flask
from flask.templating import Environment


class PlainGlobals(Environment):
    """Gives each template the names of all of them as they are."""

    def make_globals(self, d: MutableMapping[str, Any] | None) -> MutableMapping[str, Any]:
        """Those of a template alone are laid over them only where there are any."""
        return super().make_globals(d) if d else self.globals


def init_app(app: Flask) -> None:
    """Let the app make its environment so, which it does when somebody first asks for it."""
    app.jinja_environment = PlainGlobals
