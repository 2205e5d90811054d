"""What every deliberate failure has: a code for programs, a status for HTTP, a sentence for a person."""

from __future__ import annotations

from typing import Any, ClassVar

from fieldapp.i18n import _l


class Problem(Exception):
    """Something to tell a person. ``values`` fill the sentence's ``%(name)s``; ``again``: what was asked may be asked
    again as it was."""

    code: ClassVar[str] = "problem"
    status: ClassVar[int] = 400
    again: ClassVar[bool] = False
    sentence: ClassVar[str] = _l("This could not be done. Nothing was changed.")

    def __init__(self, **values: Any) -> None:
        self.values = values
        super().__init__(self.code)

    @property
    def message(self) -> str:
        """The sentence in the language of the moment."""
        text = str(self.sentence)
        return text % self.values if self.values else text

    def __str__(self) -> str:
        return self.message


def explain(problem: Problem) -> dict[str, Any]:
    """A problem as JSON: ``{"code", "message"}``."""
    return {"code": problem.code, "message": problem.message}
