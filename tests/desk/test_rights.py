"""The desk and the wire answer as the table of rights does: every act, role, place and state, asked of the table.

One province, whose records are put into every state there is; what a page really did is taken back by the ruling that
takes back a batch, so that the next one finds the record as it stood.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from fieldapp import i18n, intake, people, review
from fieldapp.db import begin_writing, db
from fieldapp.exports.records import MASK
from fieldapp.intake.why_held import Judge
from fieldapp.people import About, Account, Device
from fieldapp.people.rights import DECISIONS, RIGHTS, Right
from fieldapp.places import village_id
from fieldapp.sample.sizes import ELSEWHERE, HOME, OFFICE
from fieldapp.surveys import SURVEYS
from fieldapp.surveys.base import Record
from sync import WITHDRAWN, new_record_id
from sync.change import RULING, decode, encode
from sync.tables import change
from tests.again import again
from tests.conftest import PASSWORD
from tests.desk.conftest import Desk
from tests.pages import Page, words

PLACES = {
    "inside": [(2023, code) for code in OFFICE],
    "outside": [(2023, ELSEWHERE)],
    "everywhere": [(2023, "06")],
}
HERE, NEXT, FAR = village_id(2023, HOME, 1), village_id(2023, HOME, 2), village_id(2023, ELSEWHERE, 1)
APART = (
    "move",
    "take_step",
    "report",
    "export",
    "export_exact",
    "keep_case",
    "override",
    "decide_support",
    "pay",
    "alter",
    "merge",
    "assign",
)
"""Each has a test of its own below; those about support in ``tests/support``."""
ON_RECORDS = [right for right in RIGHTS if right.where != "everywhere" and right.act not in APART]
REFUSED = {"role": {403, 404}, "place": {404}, "state": {409}, None: {200, 302}}
HELD = {"place": "outside_area", "state": "not_as_it_stood"}


@dataclass
class Subject:
    """A record in a state, with what a form or a change about it has to name."""

    survey: str
    id: str
    status: str
    heads: dict[str, list[str]]
    area: str
    household: str

    @property
    def reviewed(self) -> bool:
        return SURVEYS[self.survey].reviewed

    @property
    def seen(self) -> str:
        return " ".join(sorted({head for heads in self.heads.values() for head in heads}))


@dataclass
class Office:
    """The instance, the accounts by role and place, and the records by survey and state."""

    desk: Desk
    who: dict[tuple[str, str], str]
    subjects: list[Subject]
    sit: Callable[[str], FlaskClient]
    decisions: dict[str, str]
    homes: dict[str, str]

    def taken_back(self, since: int) -> None:
        """Whatever came after a position in the journal counts no more."""
        with self.desk.inside():
            begin_writing()
            new = list(db.session.scalars(sa.select(change.c.id).where(change.c.n > since)))
            intake.rule(new, "exclude", account=people.find_account("quan"))
            db.session.commit()

    def position(self) -> int:
        with self.desk.inside():
            return intake.journal().position(None)


@pytest.fixture
def office(app: Flask, desk: Desk, as_: Callable[[str], FlaskClient]) -> Office:
    with desk.inside():
        begin_writing()
        who = {}
        for role in people.ROLES:
            for place, grants in PLACES.items():
                made = people.add_account(f"{role}.{place}", "Người thử", role, PASSWORD, grants)
                who[role, place] = made.username
                device = Device(
                    kind="tablet", name="Máy thử", token_hash=made.id, enrolled_at=datetime.now(UTC), report={}
                )
                made.devices.append(device)
        homes = {village: _home(village) for village in (HERE, NEXT, FAR)}
        subjects = [*_needs(homes[HERE]), *_members(homes[HERE])]
        decisions = {one.id: review.decisions_about(one.id)[0].id for one in subjects if review.decisions_about(one.id)}
        db.session.commit()
    return Office(desk, who, subjects, as_, decisions, homes)


def _home(village: str) -> str:
    home, quan = new_record_id(), people.find_account("quan")
    intake.save("household", home, {"head_name": f"Hộ ở {village}", "village": village}, account=quan)
    return home


def _needs(home: str) -> Iterator[Subject]:
    """A housing need in each state, all of one household."""
    binh = people.find_account("binh")
    for status in ("waiting", "returned", "answered", "approved", "contested", "withdrawn"):
        need = _new("housing_need", {"household": home, "own_money": 1})
        if status in ("returned", "answered"):
            review.decide(need, "return", account=binh, seen=review.heads_of(need), comment="Xem lại.")
        if status == "answered":
            review.reply(need, review.decisions_about(need.id)[0], "Đúng rồi.", account=binh)
        if status == "approved":
            review.decide(need, "approve", account=binh, seen=review.heads_of(need))
        yield _put(need, status, home, {"own_money": 2})


def _members(home: str) -> Iterator[Subject]:
    """A member of the household, of whom nobody decides, in each state."""
    for status in ("recorded", "contested", "withdrawn"):
        answers = {"household": home, "name": "Ma Văn Sơn", "relationship": "con", "sex": "nam", "birth_year": 1990}
        yield _put(_new("household_member", answers), status, home, {"birth_year": 1991})


def _new(survey: str, answers: dict[str, Any]) -> Record:
    record = new_record_id()
    intake.save(survey, record, answers, account=people.find_account("lan"))
    return db.session.get_one(SURVEYS[survey], record)


def _put(record: Record, status: str, home: str, other: dict[str, Any]) -> Subject:
    """The record in a state that somebody else's change puts it into."""
    quan = people.find_account("quan")
    if status == "contested":
        intake.save(record.survey, record.id, other, account=quan, knowing={question: [] for question in other})
    if status == "withdrawn":
        intake.save(record.survey, record.id, {WITHDRAWN: True}, account=quan)
    db.session.expire_all()
    assert review.status_of(record) == status
    return Subject(record.survey, record.id, status, record.heads, record.area or "", home)


