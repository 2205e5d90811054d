"""What the merge engine's problems mean to a person: one sentence for each code."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from fieldapp.i18n import _l
from fieldapp.nodes.sentences import batch_files, receipts, wire
from fieldapp.problems import Problem
from sync.problems import SyncProblem

log = logging.getLogger(__name__)

SENTENCES: dict[str, str] = {**batch_files.SENTENCES, **receipts.SENTENCES, **wire.SENTENCES}
"""Every sentence, by the code of the merge engine."""


class ExchangeProblem(Problem):
    """A batch file, a key or a peer that cannot be used; ``sync_code`` is the merge engine's word for it."""

    code, status = "exchange_problem", 400
    sentence = _l("The exchange with the other node failed. Nothing was changed.")

    def __init__(self, problem: SyncProblem) -> None:
        super().__init__(**problem.details)
        self.sync_code = problem.code

    @property
    def message(self) -> str:
        """The sentence for this code, in the language of the moment."""
        exactly = f"{self.sync_code} {self.values.get('why') or self.values.get('whose')}"
        text = str(SENTENCES.get(exactly) or SENTENCES.get(self.sync_code, self.sentence))
        return text % _Known(self.values) if self.values else text


class _Known(dict[str, Any]):
    """Values for a sentence; one the merge engine did not tell reads as a question mark."""

    def __missing__(self, key: str) -> str:
        return "?"


@contextmanager
def telling() -> Iterator[None]:
    """Turn the merge engine's problems into sentences.

    :raises ExchangeProblem: in place of a ``SyncProblem``.
    """
    try:
        yield
    except SyncProblem as problem:
        log.info("exchange refused: %s", problem)
        raise ExchangeProblem(problem) from problem
