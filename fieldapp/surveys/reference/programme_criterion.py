"""One condition of a programme: a word of the closed list, with what it needs."""

from __future__ import annotations

from fieldapp.i18n import _l
from fieldapp.surveys.base import Base, Section
from fieldapp.surveys.columns import decimal, integer, many_of, one_of, reference
from fieldapp.surveys.reference.base import Reference, legal_basis, note


class ProgrammeCriterion(Reference, Base):
    """All parts of a programme must be met; of the criteria within one part any is enough."""

    __tablename__ = survey = "programme_criterion"
    title = _l("Criterion")
    plural = _l("Criteria")
    named_by = ("criterion",)
    key = ("programme", "part", "criterion", "number", "law")
    sections = (Section(_l("The criterion"), "programme"),)

    programme = reference(_l("Programme"), of="programme", required=True)
    part = integer(
        _l("Part"),
        min=1,
        max=30,
        required=True,
        hint=_l("All parts must be met; within one part any criterion is enough."),
    )
    criterion = one_of(_l("Criterion"), "criterion", required=True)
    number = decimal(_l("Number in the criterion"), min=0, max=100000, hint=_l("Square metres, or years."))
    programmes = many_of(_l("Programmes in the criterion"), "programme")
    law = one_of(_l("By which document"), "rule_law", short=_l("Document"))
    legal_basis = legal_basis()
    note = note()
