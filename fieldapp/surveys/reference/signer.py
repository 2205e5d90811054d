"""Who signs for an office, and how: for the body (TM.), for the head (KT.), by order (TL.)."""

from __future__ import annotations

from fieldapp.i18n import _l
from fieldapp.surveys.base import Base, Section
from fieldapp.surveys.columns import one_of, reference, text
from fieldapp.surveys.reference.base import Reference, from_on, legal_basis, note, to_on


class Signer(Reference, Base):
    """Signing itself is done outside: this is what stands under a table on a day."""

    __tablename__ = survey = "signer"
    title = _l("Signer")
    plural = _l("Signers")
    named_by = ("name", "position")
    key = ("office", "mode", "from_on")
    sections = (Section(_l("The signer"), "office"),)

    office = reference(_l("Office"), of="office", required=True)
    name = text(_l("Full name"), longest=80)
    position = text(_l("Position as printed"), short=_l("Position"), longest=80, required=True)
    mode = one_of(_l("How it is signed"), "signing_mode", required=True)
    from_on = from_on()
    to_on = to_on()
    legal_basis = legal_basis()
    note = note()
