"""The lives of tablets: each step that one was told to take, what it asked and was answered, and its rows after it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Any

import msgspec

from sync.change import Change, change_id
from tests.sync.machine.connected import NoNetwork, Refused
from tests.sync.machine.disk import Died, Row
from tests.sync.machine.tablet import Tablet

Step = dict[str, Any]
Life = dict[str, Any]
"""``{"who": name, "steps": [...]}``; see ``Noted``."""

OF_NO_CONCERN = {"sealing_key", "server_key", "account", "limits", "left_behind", "message", "batch", "unopened"}
"""What of an answer no row and no request depends on. Keys and words differ from run to run."""

MEMORY = ("device", "areas", "node", "epoch", "revoked", "seq", "prev", "clock", "offset")


class Noted(Tablet):
    """A tablet of which every step is noted.

    A step says what to ``do``, with what, ``now``, and after how many transactions the power fails (``fuse``), and how
    that went: ``asked`` holds each request with its answer, or ``lost``, and between them what a person did meanwhile;
    ``end`` is ``done`` or the name of the error.
    """

    def __init__(self, *args: Any) -> None:
        self.steps: list[Step] = []
        self._asked: list[Step] | None = None
        super().__init__(*args)

    @contextmanager
    def _noting(self, what: str, **how: Any) -> Iterator[None]:
        """A step of its own, or what a person did in the middle of another one."""
        if not self.steps and self.store.known("device"):
            self.steps = [{"do": "given", "meta": {name: self.store.known(name) for name in MEMORY}}]
        step = {"do": what, **how, "now": self.now(), "fuse": self.store.fuse, "asked": [], "end": "done"}
        outer, self._asked = self._asked, step["asked"]
        try:
            yield
        except (Died, NoNetwork, Refused) as error:
            step["end"] = type(error).__name__
            raise
        finally:
            self._asked = outer
            if outer is None:
                self.steps = [*self.steps, step]
                self.after(step)
            else:
                outer.append(step)

    def after(self, step: Step) -> None:
        """A step is over."""

    def open_app(self) -> None:
        super().open_app()
        if self.steps and self._asked is None:
            with self._noting("open_app"):
                pass

    def enrol(self, code: str) -> None:
        with self._noting("enrol", code=code, name=self.name):
            super().enrol(code)

    def sync(self, *, check: bool = False, meanwhile: Callable[[], object] | None = None) -> None:
        with self._noting("sync", check=check):
            super().sync(check=check, meanwhile=meanwhile)

    def salvage(self) -> None:
        if self._asked is not None:  # within a sync, as the app does by itself
            return super().salvage()
        with self._noting("salvage"):
            return super().salvage()

    def compare(self) -> dict[str, int]:
        if self._asked is not None:
            return super().compare()
        with self._noting("compare"):
            return super().compare()

    def open_form(self, survey: str, record: str, area: str) -> Row:
        with self._noting("open_form", survey=survey, record=record, area=area):
            return super().open_form(survey, record, area)

    def finish(self, draft: Row, answers: Mapping[str, Any]) -> Change | None:
        told = {name: value for name, value in draft.items() if name != "seen"}
        with self._noting("finish", draft=told, answers=dict(answers)):
            return super().finish(draft, answers)

    def settle(self, record: str, answers: Mapping[str, Any]) -> Change:
        with self._noting("settle", record=record, answers=dict(answers)):
            return super().settle(record, answers)

    def carry(self, path: str, body: Any, params: dict[str, Any], token: str | None) -> tuple[int, dict[str, Any]]:
        asked = {"path": path, "body": body, "params": params, "token": token}
        into = self._asked if self._asked is not None else []
        try:
            status, told = self.over_line(path, body, params, token)
        except NoNetwork:
            into.append({**asked, "lost": True})
            raise
        into.append({**asked, "status": status, "answer": of_concern(told)})
        return status, told

    def over_line(self, path: str, body: Any, params: dict[str, Any], token: str | None) -> tuple[int, dict[str, Any]]:
        """Where the answer comes from."""
        return super().carry(path, body, params, token)

    @property
    def life(self) -> Life:
        """What there is to tell of it, as small as can be: of requests only a mark by which they are known again."""
        return {"who": self.name, "steps": [_small(step) for step in self.steps]}


class Retold(Noted):
    """A tablet that lives a life again, with the answers of then. It must ask what was asked then.

    After each step its ``rows`` are noted as well.
    """

    def __init__(self, life: Life) -> None:
        super().__init__(life["who"], "", lambda: self.moment, lambda _: frozenset(), None)
        self.moment = 0
        self._left: list[Step] = []
        for step in life["steps"]:
            self.live(step)

    def live(self, step: Step) -> None:
        """Take a step again."""
        if step["do"] == "given":
            self.learn({name: value for name, value in step["meta"].items() if value is not None})
            return
        self.moment, self._left = step["now"], [each for each in step["asked"] if "do" not in each]
        self.store.fuse = step["fuse"]
        with suppress(Died, NoNetwork, Refused):
            self._take(step)
        self.store.fuse = None
        assert not self._left, f"{self.name} asks less than it asked then: {self._left[0]['path']}"
        assert self.steps[-1]["end"] == step["end"], f"{self.name}: {step['do']} ends as {self.steps[-1]['end']}"

    def _take(self, step: Step) -> None:
        meanwhile = next((each for each in step["asked"] if "do" in each), None)
        match step["do"]:
            case "open_app":
                self.open_app()
            case "sync":
                self.sync(check=step["check"], meanwhile=meanwhile and (lambda: self._take(meanwhile)))
            case "finish":
                self.finish({**step["draft"], "seen": frozenset()}, step["answers"])
            case "enrol":
                self.name = step["name"]  # a copied tablet was another before
                self.enrol(step["code"])
            case "open_form":
                self.open_form(step["survey"], step["record"], step["area"])
            case "settle":
                self.settle(step["record"], step["answers"])
            case "salvage":
                self.salvage()
            case "compare":
                self.compare()

    def after(self, step: Step) -> None:
        step["rows"] = rows_of(self)

    def over_line(self, path: str, body: Any, params: dict[str, Any], token: str | None) -> tuple[int, dict[str, Any]]:
        assert self._left, f"{self.name} asks more than it asked then: {path}"
        then = self._left.pop(0)
        asked = {"path": path, "body": body, "params": params, "token": token}
        assert then["mark"] == mark_of(asked), f"{self.name} asks something else than it asked then: {path} {params}"
        if then.get("lost"):
            raise NoNetwork
        return then["status"], then["answer"]


def retold(life: Life) -> Life:
    """A life with every request and, after each step, the rows that there must be."""
    return {"who": life["who"], "steps": Retold(life).steps}


def of_concern(told: Any) -> Any:
    """An answer without what nothing depends on."""
    if isinstance(told, dict):
        return {name: of_concern(value) for name, value in told.items() if name not in OF_NO_CONCERN}
    return [of_concern(each) for each in told] if isinstance(told, list) else told


def mark_of(asked: Step) -> str:
    """What two requests have in common if they are the same."""
    said = [asked["path"], asked["body"], asked["params"], asked["token"]]
    return change_id(msgspec.json.encode(said, order="deterministic").decode())[:8]


def _small(step: Step) -> Step:
    if step["do"] == "given":
        return step
    return {**{name: value for name, value in step.items() if name != "rows"}, "asked": [*map(_marked, step["asked"])]}


def _marked(each: Step) -> Step:
    if "do" in each:
        return _small(each)
    kept = {name: value for name, value in each.items() if name in ("path", "lost", "status", "answer")}
    return {**kept, "mark": mark_of(each)}


# --- rows, as both sides tell them ----------------------------------------------------------------------------------


def rows_of(tablet: Tablet) -> dict[str, dict[str, Any]]:
    """Store -> key -> what any tablet must hold there, however it lies on its disk."""
    rows = tablet.store.rows
    device = tablet.store.known("device")
    told = {name: tablet.store.known(name) for name in ("epoch", "revoked", "seq", "prev", "clock", "offset")}
    if device:
        told |= {"device": device["id"], "token": device["token"], "areas": tablet.areas}
    return {
        "meta": {name: value for name, value in told.items() if value is not None},
        "changes": {id: _of_change(row) for id, row in rows["changes"].items()},
        "drafts": {row["record"]: _only(row, "survey", "area", "given") for row in rows["drafts"].values()},
        "pulled": {id: _only(row, "record", "text") for id, row in rows["pulled"].items()},
        "records": {id: _of_record(row) for id, row in rows["records"].items()},
        "cursors": {area: _only(row, "epoch", "position", "page", "whole") for area, row in rows["cursors"].items()},
    }


def _of_change(row: Row) -> Row:
    receipt = row["receipt"]
    said = [receipt["verdict"], receipt.get("reason"), receipt.get("fate")] if receipt else None
    return {**_only(row, "record", "text", "seq", "settled"), "receipt": said}


def _of_record(row: Row) -> Row:
    snapshot = row["snapshot"]
    return {
        **_only(row, "survey", "area", "values", "heads", "conflicts", "withdrawn", "changed", "evicted"),
        "ahead": sorted(row["ahead"]),
        "snapshot": snapshot
        and {name: snapshot.get(name) or empty for name, empty in (("ahead", []), ("awaited", {}))},
    }


def _only(row: Row, *names: str) -> Row:
    return {name: row[name] for name in names}
