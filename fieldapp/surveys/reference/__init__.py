"""The rules as questionnaires: what the law and the province say, filled in, merged and carried like any record.

Their records lie in the area ``*``: every node reads them, only administrators write them.
"""

from fieldapp.surveys.reference.approval_chain import ApprovalChain
from fieldapp.surveys.reference.base import EVERYWHERE, Reference
from fieldapp.surveys.reference.budget import Budget
from fieldapp.surveys.reference.material_ruling import MaterialRuling
from fieldapp.surveys.reference.office import Office
from fieldapp.surveys.reference.place_indicator import PlaceIndicator
from fieldapp.surveys.reference.place_status import PlaceStatus
from fieldapp.surveys.reference.programme import Programme
from fieldapp.surveys.reference.programme_criterion import ProgrammeCriterion
from fieldapp.surveys.reference.programme_norm import ProgrammeNorm
from fieldapp.surveys.reference.signer import Signer
from fieldapp.surveys.reference.threshold import Threshold

ALL: tuple[type[Reference], ...] = (
    Programme, ProgrammeCriterion, ProgrammeNorm, MaterialRuling, PlaceStatus, Office, Signer, ApprovalChain, Threshold,
    Budget, PlaceIndicator,
)  # fmt: skip
"""Every reference survey; what others name comes first."""

__all__ = [
    "ALL",
    "EVERYWHERE",
    "ApprovalChain",
    "Budget",
    "MaterialRuling",
    "Office",
    "PlaceIndicator",
    "PlaceStatus",
    "Programme",
    "ProgrammeCriterion",
    "ProgrammeNorm",
    "Reference",
    "Signer",
    "Threshold",
]
