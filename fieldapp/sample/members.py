"""The members of an invented household, and what else it was given."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from random import Random
from typing import Any

from fieldapp.sample.names import person

POLICIES = (("the_bhyt", None, "nstw"), ("tien_dien", 660_000, "nstw"), ("hoc_phi", 1_350_000, "nsdp"))
"""Policy, amount in đồng and source of the support that most poor households get."""


def members(rng: Random, household: str, about: Mapping[str, Any], year: int) -> Iterator[dict[str, Any]]:
    """Answers for each member: the head, then the spouse, the children and the parents, as the household counts them.

    :param year: of the survey.
    """
    born = int(about["birth_date"][:4])
    people, sex = about["ethnic_group"], about["head_sex"]
    yield _member(rng, household, about["head_name"], "chu_ho", sex, born, people, year)
    left = about["members"] - 1
    elderly = left - about["children_under_16"] > 2
    kin = ["vo_chong"] * (left > about["children_under_16"]) + ["bo_me"] * elderly
    kin += ["con"] * (left - len(kin))
    for place, relationship in enumerate(kin):
        its_sex = {"nam": "nu", "nu": "nam"}[sex] if relationship == "vo_chong" else rng.choice(["nam", "nu"])
        gap = {"vo_chong": rng.randint(-4, 6), "bo_me": -rng.randint(22, 30)}.get(relationship, 22 + 3 * place)
        name = person(rng, people, its_sex)
        if relationship == "con":
            name = " ".join([about["head_name"].split()[0], *name.split()[1:]])
        yield _member(rng, household, name, relationship, its_sex, min(born + gap, year - 1), people, year)


def support(rng: Random, household: str, about: Mapping[str, Any], year: int) -> Iterator[dict[str, Any]]:
    """Answers for what else the household was given in the year before."""
    counts = {
        "the_bhyt": (about["members"], "nguoi", "nam"),
        "tien_dien": (12, "luot", "nam"),
        "hoc_phi": (max(about["children_under_16"], 1), "luot", "nam_hoc"),
    }
    for policy, amount, source in rng.sample(POLICIES, rng.randint(1, 2)):
        counted = dict(zip(("quantity", "unit", "period"), counts[policy], strict=True))
        given = {"household": household, "policy": policy, "year": year - 1, "source": source, **counted}
        yield given | ({"amount": amount} if amount else {})


def _member(
    rng: Random, household: str, name: str, relationship: str, sex: str, born: int, people: str, year: int
) -> dict[str, Any]:
    age = year - born
    return {
        "household": household,
        "name": name,
        "relationship": relationship,
        "sex": sex,
        "birth_year": born,
        "ethnic_group": people,
        "disability": "nang" if rng.random() < 0.04 else "khong",
        "in_school": 3 <= age <= 17,
        "works": 18 <= age <= 65,
    }
