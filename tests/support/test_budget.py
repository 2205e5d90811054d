"""The budget: nothing is promised twice without a reason, the line falls where the money ends, and what two nodes
promised apart is told once."""

from __future__ import annotations

from collections.abc import Callable
from itertools import count
from threading import Barrier, Thread

from flask.testing import FlaskClient
from hypothesis import given, settings
from hypothesis import strategies as st

from fieldapp import intake, people
from fieldapp.cases import budget, chain
from fieldapp.db import begin_writing, db
from fieldapp.facts.pinned import canonical, hash_of
from fieldapp.facts.plan import text_of
from fieldapp.facts.tables import CaseFact
from fieldapp.reference.current import rules_version
from fieldapp.reference.naming import id_of, id_of_code
from fieldapp.web.cases.budget import LineUp
from sync import new_record_id
from tests.pages import Page
from tests.postgres import AGAIN_ON_POSTGRESQL, ON_EACH_DATABASE
from tests.support.conftest import HERE, MILLION, Cases
from tests.support.test_pages import post
from tests.test_intake import elsewhere

Visitors = Callable[[str], FlaskClient]
Pages = Callable[..., Page]
PROGRAMME = id_of_code("programme", "gnbv_2022")


def allocate(support: Cases, millions: int, place: str | None = None, source: str = "nstw") -> None:
    """So much is given to the programme for 2023."""
    said = {"programme": PROGRAMME, "budget_year": 2023, "fund_source": source, "place": place}
    support.save("budget", {**said, "amount": millions * MILLION}, id_of("budget", said))


