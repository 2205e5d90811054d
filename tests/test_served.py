"""What a process that serves does not do while somebody waits."""

from __future__ import annotations

import gc

from flask import Flask

from fieldapp.serving import Served


def test_what_is_loaded_when_serving_begins_is_never_looked_through_for_waste(app: Flask) -> None:
    try:
        Served(app)
        left = len(gc.get_objects())
        assert left < gc.get_freeze_count() / 20
    finally:
        gc.unfreeze()
