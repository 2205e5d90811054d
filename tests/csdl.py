"""``$metadata`` of the OData feed, held to the schemas of its standard where Node is found: ``python -m tests.csdl``.

The schemas come with a package of the committee that wrote the standard, which is fetched as TypeScript is
(``tests/javascript.py``); where it or what reads schemas cannot be had, that is said, and nothing fails.
"""

from __future__ import annotations

import importlib
import shutil
import sys
from itertools import combinations
from typing import Any

from fieldapp.exports.feeds import FEEDS, Feed
from fieldapp.web.api.odata import csdl
from tests.javascript import MODULES, fetched

PACKAGE, VERSION = "odata-csdl", "0.11.2"
SCHEMA = MODULES / PACKAGE / "schemas" / "edmx.xsd"


def faults() -> list[str]:
    """What the schemas have against the feed, whatever a token may read of it; nothing where there are none."""
    schema = _schema()
    if schema is None:
        return []
    if schema.is_valid(csdl([])):
        return ["$metadata: the schemas have nothing against a container that holds nothing"]
    found = {f"$metadata: {each.path}: {each.reason}" for read in _choices() for each in schema.iter_errors(csdl(read))}
    return sorted(found)


def _schema() -> Any:
    npm = shutil.which("npm")
    if not npm or not fetched(npm, PACKAGE, VERSION):
        return _skipped(f"{PACKAGE} {VERSION} could not be fetched with npm")
    try:
        return importlib.import_module("xmlschema").XMLSchema(str(SCHEMA), allow="local")
    except ModuleNotFoundError:
        return _skipped("xmlschema is not installed")


def _skipped(why: str) -> None:
    sys.stdout.write(f"$metadata of the feed: skipped, {why}\n")


def _choices() -> list[list[Feed]]:
    """What tokens may read: the feeds of one scope, of two, of all."""
    scopes = sorted({feed.scope for feed in FEEDS.values()})
    chosen = [some for number in (1, 2, len(scopes)) for some in combinations(scopes, number)]
    return [[feed for feed in FEEDS.values() if feed.scope in some] for some in chosen]


if __name__ == "__main__":
    sys.exit("\n".join(faults()) or None)
