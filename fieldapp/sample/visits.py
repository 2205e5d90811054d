"""The answers of one visit to a building site."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from random import Random
from typing import Any

from fieldapp.sample.houses import Photo
from fieldapp.surveys import tidy


def answers(
    rng: Random, need: str, wanted: dict[str, Any], stage: str, on: date, photos: Mapping[str, Sequence[Photo]]
) -> dict[str, Any]:
    """Answers to the progress survey that break no rule.

    :param wanted: the answers of the housing survey the work follows from.
    :param stage: ``not_started``, ``foundation``, ``building`` or ``complete``.
    """
    repair = wanted["need_type"] == "sua_chua"
    found: dict[str, Any] = {
        "household": wanted["household"],
        "need": need,
        "visited_on": on.isoformat(),
        "need_type": wanted["need_type"],
        "milestone_repair" if repair else "milestone_new": _milestone(rng, repair, stage),
        "photos": [rng.choice(photos["site" if stage in ("foundation", "building") else "sound"])],
        **_work(rng, stage, on),
    }
    if "location" in wanted:
        found["location"] = wanted["location"]
    return {name: value for name, value in tidy("progress_visit", found).items() if value is not None}


def _milestone(rng: Random, repair: bool, stage: str) -> str:
    if stage == "not_started":
        return "0"
    if stage == "complete":
        return "3" if repair else "5"
    return "2" if repair or stage == "foundation" else rng.choice("234")


def _work(rng: Random, stage: str, on: date) -> dict[str, Any]:
    if stage == "not_started":
        return {"not_started_reason": rng.choice(["dat_chua_hop_phap", "thieu_doi_ung", "vat_lieu", "kieng_ky"])}
    started = on - timedelta(days=rng.randint(20, 45))
    found: dict[str, Any] = {
        "started_on": started.isoformat(),
        "labour_days_given": rng.choice([15, 30, 45, 60, 90]),
        "money_spent_by_household": rng.choice([5, 10, 20, 30, 45]) * 1_000_000,
    }
    if stage in ("foundation", "building"):
        slow = rng.choice([["khong"], ["khong"], ["vat_lieu"], ["thoi_tiet"], ["duong_kho"]])
        return found | {"percent_of_volume": rng.choice([35, 50, 60, 75, 85]), "delays": slow}
    done = on - timedelta(days=rng.randint(2, 10))
    return found | {
        "completed_on": done.isoformat(),
        "finished_area_m2": str(rng.choice([32, 36, 40, 45, 48, 54])),
        "floor_hard": True,
        "frame_hard": True,
        "roof_hard": True,
        "lasts_20_years": True,
        "accepted_on": on.isoformat() if rng.random() < 0.7 else None,
    }
