"""The rules as records: programmes, criteria, norms, rulings on materials, statuses of places, thresholds.

``rules`` is pure; ``current`` reads what was filled in; ``shipped`` is what every node is given, byte for byte.
"""

from fieldapp.reference.rules import (
    NEED_TYPES,
    Criterion,
    MaterialRuling,
    Norm,
    PlaceStatus,
    Programme,
    ProgrammeOnDay,
    ProgrammeState,
    Rules,
    RulesOn,
    Threshold,
    default_rules,
    defaults,
    rules_from,
)

__all__ = [
    "NEED_TYPES",
    "Criterion",
    "MaterialRuling",
    "Norm",
    "PlaceStatus",
    "Programme",
    "ProgrammeOnDay",
    "ProgrammeState",
    "Rules",
    "RulesOn",
    "Threshold",
    "default_rules",
    "defaults",
    "rules_from",
]