# --- the same asked of the desk and of the wire -----------------------------------------------------------------


def ask_desk(office: Office, client: FlaskClient, act: str, one: Subject) -> int:
    """What the page for an act answers."""
    url, form = f"/records/{one.id}", {"seen": one.seen, "decided": office.desk.decided(one.id)}
    if act in ("see", "edit"):
        return client.get(url if act == "see" else f"{url}/edit").status_code
    if act == "add":
        member = {"household": one.household, "name": "Ma Thị Mới", "relationship": "con", "sex": "nu"}
        return client.post("/records/new/household_member", data={**member, "birth_year": "1999"}).status_code
    if act in DECISIONS:
        return client.post(f"{url}/decisions", data={**form, "verdict": act, "comment": "Xem lại."}).status_code
    if act == "reply":
        said = {"decision": office.decisions.get(one.id, ""), "text": "Đúng rồi."}
        return client.post(f"{url}/replies", data=said).status_code
    if act == "withdraw":
        return client.post(f"{url}/withdrawal", data={**form, "gone": "yes"}).status_code
    assert act == "settle"
    with office.desk.inside():
        question = next(iter(db.session.get_one(SURVEYS[one.survey], one.id).conflicts))
    chosen = {"question": question, "head": one.heads[question][0], "seen": " ".join(one.heads[question])}
    return client.post(f"{url}/settlements", data=chosen).status_code


def ask_wire(office: Office, account: Account, act: str, one: Subject) -> str | None:
    """Why the change for an act would be held that a tablet of this person sends, knowing the record as it stands."""
    contested = next((name for name, heads in one.heads.items() if len(heads) > 1), "birth_year")
    said = {"subject": one.id, "subject_survey": one.survey}
    members = {"household": one.household, "name": "Ma Thị Mới"}
    texts: dict[str, tuple[str, str, dict[str, Any]]] = {
        "add": ("household_member", new_record_id(), members),
        "edit": (one.survey, one.id, {"works": True} if one.survey == "household_member" else {"area_m2": "30"}),
        "settle": (one.survey, one.id, {contested: one.heads.get(contested) and 1991}),
        "withdraw": (one.survey, one.id, {WITHDRAWN: True}),
        "reply": ("reply", new_record_id(), {**said, "decision": office.decisions.get(one.id), "text": "Đúng."}),
        **{
            verdict: ("decision", new_record_id(), {**said, "verdict": verdict, "seen": one.seen.split()})
            for verdict in DECISIONS
        },
    }
    survey, record, answers = texts[act]
    return judged(account, survey, record, answers, one.heads if record == one.id else {})


def judged(
    account: Account, survey: str, record: str, answers: dict[str, Any], base: dict[str, list[str]]
) -> str | None:
    """What the door of the wire says of a change, without taking it in."""
    sent = decode(made(account, survey, record, answers, base))
    judge = Judge(intake.journal(), "wire", account.devices[0], {})
    judge.expect([sent])
    return judge(sent)


def made(
    account: Account, survey: str, record: str, answers: dict[str, Any], base: dict[str, list[str]], seq: int = 1
) -> str:
    """A change of this person, made on the tablet."""
    device = account.devices[0]
    return encode(
        survey=survey, record=record, answers=answers, base={name: heads for name, heads in base.items() if heads},
        stamp=f"{1_785_000_000_000:012x}-000000-{device.id}", device=device.id, seq=seq, prev=None, author=account.id,
        form_version=1, made_at={"wall": "2026-08-01T07:30:00.000Z", "tz": "+07:00", "offset_ms": 0},
    )  # fmt: skip


