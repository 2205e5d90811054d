"""What follows from who knew of what when a change was made, whatever machine makes up the history."""

from __future__ import annotations

import unicodedata
from typing import Any

from hypothesis import HealthCheck, settings

from sync.change import WITHDRAWN, Change, same_as
from sync.fold import State
from tests.again import SOAK


def proof(examples: int, steps: int) -> settings:
    """Always the same histories, unless ``EX`` asks for more than usual."""
    return settings(
        max_examples=examples,
        stateful_step_count=steps,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        database=None,
        derandomize=not SOAK,
        print_blob=False,
    )


class Knowing:
    """Properties of one record, for those who know what each author saw."""

    def saw(self, later: Change, earlier: Change) -> bool:
        """Whether the author of one change had seen the other."""
        raise NotImplementedError

    def check_forms(self, state: State) -> None:
        for different in state.conflicts.values():
            forms = {same_as(_tidied(value)) for value in different}
            assert len(forms) == len(different), "a conflict between a name and itself"

    def check_doubts(self, state: State, changes: list[Change]) -> None:
        """Nothing is in conflict that somebody decided who knew all there was."""
        for question in state.conflicts:
            if question == WITHDRAWN:
                self._check_somebody_did_not_know(changes)
            else:
                self._check_nobody_saw_all(question, changes)

    def _check_nobody_saw_all(self, question: str, changes: list[Change]) -> None:
        writers = [each for each in changes if question in each.answers]
        for each in writers:
            saw_all = all(other.id == each.id or self.saw(each, other) for other in writers)
            assert not saw_all, f"a conflict on {question} although one author saw everything"

    def _check_somebody_did_not_know(self, changes: list[Change]) -> None:
        """A withdrawal is in doubt only where it is disputed, or did not know a value that stands, nor that it."""
        withdrawals = self._standing(WITHDRAWN, changes)
        questions = {question for each in changes for question in each.answers} - {WITHDRAWN}
        values = [each for question in questions for each in self._standing(question, changes)]
        disputed = len({each.answers[WITHDRAWN] for each in withdrawals}) > 1
        blind = any(
            value.id != each.id and not self.saw(each, value) and not self.saw(value, each)
            for each in withdrawals
            for value in values
        )
        assert disputed or blind, "a withdrawal in doubt although everybody knew all"

    def _standing(self, question: str, changes: list[Change]) -> list[Change]:
        """Those who answered a question and whom nobody who answered it later saw."""
        writers = [each for each in changes if question in each.answers]
        return [each for each in writers if not any(self.saw(other, each) for other in writers)]


def _tidied(value: Any) -> Any:
    return unicodedata.normalize("NFC", value) if isinstance(value, str) else value
