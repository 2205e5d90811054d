"""Work on a list that goes on behind its page, in a thread; a file beside the list tells how far it is."""

from __future__ import annotations

import json
import logging
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from flask import current_app, flash, redirect, url_for
from flask.typing import ResponseReturnValue

from fieldapp import faults, trouble
from fieldapp.db import db
from fieldapp.i18n import _
from fieldapp.instance.waiting_files import folder
from fieldapp.problems import Problem, ServerFault

log = logging.getLogger(__name__)

AT_REST = 120
"""Seconds without a sign of life, after which work behind a page is held to have ended."""


Tell = Callable[[int, int], None]


def at_work(number: int, large: bool, work: Callable[[Tell], Any], taking: bool = False) -> ResponseReturnValue:
    """Do it at once; or, where it takes longer, behind a page that tells how far it is.

    :raises Problem: it could not be done.
    """
    if large and work_of(number) is None:
        _note(number, {"done": 0, "whole": 0})
        app = current_app._get_current_object()  # type: ignore[attr-defined]  # the thread outlives the request
        threading.Thread(target=_run, args=(app, number, work), name="import", daemon=True).start()
    elif not large:
        work(lambda _done, _whole: None)
        if taking:
            flash(_("The list was imported. It can be undone here."), "good")
    return redirect(url_for("admin.list", number=number))


def _run(app: Any, number: int, work: Callable[[Tell], Any]) -> None:
    with app.app_context():
        try:
            work(lambda done, whole: _note(number, {"done": done, "whole": whole}))
        except Problem as problem:
            db.session.rollback()
            _note(number, {"problem": problem.message})
        except Exception as error:  # in a thread nobody else would tell of it, and what it says may be an answer
            log.error("the list could not be worked on\n%s", faults.told(error))
            _note(number, {"problem": (trouble.of_disk(error, db.engine.url) or ServerFault()).message})
        else:
            forget_work(number)


def _work_file(number: int) -> Path:
    return folder() / f"list-{number}.json"


def forget_work(number: int) -> None:
    """Nothing is worked on behind the page any more."""
    _work_file(number).unlink(missing_ok=True)


def _note(number: int, said: dict[str, Any]) -> None:
    draft = _work_file(number).with_suffix(".draft")
    draft.write_text(json.dumps(said), encoding="utf-8")
    draft.replace(_work_file(number))


def work_of(number: int) -> dict[str, Any] | None:
    """How far the work behind the page is, if there is any; what gave no sign of life for long has ended."""
    try:
        path = _work_file(number)
        said: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        silent = abs(time.time() - path.stat().st_mtime)  # from the future: the clock was put back since
        return said if "problem" in said or silent < AT_REST else None
    except (FileNotFoundError, ValueError):
        return None
