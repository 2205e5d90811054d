"""Who sees nothing for want of an area is told so on every page that was narrowed to it: an empty list says otherwise
that there is nothing to do.
"""

from __future__ import annotations

from flask import Flask, g

from fieldapp import naming
from fieldapp.i18n import _
from fieldapp.people import Rights
from fieldapp.web.access import me


def init_app(app: Flask) -> None:
    """Let every page tell it."""
    app.jinja_env.globals.update(sees_nothing=told)


def told() -> str:
    """That no village lies in the areas of whoever is signed in, and what to do; empty where one does, and on a page
    that never asked."""
    rights: Rights | None = g.get("rights")
    if rights is None or rights.areas is None or rights.areas:
        return ""
    held = [each.code if "." in each.code else f"{each.code}@{each.vintage}" for each in me().grants]
    if not held:
        return _("No area has been given to you yet, so no record is shown. Ask your administrator for one.")
    places = ", ".join(naming.coded_place(each) for each in held)
    return _("No village here lies in your area (%(places)s): no record is shown. Ask for another area.", places=places)
