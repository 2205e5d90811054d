"""The order of priority among households, by Circular 01/2022/TT-BXD, article 5, in words."""

from __future__ import annotations

from dataclasses import dataclass

from fieldapp.facts.ranking import classes_in
from fieldapp.i18n import language
from fieldapp.surveys import choices


@dataclass(frozen=True)
class Urgency:
    """The place of a household in the order: its rank, as :mod:`fieldapp.facts.ranking` writes it."""

    rank: str

    @property
    def main(self) -> str | None:
        """The class."""
        return classes_in(self.rank)[0]

    @property
    def sub(self) -> str | None:
        """The sub-class."""
        return classes_in(self.rank)[1]

    @property
    def letter(self) -> str:
        """The class as the circular letters it: a, b, c, d, đ, e; empty for a household that is not poor."""
        return "đ" if self.main == "dd" else self.main or ""

    @property
    def reason(self) -> str:
        """Why it stands there, in the language of the moment."""
        lists = (("priority_tt01", self.main), ("priority2_tt01", self.sub))
        return "; ".join(choices.label(name, code, language()) for name, code in lists if code)