@pytest.mark.long
def test_every_page_and_the_wire_answer_as_the_table_does_for_every_act_role_place_and_state(office: Office) -> None:
    wrong: list[tuple[Any, ...]] = []
    for (_role, place), username in office.who.items():
        with office.desk.inside():
            table = dict(refused(office, username))
            wrong += wire_differs(office, username, table)
        wrong += desk_differs(office, username, place, table)
    assert not wrong, "\n".join(map(str, wrong))


Table = dict[tuple[str, str], tuple[Right, Subject, str | None]]
"""What the table says of somebody, by act and record: why it is refused, or None."""


def refused(office: Office, username: str) -> Iterator[tuple[tuple[str, str], tuple[Right, Subject, str | None]]]:
    """What the table says of each act of somebody on each record for which there is such an act."""
    rights = people.rights_of(people.find_account(username))
    for right in ON_RECORDS:
        for one in office.subjects:
            if right.of in (None, one.reviewed) and (right.act != "settle" or one.status == "contested"):
                state = "" if right.act == "add" else one.status
                told = rights.refuses(right.act, About(one.reviewed, state, {one.area}))
                yield (right.act, one.id), (right, one, told)


def wire_differs(office: Office, username: str, table: Table) -> Iterator[tuple[Any, ...]]:
    """Where the wire says otherwise than the table."""
    account = people.find_account(username)
    for right, one, wanted in table.values():
        if right.act != "see":
            told = ask_wire(office, account, right.act, one)
            if (told is None) is not (wanted is None) or (wanted in HELD and told != HELD[wanted]):
                yield ("wire", username, right.act, one.survey, one.status, told, wanted)


def desk_differs(office: Office, username: str, place: str, table: Table) -> Iterator[tuple[Any, ...]]:
    """Where the desk says otherwise than the table. A page is long to draw: one is asked for once of all states that
    the right does not tell apart, and where somebody may not be in any, of none but the first."""
    client, before = office.sit(username), office.position()
    for right, one, wanted in table.values():
        plain = one.status in ("waiting", "recorded")
        told_apart = one.status in {*right.never, *right.only} and right.act != "add" and place == "inside"
        if plain or told_apart or right.act == "settle":
            status = ask_desk(office, client, right.act, one)
            if status not in REFUSED[wanted]:
                yield ("desk", username, right.act, one.survey, one.status, status, wanted)
            if status < 400 and office.position() != before:
                office.taken_back(before)
                before = office.position()


def test_a_move_asks_where_a_record_is_and_where_it_would_go_at_the_desk_and_on_the_wire(office: Office) -> None:
    """A household is moved by its village, what is about it by naming another household."""
    member = next(one for one in office.subjects if one.status == "recorded")
    wrong = []
    for (role, place), username in office.who.items():
        client = office.sit(username)
        for there in (NEXT, FAR):
            with office.desk.inside():
                account = people.find_account(username)
                table = people.rights_of(account).refuses("move", About(False, "recorded", {HERE, there}))
                home = db.session.get_one(SURVEYS["household"], office.homes[HERE])
                by_village = judged(account, "household", home.id, {"village": there}, home.heads)
                by_name = judged(account, member.survey, member.id, {"household": office.homes[there]}, member.heads)
            before = office.position()
            form = {"household": office.homes[there], "name": "Ma Văn Sơn", "relationship": "con", "sex": "nam"}
            status = client.post(f"/records/{member.id}/edit", data={**form, "birth_year": "1990"}).status_code
            if office.position() != before:
                office.taken_back(before)
            if status not in REFUSED[table] or {by_village is None, by_name is None} != {table is None}:
                wrong.append((role, place, there, table, status, by_village, by_name))
    assert wrong == []


@pytest.mark.parametrize("role", people.ROLES)
def test_what_is_about_no_single_record_is_allowed_as_the_table_says(office: Office, role: str) -> None:
    pages = {"report": "/reports/", "rule": "/admin/held", "import": "/admin/import", "administer": "/admin/people"}
    rights = {right.act: role in right.roles for right in RIGHTS}
    for place in PLACES:
        client = office.sit(office.who[role, place])
        assert {act: client.get(url).status_code == 200 for act, url in pages.items()} == {
            act: rights[act] for act in pages
        }
        taken = client.get("/reports/records/household.csv")
        assert (taken.status_code == 200) is rights["export"]
        if rights["export"] and place != "outside":
            whole = client.get("/reports/records/household_member.csv").get_data(as_text=True)
            assert (MASK not in whole) is rights["export_exact"]
        with office.desk.inside():
            account = people.find_account(office.who[role, place])
            ruling = judged(account, RULING, new_record_id(), {"about": ["0" * 32], "verdict": "release"}, {})
            assert (ruling is None) is rights["rule"]


def test_every_state_that_the_table_names_is_a_state_of_records() -> None:
    assert {state for right in RIGHTS for state in (*right.never, *right.only)} <= set(review.STATUSES)


