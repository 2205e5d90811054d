"""Whether a material counts as durable: by the law, or by a ruling of the province where the law is silent."""

from __future__ import annotations

from fieldapp.i18n import _l
from fieldapp.surveys.base import Base, Section
from fieldapp.surveys.columns import one_of, text, yes_no
from fieldapp.surveys.reference.base import Reference, from_on, legal_basis, note, to_on


class MaterialRuling(Reference, Base):
    """Where no record speaks of a material, it is not known whether it is durable, and households hang on that."""

    __tablename__ = survey = "material_ruling"
    title = _l("Ruling on a material")
    plural = _l("Rulings on materials")
    named_by = ("material",)
    key = ("part", "material", "law", "from_on")
    sections = (Section(_l("The ruling"), "part"),)

    part = one_of(_l("Part of the house"), "house_part", required=True)
    material = text(_l("Material"), longest=40, required=True)
    law = one_of(_l("By which document"), "rule_law", short=_l("Document"), required=True)
    durable = yes_no(_l("Is it durable?"), short=_l("Durable"), required=True)
    from_on = from_on()
    to_on = to_on()
    legal_basis = legal_basis()
    note = note()
