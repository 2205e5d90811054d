"""Who reads and who judges the rows of each kind of list."""

from __future__ import annotations

from datetime import date

import msgspec

from fieldapp.imports.fates import Fates
from fieldapp.imports.fields import ListKind, kind_of
from fieldapp.imports.holdings import Holdings
from fieldapp.imports.indicators import IndicatorFates, IndicatorReader
from fieldapp.imports.models import ListImport, Plan
from fieldapp.imports.places import Villages
from fieldapp.imports.rows import Reader
from fieldapp.imports.support import SupportFates, SupportReader

_READERS: dict[ListKind, type[Reader]] = {"support": SupportReader, "indicators": IndicatorReader}
_JUDGES: dict[ListKind, type[Fates]] = {"support": SupportFates, "indicators": IndicatorFates}


def reader_of(kind: ListKind, plan: Plan, today: date, day: str) -> Reader:
    """Who reads the rows of a list of this kind. ``day``: of which day the list is."""
    villages = Villages(plan.commune, plan.words.get("place.village", {}))
    return _READERS.get(kind, Reader)(kind, plan, villages, today, day)


def judge_of(each: ListImport, plan: Plan | None = None, day: str = "", holdings: Holdings | None = None) -> Fates:
    """Who judges the rows of a list: read anew by a plan, or as it was read.

    :param holdings: what is here, where rows are to be found their households.
    """
    kind, read = kind_of(each.kind), plan or msgspec.convert(each.plan, Plan)
    return _JUDGES.get(kind, Fates)(kind, day or each.day, read.households, holdings)
