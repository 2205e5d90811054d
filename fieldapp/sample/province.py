"""What a conference of the province tells beside the houses: other support of the years 2021 to 2023, indicators that
no household says, the communes that are extremely difficult, and the money that was allocated.

The totals are those of the province in August 2023; which household got what, and which communes they are, is invented.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from random import Random
from typing import Any, NamedTuple

import sqlalchemy as sa

from fieldapp.db import db
from fieldapp.facts.tables import CaseFact, CaseMoney
from fieldapp.places import Place
from fieldapp.reference import defaults
from fieldapp.sample.sizes import Size

SAID = "Báo cáo của tỉnh tại hội nghị tháng 8/2023"
INVENTED = "Dữ liệu mẫu"


class PolicyTotal(NamedTuple):
    """Of a policy so many of a unit in all, at most so many in one record."""

    policy: str
    unit: str
    period: str
    total: int
    most: int


COUNTED = (
    PolicyTotal("viec_lam", "nguoi", "nam", 21_500, 2),
    PolicyTotal("dao_tao_nghe", "nguoi", "nam", 14_600, 2),
    PolicyTotal("hoc_phi", "luot", "nam_hoc", 124_507, 9),
    PolicyTotal("tien_an", "luot", "nam_hoc", 34_200, 9),
    PolicyTotal("tien_dien", "luot", "nam", 110_000, 12),
    PolicyTotal("the_bhyt", "luot", "nam", 430_000, 15),
)
YEARS = (2021, 2022, 2023)
LAST_SCHOOL_YEAR = 2022
"""In August 2023 the school year that begins in September has not begun."""


def support(counts: dict[str, int], homes: Sequence[str], rng: Random) -> Iterator[dict[str, Any]]:
    """Answers for what the households of a commune were given: of each policy exactly as much as is said.

    :param counts: how much, by policy.
    """
    for one in COUNTED:
        left, at = counts.get(one.policy, 0), rng.randrange(len(homes)) if homes else 0
        most = max(one.most, -(-left // max(len(homes), 1)))
        years = [year for year in YEARS if one.period == "nam" or year <= LAST_SCHOOL_YEAR]
        while left and homes:
            quantity = min(left, rng.randint(max(1, most * 2 // 3), most))
            yield {
                "household": homes[at % len(homes)],
                "policy": one.policy,
                "year": years[at % len(years)],
                "period": one.period,
                "quantity": quantity,
                "unit": one.unit,
                "source": "nstw",
            }
            left, at = left - quantity, at + 1


INDICATORS = (
    ("tong_so_ho", "2021", "ho", "81480", None),
    ("ho_ngheo", "2021", "ho", "21946", "81480"),
    ("ho_ngheo", "2022", "ho", "19775", "81480"),
    ("ho_can_ngheo", "2021", "ho", "7935", "81480"),
    ("dan_toc_thieu_so", "2023", "phan_tram", "88", None),
    ("xa_chuan_y_te", "2023", "xa", "106", "108"),
    ("nuoc_hop_ve_sinh", "2023", "phan_tram", "98.22", None),
    ("dien_thoai_thong_minh", "2023", "phan_tram", "73", None),
    ("thon_phu_song", "2023", "phan_tram", "96", None),
    ("ho_cap_quang", "2023", "phan_tram", "76.6", None),
    ("trung_tam_truyen_thong", "2023", "trung_tam", "8", "8"),
    ("dai_khong_day", "2023", "dai", "44", None),
    ("dai_cong_nghe_thong_tin", "2023", "dai", "49", None),
    ("cum_loa", "2023", "cum", "687", None),
)
"""Indicator, time, unit, value, out of how many. The poor of 2022 follow from those of 2021 and the fall of 2.66 points
that was told (21,946 of 81,480 at the end of 2021: backan.gov.vn)."""


def indicators(size: Size) -> Iterator[dict[str, Any]]:
    """Answers for the indicators; of a part of the province also which part it is. None where nothing was given: the
    smallest size is for tests."""
    if not size.given:
        return
    for indicator, period, unit, value, denominator in INDICATORS:
        found = {"indicator": indicator, "period": period, "unit": unit, "value": value, "denominator": denominator}
        yield {name: value for name, value in found.items() if value} | {"source": SAID}
    if size.helped < 1:
        share = f"{size.helped * 100:g}"
        yield {"indicator": "quy_mo_mau", "period": "2023", "unit": "phan_tram", "value": share, "source": INVENTED}


def statuses(size: Size, communes: Sequence[Place], rng: Random) -> Iterator[dict[str, Any]]:
    """Answers that say which communes are extremely difficult: those of the poor districts first, no urban ones."""
    known = defaults()["place_status"]
    urban = {one["place"] for one in known if one["status"] == "urban"}
    poor = {one["place"].partition("@")[0] for one in known if one["status"] == "poor_district"}
    rural = [place for place in communes if f"{place.code}@2023" not in urban]
    rng.shuffle(rural)
    for place in sorted(rural, key=lambda place: place.parent_code not in poor)[: size.difficult]:
        yield {
            "place": f"{place.code}@2023",
            "status": "difficult_commune",
            "from_on": "2021-06-04",
            "to_on": "2025-12-31",
            "legal_basis": "QĐ 861/QĐ-TTg ngày 04/6/2021 (tên xã là dữ liệu mẫu)",
            "verified": "no",
        }


DISBURSED = {2023: 41}
"""Of the plan of this year so many percent were paid."""
USUAL = 95


def allocations() -> Iterator[dict[str, Any]]:
    """Answers for what each source gave to each programme for a year, such that what was paid is the share told."""
    fact, money = CaseFact.__table__, CaseMoney.__table__
    keys = (fact.c.programme, fact.c.year, money.c.source)
    sums = (sa.func.sum(money.c.approved), sa.func.sum(money.c.paid))
    query = sa.select(*keys, *sums).join(fact, fact.c.record == money.c.record).group_by(*keys).order_by(*keys)
    for programme, year, source, approved, paid in db.session.execute(query):
        percent = DISBURSED.get(year)
        amount = int(paid) * 100 // percent if percent else int(approved) * 100 // USUAL
        yield {
            "programme": programme,
            "budget_year": year,
            "fund_source": source,
            "amount": -(-amount // 1000) * 1000,
            "note": INVENTED,
        }