@pytest.mark.parametrize("lang", ["vi", again("en")])
def test_everybody_can_read_the_very_table(page: Callable[..., Page], lang: str) -> None:
    for who in ("lan", "binh", "quan", "dung"):
        told = page("/rights", who, lang)
        table = next(each for each in told.all(".//table") if each.find("caption[@id='rights']") is not None)
        rows = [[words(cell) for cell in row if cell.tag in ("th", "td")] for row in table.findall("tbody/tr")]
        with i18n.speaking(lang):
            yes = [[cell == i18n.gettext("Yes") for cell in row[1:-1]] for row in rows]
            assert [row[0] for row in rows] == [str(right.label) for right in RIGHTS]
        assert yes == [[role in right.roles for role in people.ROLES] for right in RIGHTS]


def test_what_a_tablet_sent_beyond_the_table_is_seen_by_the_supervisor_of_the_record_and_by_no_other(
    office: Office, page: Callable[..., Page]
) -> None:
    """An approved form withdrawn by the enumerator, and its household moved to another district."""
    approved = next(one for one in office.subjects if one.status == "approved")
    with office.desk.inside():
        lan = people.find_account(office.who["enumerator", "inside"])
        heads = db.session.get_one(SURVEYS["household"], office.homes[HERE]).heads
        texts = [
            made(lan, approved.survey, approved.id, {WITHDRAWN: True}, approved.heads),
            made(lan, "household", office.homes[HERE], {"village": FAR}, heads, seq=2),
        ]
        begin_writing()
        results = intake.receive(texts, kind="wire", device=lan.devices[0]).results
        db.session.commit()
    assert [(each.verdict, each.reason) for each in results] == [("held", "may_not_withdraw"), ("held", "outside_area")]
    assert office.desk.status(approved.survey, approved.id) == "approved"
    near, far = office.who["supervisor", "inside"], office.who["supervisor", "outside"]
    ours = {f"/records/{approved.id}", f"/records/{office.homes[HERE]}"}
    assert page("/", near).find(".//a[@href='/review/held']") is not None
    assert {link.get("href") for link in page("/review/held", near).all(".//ul[@class='changes']//a")} >= ours
    told = page(f"/records/{approved.id}", near).find(".//section[@aria-labelledby='waiting']/ul/li")
    assert "chỉ người duyệt mới được rút" in words(told)
    assert not {link.get("href") for link in page("/review/held", far).all(".//ul[@class='changes']//a")} & ours
    assert page("/admin/held", "quan").text.count("chỉ người duyệt mới được rút") == 1


SECRET = "Hoàng Bí Mật"


def test_the_name_of_a_record_outside_ones_area_is_shown_on_no_page(office: Office, page: Callable[..., Page]) -> None:
    """Named by a form of one's own, in dispute, in its history, held, begun by oneself before it moved."""
    near = office.who["enumerator", "inside"]
    with office.desk.inside():
        begin_writing()
        quan, lan = people.find_account("quan"), people.find_account(near)
        here, far = office.homes[HERE], new_record_id()
        intake.save("household", far, {"head_name": SECRET, "village": HERE}, account=lan)
        intake.save("household", far, {"village": FAR}, account=quan)
        need = _new("housing_need", {"household": here, "own_money": 1}).id
        intake.save("housing_need", need, {"household": far}, account=quan)
        intake.save("housing_need", need, {"household": here}, account=quan)
        elsewhere = _new("housing_need", {"household": far}).id
        visit = _new("progress_visit", {"household": here, "need": elsewhere}).id
        other = _new("housing_need", {"household": far}).id
        intake.save("progress_visit", visit, {"need": other}, account=quan, knowing={"need": []})
        text = made(lan, "housing_need", need, {"household": far}, {})
        [held] = intake.receive([text], kind="wire", device=lan.devices[0]).results
        db.session.commit()
    assert held.reason == "outside_area"
    pages = ["/", "/records/", f"/records/{need}", f"/records/{visit}", f"/records/{here}", f"/records/{visit}/edit"]
    pages += [f"/records/?survey={survey}" for survey in ("housing_need", "progress_visit")]
    shown = {path: page(path, near).html for path in pages}
    supervisor = office.who["supervisor", "inside"]
    shown |= {path: page(path, supervisor).html for path in ("/review", "/review/held", f"/records/{need}", "/map")}
    admin = office.who["admin", "inside"]
    shown |= {path: page(path, admin).html for path in ("/admin/held", "/admin/")}
    assert [path for path, html in shown.items() if SECRET in html] == []
    assert "ngoài địa bàn" in shown[f"/records/{visit}"]
    found = page("/records/?survey=progress_visit&q=bi+mat", near)
    assert not found.all(".//a[@class='row-name']")
