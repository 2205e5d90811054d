"""How much of a province: which communes, how many households, and totals that come out exactly."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from random import Random
from typing import TypeVar

from fieldapp.problems import UnknownSize

SizeKey = TypeVar("SizeKey")

HOME = "01930"
"""Hoàng Trĩ, the commune of the enumerator whom tests and the demo follow."""
OFFICE = ("01924", "01930", "01933")
"""Her supervisor's communes: Quảng Khê, Hoàng Trĩ and Đồng Phúc."""
JOINED = "02041"
"""Bằng Phúc, of another district: since 2025 the fourth part of the commune that the three above became."""
ELSEWHERE = "02020"
"""Bằng Lũng, in another district and outside the supervisor's area."""


@dataclass(frozen=True)
class Size:
    """Totals of one size.

    At the scale of the province: 21,946 poor and 7,935 near-poor households at the end of 2021; 13,688 of them with
    housing difficulty, 4,503 by area and 9,185 by quality (backan.gov.vn, 14/09/2022); 1,853 houses complete and 2,069
    under construction in early July 2025.
    """

    name: str
    poor: int
    near_poor: int
    area: int
    quality: int
    """By quality, ``both`` of them by area as well."""
    both: int
    sound: int
    """Surveyed and found without difficulty."""
    complete: int
    building: int
    helped: float = 0
    """How much of the cases of the years before there is, see :mod:`fieldapp.sample.history`: 1 for all of them."""
    given: float = 0
    """The same of the other support of these years, see :mod:`fieldapp.sample.province`."""
    living: float = 0
    """Of those whose need of this season is approved, how many have a case that is on its way: see
    :mod:`fieldapp.sample.living`."""
    difficult: int = 0
    """So many communes are extremely difficult; which ones is invented."""

    @property
    def households(self) -> int:
        return self.poor + self.near_poor


DIFFICULT = 67
"""Of 108 communes, by Decision 861/QĐ-TTg of 2021; the list of their names is not among what the package ships."""
FULL = Size(
    "full", 21_946, 7_935, 4_503, 9_185, 1_700, 1_200, 1_853, 2_069, helped=1, given=1, living=0.12, difficult=DIFFICULT
)
SIZES = {
    "tiny": Size("tiny", 24, 8, 5, 12, 2, 3, 2, 3),
    "small": Size("small", 441, 159, 90, 184, 34, 24, 37, 42, helped=0.01, given=0.01, living=1, difficult=DIFFICULT),
    "full": FULL,
    "x10": Size(
        "x10", 219_460, 79_350, 45_030, 91_850, 17_000, 12_000, 18_530, 20_690,
        helped=10, given=10, living=0.12, difficult=DIFFICULT,
    ),
}  # fmt: skip


def size(name: str) -> Size:
    """A size by name.

    :raises UnknownSize: there is no such size.
    """
    if name not in SIZES:
        raise UnknownSize(name=name, names=", ".join(SIZES))
    return SIZES[name]


def weights(name: str, communes: Sequence[tuple[str, str]], rng: Random) -> dict[str, float]:
    """How the households are spread over the communes, given as (district, code): commune code to weight."""
    if name == "tiny":
        return {HOME: 20, "01924": 6, ELSEWHERE: 6}
    if name != "small":
        return {code: rng.uniform(0.5, 1.5) for _district, code in communes}
    chosen = {code: rng.uniform(55, 65) for code in (*OFFICE, ELSEWHERE, JOINED)}
    for district in sorted({district for district, _code in communes}):
        others = [code for parent, code in communes if parent == district and code not in chosen]
        chosen.update({code: rng.uniform(7, 12) for code in rng.sample(others, 4)})
    return chosen


def share(total: int, weights: Mapping[SizeKey, float]) -> dict[SizeKey, int]:
    """A total split by weights into whole numbers that add up to it (largest remainders first)."""
    whole = sum(weights.values())
    if not whole:
        return dict.fromkeys(weights, 0)
    exact = {key: total * weight / whole for key, weight in weights.items()}
    parts = {key: int(value) for key, value in exact.items()}
    left = total - sum(parts.values())
    for key in sorted(exact, key=lambda key: parts[key] - exact[key])[:left]:
        parts[key] += 1
    return parts
