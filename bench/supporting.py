"""What an office waits for that decides about many: a commune's list of 500 households, and a decision over them."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

import sqlalchemy as sa

from bench.cost import cost
from bench.desk import VIEWS, grown, timed
from bench.figures import Figure, Section
from bench.node import opened
from bench.pages import sign_in
from bench.served import served
from fieldapp import intake, people, places
from fieldapp.cases import deciding, lists, signing
from fieldapp.cases.moving import last_level
from fieldapp.db import begin_writing, db
from fieldapp.reference.naming import id_of_code
from fieldapp.reports.list_paper import paper_of
from fieldapp.surveys import Payment, SupportCase, SupportDecision, SupportList
from fieldapp.today import today
from sync.statements import among

CASES = 500
HOME = "2023.01930.001"
PROGRAMME = id_of_code("programme", "gnbv_2022")
WHY = "Danh sách của thôn có trên giấy"
SAID = """Over {households:,} households {cases} cases of one commune are drawn up as its list, signed off and approved
by one decision that pins what is seen of each. Of the pages the first view, the median and the 95th percentile of
{views}, then the same of the processor time of the server."""


def supporting(folder: Path, households: int) -> Section:
    """Milliseconds of the pages, seconds of what is signed. A province that is there already is taken."""
    whole, own = folder / f"desk-{households}", folder / "supporting"
    if not (whole / "whole").exists():
        grown(whole, households)
    shutil.rmtree(own, ignore_errors=True)
    shutil.copytree(whole, own, ignore=shutil.ignore_patterns("in-use"))
    with opened(own).app_context():
        record, address = _waiting()
    with served(own) as client:
        sign_in(client, "quan")
        pages = {"cases of the commune": address, f"list of {CASES} to be filled in": f"/cases/lists/{record}"}
        figures: list[Figure] = [(f"{name}, ms", timed(client, path)) for name, path in pages.items()]
    with opened(own).app_context():
        figures += _signed(record)
    told = SAID.format(households=households, cases=CASES, views=VIEWS)
    return Section(f"A list and a decision of {CASES} cases", told, tuple(figures))


def _waiting() -> tuple[str, str]:
    """A commune's list of so many cases whose posting is over; where the cases of the commune are listed."""
    account, commune = people.find_account("quan"), places.known_commune(HOME)
    if commune is None:
        raise SystemExit("the places of the province are not here")
    key = f"{commune.code}@{commune.vintage}"
    known = places.Gazetteer(db.session()).all_known.items()
    villages = sorted(id for id, (_village, of) in known if f"{of.code}@{of.vintage}" == key)
    day = today() - timedelta(days=1)
    said: dict[str, str | None] = {"programme": PROGRAMME, "proposed_on": "2025-05-05"}
    said |= {"state": "on_village_list", "state_on": day.isoformat()}
    said.update(decision_number=None, decision_on=None, approved_nstw=None)
    begin_writing()
    intake.save_all([("support_case", case, said) for case in _cases(villages)], account=account)
    record = lists.draw_up_of_commune(key, villages, PROGRAMME, account=account)
    posted = {"posted_from": (day - timedelta(days=10)).isoformat(), "posted_until": day.isoformat()}
    intake.save("support_list", record, posted, account=account)
    address = f"/cases/?commune={commune.code}"
    db.session.commit()
    return record, address


def _cases(villages: Sequence[str]) -> list[str]:
    """Cases there for which nothing was paid yet: of what is paid without an approval a decision is refused."""
    table, unpaid = SupportCase.__table__, sa.not_(sa.exists().where(Payment.case == SupportCase.id))
    query = sa.select(table.c.id).where(among(db.session.connection(), table.c.area, villages), unpaid)
    return list(db.session.scalars(query.order_by(table.c.id.desc()).limit(CASES)))


def _signed(record: str) -> list[Figure]:
    """Seconds, and those of the processor, for the list and the decision."""
    listed, _done = cost(lambda: _sign_list(record))
    draft = _drafted(record)
    decided, _done = cost(lambda: _sign_decision(draft))
    return [
        ("list, signed off, s", listed.seconds),
        ("the same, s of the processor", listed.processor),
        ("decision, signed, s (at most 5)", decided.seconds),
        ("the same, s of the processor", decided.processor),
    ]


def _sign_list(record: str) -> None:
    begin_writing()
    one = db.session.get_one(SupportList, record)
    paper = paper_of(one, lists.lines_of(one), None)
    signing.sign(one, paper, account=people.find_account("quan"), reason=WHY)
    db.session.commit()


def _drafted(record: str) -> str:
    cases = [line.case.id for line in lists.lines_of(db.session.get_one(SupportList, record))]
    day, account = today().isoformat(), people.find_account("quan")
    said = {"number": "1/QĐ-UBND", "decided_on": day, "signer": "Nông Văn A", "level": last_level(day)}
    begin_writing()
    draft = deciding.begin(PROGRAMME, today().year, cases, account=account, said={**said, "office": "UBND tỉnh"})
    db.session.commit()
    return draft


def _sign_decision(draft: str) -> None:
    begin_writing()
    one = db.session.get_one(SupportDecision, draft)
    deciding.sign(one, account=people.find_account("quan"), reason=WHY, may_override=True)
    db.session.commit()
