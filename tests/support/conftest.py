"""A household whose house was swept away, its approved need, and a case of 2023 with amounts of two sources."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from fieldapp import cases, intake, people, review
from fieldapp.cases import chain, deciding
from fieldapp.db import begin_writing, db
from fieldapp.facts.tables import CaseFact, CaseMoney
from fieldapp.problems import Problem
from fieldapp.reference.naming import id_of_code
from fieldapp.surveys import SURVEYS, Payment
from sync import new_record_id

HERE = "2023.01930.001"
MILLION = 1_000_000


@dataclass
class Cases:
    """The tables behind the pages of cases, each question asked in its own transaction."""

    app: Flask

    @contextmanager
    def inside(self) -> Iterator[None]:
        with self.app.app_context():
            yield
            db.session.remove()

    def save(self, survey: str, answers: dict[str, Any], record: str = "", who: str = "quan") -> str:
        """An entry of the office, whoever may make it."""
        record = record or new_record_id()
        with self.inside():
            begin_writing()
            intake.save(survey, record, answers, account=people.find_account(who))
            db.session.commit()
        return record

    def seen(self, decision: str) -> str:
        """The version of a decision of support, as its page names it."""
        with self.inside():
            return " ".join(review.heads_of(db.session.get_one(SURVEYS["support_decision"], decision)))

    def apart(self, survey: str, answers: dict[str, Any], record: str, who: str) -> None:
        """What somebody entered who had not seen what others did."""
        with self.inside():
            begin_writing()
            intake.save(
                survey, record, answers, account=people.find_account(who), knowing={name: [] for name in answers}
            )
            db.session.commit()

    def conflicts(self, survey: str, record: str) -> dict[str, list[Any]]:
        """What two people answered differently."""
        return {name: sorted(values) for name, values in self.answer(survey, record, "conflicts").items()}

    def need(self, **answers: Any) -> str:
        """An approved need of a new household whose house was swept away."""
        about = {"poverty_class": "ngheo", "members": 4, "village": HERE, "head_name": "Đặng Thị Mến"}
        home = self.save("household", about)
        asked = {"has_house": "khong", "disaster_damage": "mat_nha", "need_type": "xay_moi", **answers}
        need = self.save("housing_need", {"household": home, "visited_on": "2026-08-01", **asked})
        with self.inside():
            begin_writing()
            record = db.session.get_one(SURVEYS["housing_need"], need)
            review.decide(record, "approve", account=people.find_account("binh"), seen=review.heads_of(record))
            db.session.commit()
        return need

    def case(self, need: str = "", programme: str = "gnbv_2022", **answers: Any) -> str:
        """A case approved in 2023: 40 million of the state, 10 of sponsors."""
        need = need or self.need()
        said = {
            "household": self.answer("housing_need", need, "household"),
            "need": need,
            "programme": id_of_code("programme", programme),
            "need_type": "xay_moi",
            "proposed_on": "2023-02-01",
            "state": "approved",
            "state_on": "2023-04-10",
            "decision_number": "412/QĐ-UBND",
            "decision_on": "2023-04-10",
            "decision_signer": "Nông Văn A",
            "decision_level": "province",
            "approved_nstw": 40 * MILLION,
            "approved_tai_tro": 10 * MILLION,
            **answers,
        }
        return self.save("support_case", said, cases.case_id(need, programme))

    def listed(self, need: str = "", **answers: Any) -> str:
        """A case on the list of its commune, posted in March 2023, that waits for a decision."""
        decided = ("decision_number", "decision_on", "decision_signer", "decision_level")
        sums = dict.fromkeys(("approved_nstw", "approved_tai_tro", *decided))
        posted = {"posted_from": "2023-03-01", "posted_until": "2023-03-10"}
        return self.case(need, state="on_commune_list", state_on="2023-03-01", **posted, **{**sums, **answers})

    def draft(self, cases: list[str], **answers: Any) -> str:
        """A draft of a decision of 2023 over these cases: what the norm gives, 40 million of the state each."""
        head = {"number": "12/QĐ-UBND", "decided_on": "2023-04-10", "signer": "Nông Văn A", "level": "province"}
        with self.inside():
            begin_writing()
            programme, who = id_of_code("programme", "gnbv_2022"), people.find_account("quan")
            said = {**head, "office": "UBND tỉnh Bắc Kạn", **answers}
            record = deciding.begin(programme, 2023, cases, account=who, said=said)
            db.session.commit()
        return record

    def sign(self, decision: str, reason: str = "") -> str:
        """It is signed; the sentence against it, "" where nothing stands against it."""
        with self.inside():
            begin_writing()
            found, who = db.session.get_one(SURVEYS["support_decision"], decision), people.find_account("quan")
            try:
                deciding.sign(found, account=who, reason=reason, may_override=True)
            except Problem as problem:
                db.session.rollback()
                return problem.message
            db.session.commit()
        return ""

    def decided(self, cases: list[str], **answers: Any) -> str:
        """A signed decision over these cases."""
        decision = self.draft(cases, **answers)
        assert self.sign(decision) == ""
        return decision

    def decision_doubts(self) -> list[str]:
        """What is to be looked at about decisions."""
        with self.inside():
            return [doubt.code for doubt in chain.doubts()]

    def visit(self, case: str, day: str, milestone: str, **answers: Any) -> str:
        """A visit of an enumerator."""
        household, need = (self.answer("support_case", case, name) for name in ("household", "need"))
        said = {"household": household, "need": need, "case": case, "visited_on": day, "need_type": "xay_moi"}
        return self.save("progress_visit", {**said, "milestone_new": milestone, **answers})

    def pay(self, case: str, millions: int, **answers: Any) -> str:
        """A payment as another node may have taken it in: nothing is refused to a merge."""
        said = {
            "household": self.answer("support_case", case, "household"),
            "case": case,
            "entry": "chi",
            "tranche": "1",
            "fund_source": "nstw",
            "amount": millions * MILLION,
            "paid_on": "2023-06-01",
            "voucher": f"CT{millions}",
        }
        return self.save("payment", {**said, **answers})

    def payments(self, case: str) -> list[str]:
        with self.inside():
            return list(db.session.scalars(sa.select(Payment.id).where(Payment.case == case)))

    def answer(self, survey: str, record: str, question: str) -> Any:
        with self.inside():
            return getattr(db.session.get_one(SURVEYS[survey], record), question)

    def fact(self, case: str) -> dict[str, Any]:
        """What is kept beside a case; nothing where nothing is."""
        with self.inside():
            row = db.session.get(CaseFact, case)
            return {} if row is None else {column.key: getattr(row, column.key) for column in CaseFact.__table__.c}

    def doubts(self, case: str) -> list[str]:
        return str(self.fact(case)["doubts"]).split()

    def money(self, case: str) -> dict[str, tuple[int, int]]:
        """Millions approved and paid, by source."""
        with self.inside():
            rows = db.session.query(CaseMoney).filter_by(record=case)
            return {row.source: (row.approved // MILLION, row.paid // MILLION) for row in rows}

    def sound(self) -> bool:
        with self.inside():
            return intake.rebuild(check=True) == []


@pytest.fixture
def support(app: Flask) -> Cases:
    return Cases(app)
