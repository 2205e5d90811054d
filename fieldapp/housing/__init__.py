"""The law of housing support, pure: what follows from the answers of a survey. Computed, never typed.

Everything here takes the canonical answers of a household and of a housing need, as mappings, the places they are
about, the rules there are, and a day. Nothing here knows a database, a page or a person's rights.

- :func:`assess` is the one way in; :func:`rank_key` is the text that lists are sorted by
- ``criteria`` holds the closed list of them, ``programmes`` what programmes make of them, ``order`` whose turn it is
"""

from fieldapp.housing.assessment import Assessment, Difficulty, as_json, assess, rank_key, visited
from fieldapp.housing.case import area_per_person
from fieldapp.housing.durability import Parts
from fieldapp.housing.found import CriterionResult, Lack, Met
from fieldapp.housing.money import Tranche, payable, tranches
from fieldapp.housing.order import CLASSES, RankedPlace
from fieldapp.housing.programmes import JudgedCriterion, ProgrammeVerdict
from fieldapp.housing.progress import LAST, Stage, is_as_required, milestone_of, stage, work_of
from fieldapp.housing.sequence import Misfit, MisfitWord, misfits
from fieldapp.housing.voting import Vote, vote_of

__all__ = [
    "CLASSES",
    "LAST",
    "Assessment",
    "CriterionResult",
    "Difficulty",
    "JudgedCriterion",
    "Lack",
    "Met",
    "Misfit",
    "MisfitWord",
    "Parts",
    "ProgrammeVerdict",
    "RankedPlace",
    "Stage",
    "Tranche",
    "Vote",
    "area_per_person",
    "as_json",
    "assess",
    "is_as_required",
    "milestone_of",
    "misfits",
    "payable",
    "rank_key",
    "stage",
    "tranches",
    "visited",
    "vote_of",
    "work_of",
]
