"""After odd sequences (paid, taken back, withdrawn, brought back, merged, parted, moved, refused, returned) every sum,
table, file, page and print of the money of cases say the same.

``EX=20 pytest tests/support/test_odd_sequences.py`` makes up new ones; what fails is shown as small as it can be.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import date
from itertools import count
from typing import Any

import sqlalchemy as sa
from flask.testing import FlaskClient
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from fieldapp.db import db
from fieldapp.facts.tables import MONEY_TALLY, CaseFact, CaseMoney, PaidTally
from fieldapp.places import Gazetteer
from fieldapp.reports import REPORTS, WRITERS
from fieldapp.reports.scope import Options
from fieldapp.review import pairs
from fieldapp.surveys import Payment
from fieldapp.surveys.payment import BACK
from sync import WITHDRAWN
from tests.again import SOAK, so_many
from tests.pages import check_page, words
from tests.support.conftest import HERE, Cases

Visitors = Callable[[str], FlaskClient]
ACT = st.one_of(
    st.tuples(st.just("pay"), st.integers(0, 1), st.sampled_from([10, 28, 40])),
    st.tuples(st.just("take back"), st.integers(0, 1)),
    st.tuples(st.just("visit"), st.integers(0, 1), st.sampled_from("125")),
    st.tuples(
        st.sampled_from(["withdraw", "bring back"]), st.sampled_from(["case", "household", "need"]), st.integers(0, 1)
    ),
    st.tuples(st.sampled_from(["merge", "part"])),
    st.tuples(st.just("move away"), st.integers(0, 1)),
    st.tuples(
        st.just("state"), st.integers(0, 1), st.sampled_from(["refused", "on_commune_list", "approved", "returned"])
    ),
)
NUMBERS = count(100)
SURVEY = {"case": "support_case", "household": "household", "need": "housing_need"}


class Told:
    """Two households with a case each, both approved by one decision, and what happens to them."""

    def __init__(self, support: Cases) -> None:
        self.support = support
        self.cases = [support.listed() for _each in range(2)]
        self.decision = support.decided(self.cases, number=f"{next(NUMBERS)}/QĐ-UBND")
        self.of = {
            "case": self.cases,
            "household": [support.answer("support_case", case, "household") for case in self.cases],
            "need": [support.answer("support_case", case, "need") for case in self.cases],
        }
        self.paid: list[list[tuple[str, int]]] = [[], []]
        for at in (0, 1):
            self._pay(at, 10)

    def do(self, act: tuple[Any, ...]) -> None:
        getattr(self, "_" + act[0].replace(" ", "_"))(*act[1:])

    def _pay(self, at: int, millions: int) -> None:
        voucher = f"CT{sum(map(len, self.paid))}"
        self.paid[at].append((self.support.pay(self.cases[at], millions, voucher=voucher), millions))

    def _take_back(self, at: int) -> None:
        if self.paid[at]:
            payment, millions = self.paid[at].pop()
            back = {"entry": BACK, "corrects": payment, "tranche": None, "voucher": f"D{payment[:8]}"}
            self.support.pay(self.cases[at], millions, **back)

    def _visit(self, at: int, milestone: str) -> None:
        self.support.visit(self.cases[at], "2023-05-20", milestone)

    def _withdraw(self, what: str, at: int) -> None:
        self.support.save(SURVEY[what], {WITHDRAWN: True}, self.of[what][at])

    def _bring_back(self, what: str, at: int) -> None:
        self.support.save(SURVEY[what], {WITHDRAWN: False}, self.of[what][at])

    def _merge(self) -> None:
        self._say("same")

    def _part(self) -> None:
        self._say("two")

    def _say(self, verdict: str) -> None:
        one, other = self.of["household"]
        said = {"household": one, "other": other, "verdict": verdict}
        self.support.save("pairing", said, pairs.pairing_id(one, other))

    def _move_away(self, at: int) -> None:
        with self.support.inside():
            far = next(id for id in Gazetteer(db.session()).villages if id.split(".")[1] != HERE.split(".")[1])
        self.support.save("household", {"village": far}, self.of["household"][at])

    def _state(self, at: int, state: str) -> None:
        self.support.save("support_case", {"state": state}, self.cases[at])


def vouchers() -> int:
    """What all vouchers of cases that are here add up to."""
    rows = db.session.execute(sa.select(Payment.entry, Payment.amount).where(sa.not_(Payment.withdrawn)))
    return sum(-row.amount if row.entry == BACK else row.amount for row in rows)


def sums() -> dict[str, int]:
    """What is paid of all cases, wherever it is added up."""
    months, tally = PaidTally.__table__.c, MONEY_TALLY.by_village.c
    tables = (CaseFact.__table__.c.paid, CaseMoney.__table__.c.paid, months.amount, tally.paid)
    found = {str(column): int(db.session.scalar(sa.select(sa.func.sum(column))) or 0) for column in tables}
    for vintage in (2023, 2025):
        asked = Options(by="commune", vintage=vintage)
        for name in ("disbursement", "funding"):
            table = REPORTS[name].build(db.session(), asked, None, date(2026, 8, 1))
            [total] = [row for row in table.rows if row.level == "total"]
            at = next((at for at, column in enumerate(table.columns) if column.key == "paid"), None)
            if at is not None:
                found[f"{name} {vintage}"] = int(total.values[at] or 0)
                read = json.loads(WRITERS["json"].write(table))
                assert str(found[f"{name} {vintage}"]) in json.dumps(read)
    return found


@settings(
    max_examples=so_many(4, 12, 2), deadline=None, derandomize=not SOAK, database=None, phases=[Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)  # fmt: skip
@given(acts=st.lists(ACT, min_size=3, max_size=10))
def test_sums_tables_pages_and_prints_of_money_agree(
    support: Cases, as_: Visitors, acts: list[tuple[Any, ...]]
) -> None:
    quan = as_("quan")
    with support.inside():
        out = sums(), vouchers()
        before = set(out[0].values())
    assert len(before) == 1, out
    told = Told(support)
    paper = quan.get(f"/decisions/{told.decision}/sheet").get_data(as_text=True)
    for act in acts:
        told.do(act)
    with support.inside():
        now = sums()
        assert set(now.values()) == {out[0][next(iter(now))] + vouchers() - out[1]}, now
        facts = {row.record: row for row in db.session.execute(sa.select(CaseFact.__table__))}
    for case in told.cases:
        if case not in facts:
            assert quan.get(f"/cases/{case}").status_code == 302, "to its answers"
            continue
        page = check_page(quan.get(f"/cases/{case}").get_data(as_text=True), "vi")
        purses = [words(cell) for row in page.all(".//tfoot/tr") for cell in row.findall("td")]
        if facts[case].paid or facts[case].approved:
            shown = [int(each.replace(".", "").replace("−", "-")) for each in purses[:2]]
            assert shown == [facts[case].approved, facts[case].paid]
    again = quan.get(f"/decisions/{told.decision}/sheet").get_data(as_text=True)
    table = re.compile("<tbody>.*</tbody>", re.DOTALL)
    assert table.search(again), again[:200]
    assert table.search(again)[0] == table.search(paper)[0]  # type: ignore[index]
    assert support.sound()