def left(support: Cases) -> list[tuple[str, int, int, int]]:
    """Place, and millions promised, paid and left, of each allocation."""
    with support.inside():
        found = budget.standings(PROGRAMME, 2023)
    return [(one.given.place, one.promised // MILLION, one.paid // MILLION, one.left // MILLION) for one in found]


@AGAIN_ON_POSTGRESQL
def test_a_decision_takes_from_the_allocations_of_its_places_and_more_than_there_is_needs_a_reason(
    support: Cases,
) -> None:
    allocate(support, 200)
    allocate(support, 60, "01930@2023")
    first = support.listed()
    support.decided([first])
    assert left(support) == [("", 40, 0, 160), ("01930@2023", 40, 0, 20)]
    support.visit(first, "2023-05-20", "2")
    support.pay(first, 28)
    assert left(support) == [("", 40, 28, 160), ("01930@2023", 40, 28, 20)]
    second = support.listed()
    decision = support.draft([second], number="13/QĐ-UBND")
    assert "Có cảnh báo" in support.sign(decision)
    assert left(support)[1] == ("01930@2023", 40, 28, 20)
    assert support.sign(decision, "Tỉnh sẽ bổ sung vốn") == ""
    assert support.answer("support_case", second, "overridden") == ["over_budget"]


def test_an_allocation_changes_nothing_that_the_law_says_of_anybody(support: Cases) -> None:
    with support.inside():
        before = rules_version(db.session())
    allocate(support, 200)
    with support.inside():
        assert rules_version(db.session()) == before


def test_the_page_of_the_budget_opens_with_a_programme_that_was_given_money_in_its_year(
    support: Cases, page: Pages
) -> None:
    allocate(support, 50)
    others = [id_of_code("programme", code) for code in ("dtts_2021", "phatdong_2025", "nd20_khan_cap")]
    for year, programme in enumerate(others, start=2024):
        said = {"programme": programme, "budget_year": year, "fund_source": "nstw"}
        support.save("budget", {**said, "amount": MILLION}, id_of("budget", said))
    for year, programme in enumerate([PROGRAMME, *others], start=2023):
        [chosen] = page(f"/cases/budget?year={year}").all(".//select[@name='programme']/option[@selected]")
        assert chosen.get("value") == programme


def test_the_page_of_the_budget_draws_the_line_tries_an_amount_and_shows_who_is_passed_over_and_why(
    support: Cases, as_: Visitors, page: Pages
) -> None:
    allocate(support, 50)
    one, other = sorted([support.listed(), support.listed()])
    address = f"/cases/budget?programme={PROGRAMME}&year=2023"
    shown = page(address).text
    assert "Còn 50.000.000 đồng: đủ cho 1 trên 2 hồ sơ." in shown
    assert "Vốn chỉ đủ đến đây." in shown
    assert shown.count("ngang thứ tự ở hai bên mức vốn") == 2
    assert "Nếu có 80.000.000 đồng: đủ cho 2 trên 2 hồ sơ." in page(f"{address}&amount=80 triệu").text
    assert left(support) == [("", 0, 0, 50)]
    binh = as_("binh")
    post(binh, f"/cases/{one}/skips", 409, next=address)
    post(binh, f"/cases/{one}/skips", next=address, reason="Chưa có đất")
    assert "Bỏ qua: Chưa có đất" in page(address).text
    assert "Bỏ qua: Chưa có đất" in page(f"/cases/{one}").text
    post(binh, f"/cases/{one}/skips", next=address, again="1")
    assert "Bỏ qua: Chưa có đất" not in page(address).text
    assert other


def test_what_two_nodes_promised_apart_is_told_once_on_the_page_of_doubts_and_on_the_home(
    support: Cases, page: Pages
) -> None:
    allocate(support, 70)
    support.decided([support.listed()])
    support.case(decision_on="2023-05-01", planned_year=2023, approved_nstw=40 * MILLION, approved_tai_tro=None)
    with support.inside():
        assert [-one.left for one in budget.over_promised()] == [10 * MILLION]
    told = page("/cases/doubts").text
    assert told.count("vượt 10.000.000 đồng") == 1
    assert "Hồ sơ và vốn cần xem lại" in page("/").text


@given(
    money=st.integers(0, 300),
    rows=st.lists(st.tuples(st.integers(0, 90), st.sampled_from("abc"), st.sampled_from(["", "", "đất"])), max_size=9),
)
@settings(max_examples=60, deadline=None)
def test_above_the_line_the_sum_is_never_more_than_the_money_and_who_is_passed_over_takes_none(
    money: int, rows: list[tuple[int, str, str]]
) -> None:
    waiting = [(str(n), amount, rank, why) for n, (amount, rank, why) in enumerate(sorted(rows, key=lambda r: r[1]))]
    line = LineUp(waiting, money)
    found = line.part(0, len(line))
    reached = [one for one in found if one.reached]
    assert sum(one.amount for one in reached) <= money
    assert not any(one.reached and one.skipped for one in found)
    after = [one for one in found if not one.reached and not one.skipped]
    assert (line.reached, line.last) == (len(reached), found.index(reached[-1]) if reached else -1)
    across = {waiting[found.index(one)][2] for one in reached} & {waiting[found.index(one)][2] for one in after}
    assert {waiting[found.index(one)][2] for one in found if one.tied} == across
    assert not after or sum(one.amount for one in reached) + after[0].amount > money
    assert [one.record for one in found] == [each[0] for each in waiting]


@settings(max_examples=6, deadline=None)
@given(order=st.permutations(range(7)))
def _orders(support: Cases, seen: set[tuple[object, ...]], order: list[int]) -> None:
    seq = count(1)
    with support.inside():
        begin_writing()
        quan = people.find_account("quan").id  # who may bring a case that is approved already
        household, need, case, one, other, *paid = (new_record_id() for _each in range(7))
        named = {"household": household, "need": need}
        approved = {"state": "approved", "decision_on": "2023-04-10", "approved_nstw": 40 * MILLION}
        programme = {"programme": PROGRAMME, "need_type": "xay_moi", "proposed_on": "2023-02-01"}
        said = [
            (household, "household", {"head_name": "Đặng Thị Mến", "village": HERE, "members": 4}),
            (case, "support_case", {**named, **programme, **approved, "decision": one}),
            (one, "support_decision", _signed("12/QĐ-UBND", case)),
            (other, "support_decision", _signed("13/QĐ-UBND", case)),
            *((each, "payment", {"household": household, "case": case, **PAID}) for each in paid),
        ]
        said.append((new_record_id(), "progress_visit", {**named, "case": case, **FOUNDATION}))
        for place in order:
            record, survey, answers = said[place]
            intake.receive([elsewhere(record, answers, seq=next(seq), survey=survey, author=quan)], kind="file")
        row = db.session.get_one(CaseFact, case)
        doubts = tuple(one.code for one in chain.doubts())
        seen.add((row.state, row.approved, row.paid, row.doubts, doubts, budget.standings(PROGRAMME, 2023)[0].promised))
        assert intake.rebuild(check=True) == []
        db.session.rollback()


PAID = {
    "entry": "chi", "fund_source": "nstw", "amount": 14 * MILLION, "paid_on": "2023-06-01", "voucher": "CT1",
}  # fmt: skip
FOUNDATION = {"visited_on": "2023-05-20", "need_type": "xay_moi", "milestone_new": "2", "started_on": "2023-05-02"}


def _signed(number: str, case: str) -> dict[str, object]:
    """What another node has signed about a case, without knowing of any other decision."""
    head = {"programme": PROGRAMME, "budget_year": 2023, "number": number, "decided_on": "2023-04-10"}
    head |= {"signer": "Nông Văn A", "office": "UBND tỉnh", "level": "province"}
    content = canonical(chain.Content(before=[], cases={}, **head))  # type: ignore[arg-type]  the names are its own
    plan = text_of({case: {"nstw": 40 * MILLION}})
    return {**head, "state": "signed", "plan": plan, "content": content, "content_hash": hash_of(content)}


def test_sums_states_and_doubts_of_two_nodes_are_the_same_in_whatever_order_their_changes_arrive(
    support: Cases,
) -> None:
    allocate(support, 30)
    seen: set[tuple[object, ...]] = set()
    _orders(support, seen)
    assert seen == {("started", 40 * MILLION, 28 * MILLION, "paid_twice approved_twice", ("fork",), 40 * MILLION)}


def test_an_allocation_taken_back_as_a_batch_and_put_back_moves_what_is_left_there_and_back(support: Cases) -> None:
    allocate(support, 50)
    record = id_of("budget", {"programme": PROGRAMME, "budget_year": 2023, "fund_source": "nstw", "place": None})
    with support.inside():
        changes = [entry.change.id for entry in intake.journal().history(record)]
    for verdict, expected in (("exclude", []), ("include", [("", 0, 0, 50)]), ("exclude", [])):
        with support.inside():
            begin_writing()
            intake.rule(changes, verdict, account=people.find_account("quan"))
            db.session.commit()
        assert left(support) == expected


@ON_EACH_DATABASE
def test_of_two_who_sign_at_one_moment_for_the_same_money_one_is_warned(support: Cases) -> None:
    allocate(support, 70)
    drafts, begun = [support.draft([support.listed()], number=f"{n}/QĐ-UBND") for n in (1, 2)], Barrier(2)
    told: list[str] = []

    def sign(draft: str) -> None:
        begun.wait()
        told.append(support.sign(draft))

    threads = [Thread(target=sign, args=(draft,)) for draft in drafts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(map(bool, told)) == [False, True]
    with support.inside():
        assert [one.left for one in budget.standings(PROGRAMME, 2023)] == [30 * MILLION]
