"""The years before the survey: houses that were built and repaired with support, from the proposal to the settlement.

Their totals are those of the province; which household it was, who signed and what the vouchers say is invented.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random
from typing import Any, NamedTuple

from fieldapp.cases.proposing import TARGETS, case_id
from fieldapp.reference.naming import id_of_code
from fieldapp.sample.sizes import share
from fieldapp.surveys.support_case import SOURCES

BA_BE = "061"
ON_LIST, OF_BA_BE, BLOCKED_THERE = 4_705, 844, 68
"""Of the list of 2025 so many lay in Ba Bể, and of these so many were held up by their land (30/6/2025)."""


class Wave(NamedTuple):
    """Cases of one programme and kind of work: their amount by source in đồng, and when they were surveyed."""

    name: str
    programme: str
    need_type: str
    amounts: dict[str, int]
    cases: int
    first: date
    last: date


MILLION = 1_000_000
HELPED = (date(2022, 8, 22), date(2023, 2, 28))
CAMPAIGN = (date(2024, 11, 25), date(2025, 2, 20))
TWO_SOURCES = {"nstw": 40 * MILLION, "quy_nguoi_ngheo": 20 * MILLION}
HALF_OF_EACH = {source: amount // 2 for source, amount in TWO_SOURCES.items()}
WAVES = (
    Wave("poor", "gnbv_2022", "xay_moi", {"nstw": 40 * MILLION}, 2_035, *HELPED),
    Wave("poor", "gnbv_2022", "sua_chua", {"nstw": 20 * MILLION}, 1_965, *HELPED),
    Wave("police", "xahoihoa_bk", "xay_moi", {"bca": 50 * MILLION}, 145, *HELPED),
    Wave("campaign", "phatdong_2025", "xay_moi", TWO_SOURCES, 3_975, *CAMPAIGN),
    Wave("campaign", "phatdong_2025", "sua_chua", HALF_OF_EACH, 730, *CAMPAIGN),
    Wave("merit", "ncc_2024", "xay_moi", {"nstw": 60 * MILLION}, 180, *CAMPAIGN),
    Wave("merit", "ncc_2024", "sua_chua", {"nstw": 30 * MILLION}, 94, *CAMPAIGN),
)
"""By 31/8/2023 4,145 households with 127.95 billion đồng. The list of 2025: 4,705 = 3,975 to build + 730 to repair;
with people of merit 4,979 with 274.02 billion (backan.gov.vn; figures of the campaign of 2025)."""
_AS_CALLED = {
    "gnbv_2022": "ctmtqg_gnbv",
    "xahoihoa_bk": "xa_hoi_hoa_tinh",
    "phatdong_2025": "phat_dong_2025",
    "ncc_2024": "nguoi_co_cong",
}
"""Each programme as the housing survey calls it."""
UNDER_WAY = 3_907
"""Of the list of 2025 so many were started or finished on 30/6/2025."""
HALF_YEAR = date(2025, 6, 30)


@dataclass(frozen=True)
class Past:
    """One case of the plan. ``late``: its work began after 30/6/2025; ``blocked``: it never did."""

    wave: Wave
    late: bool = False
    blocked: bool = False


def spread(helped: float, districts: Mapping[str, str], weights: Mapping[str, float]) -> dict[str, list[Past]]:
    """The cases of each commune.

    :param helped: how much of the province's cases there is: 1 for all of them, 0 for none.
    :param districts: the district of each commune, by code.
    """
    rng = Random(f"history/{helped}")
    found: dict[str, list[Past]] = {code: [] for code in weights}
    for wave in WAVES:
        if wave.name != "campaign":
            for code, many in share(_part(wave.cases, helped), weights).items():
                found[code] += [Past(wave)] * many
    for code, past in _campaign(helped, districts, weights, rng):
        found[code].append(past)
    return found


def _campaign(
    helped: float, districts: Mapping[str, str], weights: Mapping[str, float], rng: Random
) -> list[tuple[str, Past]]:
    """The list of 2025: its part in Ba Bể, some of it blocked; and what was begun late, there and elsewhere."""
    there = {code: weight for code, weight in weights.items() if districts[code] == BA_BE}
    others = {code: weight for code, weight in weights.items() if code not in there}
    waves = [wave for wave in WAVES if wave.name == "campaign"]
    listed: list[tuple[str, Past]] = []
    for wave in waves:
        in_ba_be = _part(round(wave.cases * OF_BA_BE / ON_LIST), helped)
        parts = {**share(in_ba_be, there), **share(_part(wave.cases, helped) - in_ba_be, others)}
        listed += [(code, Past(wave)) for code, many in parts.items() for _each in range(many)]
    rng.shuffle(listed)
    blocked, late = _part(BLOCKED_THERE, helped), _part(ON_LIST - UNDER_WAY - BLOCKED_THERE, helped)
    in_order = sorted(listed, key=lambda one: one[0] not in there)
    stuck = [(code, Past(one.wave, blocked=True)) for code, one in in_order[:blocked]]
    rest = in_order[blocked:]
    rng.shuffle(rest)
    return stuck + [(code, Past(one.wave, late=at < late)) for at, (code, one) in enumerate(rest)]


def _part(whole: int, helped: float) -> int:
    return round(whole * helped)


class Days(NamedTuple):
    """When it happened; no later than the day of the table for whatever the table tells."""

    surveyed: date
    proposed: date
    met: date
    posted: date
    until: date
    decided: date
    founded: date
    finished: date
    settled: date


def days_of(past: Past, rng: Random) -> Days:
    """The days of one case, in their order."""
    wave = past.wave
    surveyed = wave.first + timedelta(days=rng.randint(0, (wave.last - wave.first).days))
    proposed, met, posted, until = (surveyed + timedelta(days=days) for days in (9, 12, 15, 22))
    decided = _next_25th(until)
    founded = HALF_YEAR + timedelta(days=rng.randint(3, 30)) if past.late else decided + timedelta(days=35)
    finished, settled = founded + timedelta(days=55), founded + timedelta(days=70)
    return Days(surveyed, proposed, met, posted, until, decided, founded, finished, settled)


def _next_25th(day: date) -> date:
    """Decisions are signed once a month, so that one approves many."""
    return day.replace(day=25) if day.day < 25 else (day.replace(day=1) + timedelta(days=32)).replace(day=25)


class WrittenCase(NamedTuple):
    """The answers of one case as the office enters them, one after the other: until it is decided, once it was; then
    its payments."""

    record: str
    before: tuple[tuple[date, dict[str, Any]], ...]
    after: tuple[date, dict[str, Any]]
    payments: tuple[tuple[date, dict[str, Any]], ...]


def written(past: Past, receiver: Receiver, need: str, days: Days, number: int) -> WrittenCase:
    """What the office wrote of the case of a household and its need (by its id)."""
    rng, record = Random(f"history/{number}"), case_id(need, past.wave.programme)
    before = (
        (days.proposed, _proposal(past, receiver.household, need, days)),
        (days.met, _meeting(days, rng)),
        (days.posted, _posting(days)),
    )
    if past.blocked:
        return WrittenCase(record, before, (days.founded, _obstacle(days)), ())
    settled = (days.settled, {"state": "settled", "state_on": days.settled.isoformat()})
    return WrittenCase(record, before, settled, tuple(_payments(past, receiver, record, days, number)))


def _proposal(past: Past, household: str, need: str, days: Days) -> dict[str, Any]:
    wave = past.wave
    found = {
        "household": household,
        "need": need,
        "programme": id_of_code("programme", wave.programme),
        "need_type": wave.need_type,
        "proposed_on": days.proposed.isoformat(),
        "planned_year": days.decided.year,
        "target_group": TARGETS.get(wave.programme),
        "state": "proposed",
        "state_on": days.proposed.isoformat(),
    }
    return {name: value for name, value in found.items() if value is not None}


def _meeting(days: Days, rng: Random) -> dict[str, Any]:
    present = rng.randint(24, 60)
    return {
        "state": "on_village_list",
        "state_on": days.met.isoformat(),
        "meeting_on": days.met.isoformat(),
        "meeting_present": present,
        "meeting_agreed": rng.randint(present * 3 // 4, present),
    }


def _posting(days: Days) -> dict[str, Any]:
    return {
        "state": "on_commune_list",
        "state_on": days.posted.isoformat(),
        "posted_from": days.posted.isoformat(),
        "posted_until": days.until.isoformat(),
    }


def _obstacle(days: Days) -> dict[str, Any]:
    return {
        "state": "blocked",
        "state_on": days.founded.isoformat(),
        "state_reason": "dat_chua_hop_phap",
        "state_note": "Đất dựng nhà là đất rừng, chưa chuyển mục đích sử dụng.",
        "blocked_from": "approved",
    }


class Receiver(NamedTuple):
    """Who gets the money: a household (its record), and the name of its head."""

    household: str
    name: str


def _payments(
    past: Past, receiver: Receiver, record: str, days: Days, number: int
) -> Iterator[tuple[date, dict[str, Any]]]:
    """Of every source 70 % when the foundation is laid, the rest when the house is finished."""
    for turn, (tranche, seen) in enumerate((("1", days.founded), ("2", days.finished))):
        for source, amount in past.wave.amounts.items():
            first, day = amount * 70 // 100, seen + timedelta(days=4)
            yield day, payment(record, receiver, tranche, source, amount - first if turn else first, day, number)


def payment(
    case: str, receiver: Receiver, tranche: str, source: str, amount: int, day: date, number: int
) -> dict[str, Any]:
    """Answers for a payment to the head of a household, its voucher numbered by that of the household."""
    return {
        "household": receiver.household,
        "case": case,
        "entry": "chi",
        "tranche": tranche,
        "fund_source": source,
        "amount": amount,
        "paid_on": day.isoformat(),
        "voucher": f"UNC {1 + SOURCES.index(source)}-{number:05d}/{tranche}",
        "receiver": receiver.name,
        "relation": "chu_ho",
    }


def told_since(past: Past, days: Days) -> dict[str, Any]:
    """What a housing survey after it says of the support."""
    return {
        "supported_before": True,
        "support_programme": _AS_CALLED[past.wave.programme],
        "supported_year": days.decided.year,
        "supported_amount": sum(past.wave.amounts.values()),
        "earlier_house_lost": False,
    }
