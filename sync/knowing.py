"""What the author of a change knew: by it a change says only what differs, and names what it replaces."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sync.change import WITHDRAWN, Change, same_as
from sync.fold import fold

Marked = tuple[Change, bool]
"""A change that counts, and whether its stamp is too far in the future."""


class Known:
    """What an author knew of a record: by default all its heads."""

    def __init__(self, marked: list[Marked], knowing: Mapping[str, Sequence[str]] | None) -> None:
        self.changes = {each.id: each for each, _ in marked}
        self.ahead = ahead_of(marked)
        state = fold(self.changes.values(), self.ahead) if marked else None
        now = state.heads() if state else {}
        self.in_doubt = state is not None and WITHDRAWN in state.conflicts
        self.heads = now if knowing is None else {**now, **{question: list(ids) for question, ids in knowing.items()}}

    def differs(self, question: str, value: Any) -> bool:
        """Whether this answer says anything: it is not the one value seen."""
        if question == WITHDRAWN and self.in_doubt:
            return True
        seen = [self.changes[id] for id in self.heads.get(question, ()) if id in self.changes]
        values = {same_as(each.answers[question]) for each in seen if question in each.answers} or {same_as(None)}
        return values != {same_as(value)}

    def base(self, answers: Mapping[str, Any]) -> dict[str, list[str]]:
        """The heads that a change with these answers names: of all questions, if it withdraws the record."""
        asked = self.heads if WITHDRAWN in answers else {*answers, WITHDRAWN}
        return {question: list(self.heads[question]) for question in asked if self.heads.get(question)}


def ahead_of(marked: Iterable[Marked]) -> frozenset[str]:
    """The ids of those with stamps too far in the future."""
    return frozenset(each.id for each, ahead in marked if ahead)
