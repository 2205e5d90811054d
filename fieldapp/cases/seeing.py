"""What is seen of a case at the moment at which it is decided: the exact heads, the photos, the rules."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

import sqlalchemy as sa

from fieldapp import intake
from fieldapp.db import db
from fieldapp.facts.case_story import Story
from fieldapp.facts.cases import stories
from fieldapp.facts.pinned import PINNED, PinnedVersions, canonical, heads_of, seen_of
from fieldapp.facts.plan import PlanTargets
from fieldapp.reference.current import rules_version
from fieldapp.surveys import Household, HousingNeed, SupportCase, of_kind
from fieldapp.surveys.support_case import SOURCES
from sync import Change
from sync.statements import among


def seen_of_all(plan: PlanTargets, found: Mapping[str, Story]) -> dict[str, str]:
    """What is seen of each case at this moment, as the text that is pinned."""
    stories_of = [found[case] for case in plan]
    needs = _heads(HousingNeed, [one.case["need"] for one in stories_of])
    homes = _heads(Household, [one.case["household"] for one in stories_of])
    rules = rules_version(db.session())
    return {
        case["id"]: pinned(
            case, plan[case["id"]], needs.get(case["need"] or "", {}), homes.get(case["household"] or "", {}), rules
        )
        for case in (one.case for one in stories_of)
    }


def pinned(
    case: Mapping[str, Any],
    amounts: Mapping[str, int],
    need: Mapping[str, Any],
    home: Mapping[str, Any],
    rules: str,
) -> str:
    """The text that is pinned of a case, its need and its household: rows with their ``heads``, empty where they are
    not here.

    :param amounts: in đồng, by source.
    :param rules: the version of the rules.
    """
    photos = sorted({*_photos("housing_need", need), *_photos("support_case", case)})
    seen = PinnedVersions(
        {source: amounts[source] for source in SOURCES if amounts.get(source)},
        heads_of(case["heads"], PINNED),
        heads_of(home.get("heads", {})),
        heads_of(need.get("heads", {})),
        photos,
        rules,
    )
    return canonical(seen)


def _photos(survey: str, row: Mapping[str, Any]) -> list[str]:
    return [one["sha256"] for each in of_kind(survey, "photo") for one in row.get(each.name) or ()]


def as_decided(decision: str) -> dict[str, dict[str, Any]]:
    """What a decision saw of its cases and their households, by case: the answers of both as they were pinned, but for
    ids and what was empty; of a case that another decision approves since, or none, nothing."""
    table = SupportCase.__table__
    query = sa.select(table.c.id, table.c.decision_seen).where(table.c.decision == decision)
    seen = {row.id: found for row in db.session.execute(query) if (found := seen_of(row.decision_seen))}
    heads = {id for each in seen.values() for id in (*each.household, *each.case)}
    changes = {entry.change.id: entry.change for entry in intake.journal().these(heads)}
    return {
        case: _said(changes, each.household) | {"need_type": _said(changes, each.case).get("need_type")}
        for case, each in seen.items()
    }


def _said(changes: Mapping[str, Change], heads: Collection[str]) -> dict[str, Any]:
    """What a record said whose heads were these: of each question the answer that none of the others replaced."""
    found = sorted((changes[id] for id in heads if id in changes), key=lambda change: (change.stamp, change.id))
    replaced = {(name, id) for change in found for name, ids in change.base.items() for id in ids}
    return {
        name: value
        for change in found
        for name, value in change.answers.items()
        if (name, change.id) not in replaced and value is not None
    }


def _heads(model: Any, records: Collection[str | None]) -> dict[str, dict[str, Any]]:
    table = model.__table__
    names = ["id", "heads", *(each.name for each in of_kind(model.survey, "photo"))]
    mine = among(db.session.connection(), table.c.id, [record for record in records if record])
    query = sa.select(*(table.c[name] for name in names)).where(mine)
    return {row["id"]: dict(row) for row in db.session.execute(query).mappings()}


def seen_now(case: SupportCase, amounts: Mapping[str, int]) -> str:
    """What is seen of one case now, as the text that is pinned: for one whose decision is confirmed."""
    story = next(iter(stories([case.id])))
    return seen_of_all({case.id: dict(amounts)}, {case.id: story})[case.id]
