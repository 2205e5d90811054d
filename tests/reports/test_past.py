"""Figures of an earlier day are what was known here then; a closed period stays as it was closed."""

from __future__ import annotations

import ast
import errno
import json
import shutil
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from fieldapp import create_app, intake, people, reports
from fieldapp.cli import background, figures
from fieldapp.config import Config
from fieldapp.db import begin_writing, db
from fieldapp.i18n import speaking
from fieldapp.instance import health
from fieldapp.people import tokens
from fieldapp.problems import DayNotOver, FiguresNotReady
from fieldapp.reports import closing, movement, past
from fieldapp.reports.closing import ClosedPeriod, ClosedTable
from fieldapp.reports.scope import Options
from fieldapp.reports.table import Table
from fieldapp.today import end_of, now, today
from tests.again import ALL, SOAK
from tests.once import made_once
from tests.pages import check_page, words
from tests.postgres import AGAIN_ON_POSTGRESQL
from tests.reports.conftest import lay
from tests.statements import counted
from tests.support.conftest import HERE, Cases

Visitors = Callable[[str], FlaskClient]
DAY = "2026-03-31"
THAT_DAY = datetime(2026, 3, 31, 16, 59, tzinfo=UTC)
"""A minute before midnight in Việt Nam."""
EVERY = 1 if SOAK else 4 if ALL else 8
"""Every eighth line, the total among them, is asked for what is behind it; every fourth with ``make test-all``, all of
them with ``make soak``."""


def all_arrived(support: Cases, at: datetime) -> None:
    """All that is here came at this moment."""
    with support.inside():
        begin_writing()
        received = sa.table("batch", sa.column("received_at"))
        db.session.execute(sa.update(received).values(received_at=int(at.timestamp() * 1000)))
        db.session.commit()


def worked_out(support: Cases, day: str = DAY) -> int:
    with support.app.app_context():
        begin_writing()
        number = past.ask(db.session(), day).id
        db.session.commit()
        figures.work_off(support.app)
        found = db.session.get_one(past.Moment, number)
        assert (found.state, found.trouble) == ("ready", "")
        return number


def built(name: str, options: Options) -> Table:
    with speaking("vi"):
        return reports.find(name).build(db.session(), options, None, today())


def everything(**more: str) -> dict[str, object]:
    """Every figure of every report that knows earlier days, by old district and by new commune."""
    found: dict[str, object] = {}
    for name, report in reports.REPORTS.items():
        for by in ("commune", "district", "ethnic", "source") if "as_of" in report.filters else ():
            options = Options.read(db.session(), by=by, vintage="2023", **more)
            table = built(name, options)
            found[f"{name} {by}"] = [(row.code, row.values) for row in table.rows]
    return found


def later(support: Cases) -> str:
    """What comes in after the day: another case, money for an older one, a household that moves on."""
    case = support.case()
    support.visit(case, "2023-05-20", "2")
    support.pay(case, 28, voucher="PC500")
    with support.inside():
        older = db.session.scalars(sa.text("SELECT record FROM case_fact WHERE paid = 0 AND approved > 0")).first()
    support.pay(str(older), 5, voucher="PC501")
    support.save("household", {"village": HERE, "head_name": "Nông Văn Mới", "poverty_class": "can_ngheo"})
    support.save("other_support", {"household": support.answer("support_case", case, "household"), "policy": "bhyt",
                                   "year": 2025, "source": "nstw"})  # fmt: skip
    return case


@AGAIN_ON_POSTGRESQL
def test_the_figures_of_a_day_are_those_that_the_reports_showed_on_it_whatever_came_later(support: Cases) -> None:
    all_arrived(support, THAT_DAY)
    with support.inside():
        then = everything()
    later(support)
    worked_out(support)
    with support.inside():
        assert everything(as_of=DAY) == then
        assert everything() != then
        table = built("progress", Options.read(db.session(), as_of=DAY))
        assert table.counted_on.isoformat() == DAY
        assert table.made_on == today()


@AGAIN_ON_POSTGRESQL
def test_every_number_of_a_past_day_is_the_list_behind_it(support: Cases) -> None:
    all_arrived(support, THAT_DAY)
    later(support)
    worked_out(support)
    with support.inside(), speaking("vi"):
        for name, report in reports.REPORTS.items():
            options = Options.read(db.session(), as_of=DAY) if "as_of" in report.filters else None
            table = reports.find(name).build(db.session(), options, None, today()) if options else None
            for row in table.rows[::EVERY] if table else ():
                for column, value in zip(table.columns, row.values, strict=True) if table else ():
                    if value and column.rate is None and report.counted and options:
                        line = "" if row.level == "total" else row.code or "-"
                        found = report.counted.behind(db.session(), options, None, today(), line, column.key)
                        count, amount = found.number(db.session())
                        assert value == (amount if found.is_money else count), (name, row.name, column.key)


def test_what_was_taken_back_later_still_counts_on_the_day_and_what_arrived_after_midnight_does_not(
    support: Cases,
) -> None:
    all_arrived(support, THAT_DAY)
    with support.inside():
        then = built("proposals", Options()).total.values[0]
        newest = db.session.execute(sa.text("SELECT max(batch) FROM change")).scalar()
        begin_writing()
        ids = list(db.session.scalars(sa.text("SELECT id FROM change WHERE batch = :b").bindparams(b=newest)))
        intake.rule(ids, "exclude", account=people.find_account("quan"))
        db.session.commit()
    worked_out(support)
    with support.inside():
        assert built("proposals", Options.read(db.session(), as_of=DAY)).total.values[0] == then
    assert end_of(THAT_DAY.date()) == int(datetime(2026, 3, 31, 17, tzinfo=UTC).timestamp() * 1000) - 1


def test_no_figures_of_a_day_that_is_not_over_or_that_nobody_asked_for(support: Cases) -> None:
    with support.inside():
        with pytest.raises(FiguresNotReady):
            Options.read(db.session(), as_of=DAY)
        with pytest.raises(DayNotOver):
            Options.read(db.session(), as_of="2999-01-01")
        assert Options.read(db.session(), as_of=today().isoformat()).moment == 0


@pytest.mark.parametrize(
    ("error", "told"),
    [(OSError("no room"), "Máy chủ gặp lỗi"), (OSError(errno.ENOSPC, "no room"), "Ổ đĩa đã đầy")],
    ids=["fault", "full"],
)
def test_why_a_day_failed_is_told_in_a_sentence_and_never_in_the_words_of_the_program(
    support: Cases, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, error: OSError, told: str
) -> None:
    with support.inside():
        begin_writing()
        number = past.ask(db.session(), DAY).id
        db.session.commit()
        with monkeypatch.context() as broken:
            broken.setattr(figures, "_fold", lambda *_args: (_ for _ in ()).throw(error))
            background.look_for_figures(support.app)
        found = db.session.get_one(past.Moment, number, populate_existing=True)
        assert found.state == "failed"
        assert "could not be worked out" in caplog.text
        with speaking("vi"):
            assert told in found.why
        assert "no room" not in found.why + found.trouble
        begin_writing()
        assert past.ask(db.session(), DAY).id != number
        db.session.rollback()


# --- closed periods -------------------------------------------------------------------------------------------


def closed(support: Cases, day: str = "") -> int:
    with support.app.app_context():
        begin_writing()
        number = closing.begin(db.session(), "Năm 2025", day or today().isoformat(), "", "quan").id
        db.session.commit()
        figures.work_off(support.app)
        assert closing.find(db.session(), number).state == "closed"
    return number


@pytest.fixture
def few_reports(monkeypatch: pytest.MonkeyPatch) -> None:
    """Three reports are all there are: a period keeps each table of each, which of all of them takes seconds."""
    few = ("approvals", "progress", "results")
    monkeypatch.setattr(reports, "REPORTS", {name: reports.REPORTS[name] for name in few})


@pytest.fixture(scope="session")
def with_a_period(with_ten_cases: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of an instance with ten cases and a period that was closed today, made once a run."""

    def make(folder: Path) -> None:
        shutil.copytree(with_ten_cases, folder, dirs_exist_ok=True)
        app = create_app(Config(instance=folder, testing=True))
        closed(Cases(app))
        with app.app_context():
            db.engine.dispose()

    return made_once(tmp_path_factory, "with-a-period", make)


@pytest.fixture
def number(support: Cases, config: Config, request: pytest.FixtureRequest) -> int:
    """The number of a period that was closed today."""
    if not config.on_sqlite:
        return closed(support)
    lay(request.getfixturevalue("with_a_period"), support.app, config)
    with support.inside():
        return db.session.scalars(sa.select(ClosedPeriod.id)).one()


def test_a_closed_period_stays_as_it_was_and_its_paper_is_the_same_byte_for_byte(support: Cases, number: int) -> None:

    def papers() -> list[bytes]:
        period = closing.find(db.session(), number)
        kept = closing.table(db.session(), period, "disbursement", "district", 2023)
        return [reports.WRITERS[form].write(kept) for form in reports.WRITERS]

    with support.inside(), speaking("vi"):
        before = papers()
        shown = built("disbursement", Options(by="district", vintage=2023))
        kept = closing.table(db.session(), closing.find(db.session(), number), "disbursement", "district", 2023)
        assert (kept.rows, kept.columns, kept.headings()) == (shown.rows, shown.columns, shown.headings())
        assert db.session.scalar(sa.select(sa.func.count()).select_from(ClosedTable)) > 20
    later(support)
    with support.inside(), speaking("vi"):
        assert papers() == before
        assert closing.altered(db.session()) == []


def test_what_was_printed_once_is_printed_again_also_by_a_version_that_draws_it_otherwise(
    support: Cases, number: int, as_: Visitors, monkeypatch: pytest.MonkeyPatch
) -> None:
    address = f"/reports/periods/{number}/disbursement/file.pdf?by=district&vintage=2023"
    first = as_("dung").get(address)
    assert first.data.startswith(b"%PDF")
    monkeypatch.setitem(reports.WRITERS, "pdf", reports.Writer(lambda _table: b"drawn otherwise", "application/pdf"))
    assert as_("quan").get(f"{address}&lang=en").data == first.data
    assert as_("dung").get(address.replace("=district", "=commune")).data == b"drawn otherwise"


ALTERED = (
    "UPDATE closed_paper SET content = (SELECT content FROM closed_paper WHERE extension = 'csv')",
    "UPDATE closed_table SET value = replace(value, '128000000', '128000001')",
    "UPDATE past_case_fact SET approved = approved + 1",
    "DELETE FROM past_household_fact WHERE count_0 > 0",
    "UPDATE past_household SET citizen_id = NULL",
    "UPDATE moment SET rules = '{}'",
    "UPDATE closed_period SET name = 'Năm 2024'",
)


@pytest.mark.usefixtures("number")
def test_the_doctor_tells_of_a_closed_period_of_which_anything_was_altered(support: Cases) -> None:
    with support.inside():
        [period] = closing.all_(db.session())
        for extension in ("pdf", "csv"):
            closing.paper(db.session(), period, "disbursement", "district", 2023, extension)
        assert health._periods().state == "ok"
        for alter in ALTERED:
            begin_writing()
            db.session.execute(sa.text(alter))
            assert health._periods().state == "error", alter
            db.session.rollback()


def test_what_came_after_the_closing_shows_as_movement_with_its_households(support: Cases, number: int) -> None:
    with support.inside(), speaking("vi"):
        period = closing.find(db.session(), number)
        assert movement.of_table(db.session(), period, "approvals", "commune", 2025, today()) == []
    case = later(support)
    with support.inside(), speaking("vi"):
        period = closing.find(db.session(), number)
        moved = movement.of_table(db.session(), period, "approvals", "commune", 2025, today())
        totals = {one.column.key: (one.then, one.now) for one in moved if one.line == ""}
        assert totals["decided"] == (7, 8)
        rows = movement.rows_of(db.session(), period, "approvals", "commune", 2025, "", "decided", today())
        assert [(row.id, row.then, row.now) for row in rows] == [(case, 0, 1)]
        paid = movement.rows_of(db.session(), period, "disbursement", "commune", 2025, "", "paid", today())
        assert sum(row.now - row.then for row in paid) == 33_000_000


@pytest.mark.usefixtures("few_reports")
def test_a_period_closed_as_of_an_earlier_day_has_the_figures_of_that_day(support: Cases) -> None:
    all_arrived(support, THAT_DAY)
    with support.inside():
        then = built("approvals", Options(by="district", vintage=2023)).rows
    later(support)
    number = closed(support, DAY)
    with support.inside():
        kept = closing.table(db.session(), closing.find(db.session(), number), "approvals", "district", 2023)
        assert kept.rows == then
        assert json.loads(db.session.get_one(past.Moment, closing.find(db.session(), number).moment).rules)["programme"]
        assert isinstance(closing.find(db.session(), number), ClosedPeriod)


def program(support: Cases, path: str) -> TestResponse:
    """What a program gets at an address of ``/api/v1``."""
    with support.app.app_context():
        begin_writing()
        admin = people.find_account("quan")
        said: dict[str, Any] = {"exact": False, "ends_on": date(2099, 1, 1), "today": today(), "now": now()}
        _token, text = tokens.make(admin, "Bảng điều hành", list(tokens.SCOPES), [(2023, "06")], **said)
        db.session.commit()
        db.session.remove()
    return support.app.test_client().get(f"/api/v1/{path}", headers={"Authorization": f"Bearer {text}"})


@pytest.mark.usefixtures("few_reports")
def test_a_day_is_asked_for_and_a_period_closed_on_pages_by_whoever_may(support: Cases, as_: Visitors) -> None:
    all_arrived(support, THAT_DAY)
    admin, leader = as_("quan"), as_("dung")
    assert "Chưa có ai yêu cầu" in read(leader, f"/reports/progress?as_of={DAY}")
    leader.post("/reports/progress/figures", data={"as_of": DAY})
    assert "xong 0 phần trăm" in read(leader, f"/reports/progress?as_of={DAY}")
    with support.app.app_context():
        figures.work_off(support.app)
    shown = read(leader, f"/reports/progress?as_of={DAY}")
    assert "Số liệu tính đến ngày 31/03/2026" in shown
    asked = f"by=commune&vintage=2025&as_of={DAY}"
    given = program(support, f"reports/progress?{asked}").get_json()
    drawn = admin.get(f"/reports/progress/file.json?{asked}").get_json()
    assert (given["rows"], given["columns"]) == (drawn["rows"], drawn["columns"])
    assert program(support, "reports/progress?as_of=2026-04-01").status_code == 409
    assert f"/reports/progress/behind?by=commune&amp;vintage=2025&amp;as_of={DAY}" in shown
    assert "dòng đứng sau" in read(leader, f"/reports/progress/behind?as_of={DAY}&column=decided")

    assert leader.post("/reports/progress/figures", data={"as_of": "hôm qua"}).status_code == 400
    form = {"name": "Quý I năm 2026", "day": DAY, "since": ""}
    assert leader.post("/reports/periods/", data=form).status_code == 403
    assert as_("binh").get("/reports/periods/").status_code == 404
    at = admin.post("/reports/periods/", data=form).headers["Location"]
    assert "Đang chốt số liệu" in read(admin, at)
    with support.app.app_context():
        figures.work_off(support.app)
    later(support)
    assert "SHA-256" in read(leader, at)
    page = read(leader, f"{at}/approvals?by=district&vintage=2023")
    assert "Biến động từ khi chốt" in page
    assert "+1" in page
    moved = read(leader, f"{at}/approvals/moved?by=district&vintage=2023&column=decided")
    assert "1 hộ hoặc hồ sơ" in moved
    assert "7 dòng đứng sau" in read(leader, f"{at}/approvals/behind?by=district&vintage=2023&column=decided")
    for extension in ("pdf", "xlsx", "csv", "json"):
        papers = []
        for language in ("vi", "en"):
            leader.set_cookie("lang", language)
            answer = leader.get(f"{at}/approvals/file.{extension}?by=district&vintage=2023")
            assert answer.status_code == 200
            papers.append(answer.data)
        assert papers[0] == papers[1], extension
    leader.set_cookie("lang", "vi")
    for line in check_page(read(leader, at), "vi").all(".//ul[@class='rows']/li"):
        tables = [words(link) for link in line.iter("a")]
        assert len(set(tables)) == len(tables), tables
    assert "Quý I năm 2026" in read(admin, "/reports/periods/")
    assert "Thôn" in read(admin, f"{at}/approvals?by=village&vintage=2025")
    assert "7 dòng đứng sau" in read(leader, f"{at}/approvals/behind?by=village&vintage=2025&column=decided")
    assert admin.get(f"{at}/approvals?by=author").status_code == 404


def test_a_day_before_anything_had_arrived_says_why_it_is_empty_and_leads_to_the_first_one(
    support: Cases, as_: Visitors
) -> None:
    all_arrived(support, THAT_DAY)
    leader = as_("dung")
    for _asked in range(2):
        page = read(leader, "/reports/progress?as_of=2025-12-31")
        assert "dữ liệu đầu tiên về ngày 31/03/2026" in page
        assert f"as_of={DAY}" in page
        worked_out(support, "2025-12-31")
    worked_out(support)
    assert "dữ liệu đầu tiên" not in read(leader, f"/reports/progress?as_of={DAY}")


@AGAIN_ON_POSTGRESQL
def test_records_are_reconciled_as_of_a_day_and_no_name_or_number_is_kept_of_it(support: Cases) -> None:
    all_arrived(support, THAT_DAY)
    with support.inside():
        then = {by: built("reconciliation", Options(by=by)).rows for by in ("commune", "status", "ethnic", "author")}
        number, name = db.session.execute(
            sa.text("SELECT citizen_id, head_name FROM household WHERE citizen_id IS NOT NULL LIMIT 1")
        ).one()
    support.save("household", {"village": HERE, "head_name": "Nông Văn Hai", "citizen_id": number})
    worked_out(support)
    with support.inside():
        for by, rows in then.items():
            assert built("reconciliation", Options.read(db.session(), by=by, as_of=DAY)).rows == rows
        assert built("reconciliation", Options()).rows != then["commune"]
        kept = json.dumps([list(row) for row in db.session.execute(sa.select(past.KEPT["household"]))])
        assert (number not in kept, name not in kept) == (True, True)


@pytest.mark.usefixtures("few_reports")
def test_a_moment_kept_before_there_was_more_to_keep_is_worked_out_again_and_its_period_stays(
    support: Cases,
) -> None:
    all_arrived(support, THAT_DAY)
    number = closed(support, DAY)
    with support.inside():
        begin_writing()
        db.session.execute(sa.text("UPDATE moment SET form = 1"))
        db.session.execute(sa.text("DELETE FROM past_household"))
        period = closing.find(db.session(), number)
        period.digest = closing.digest_of(db.session(), period)
        db.session.commit()
        assert closing.altered(db.session()) == []
        with pytest.raises(FiguresNotReady):
            Options.read(db.session(), as_of=DAY)
    worked_out(support)
    with support.inside():
        assert Options.read(db.session(), as_of=DAY).moment
        assert closing.altered(db.session()) == []


def read(visitor: FlaskClient, path: str) -> str:
    """A page that is one."""
    answer = visitor.get(path)
    assert answer.status_code == 200, path
    text = answer.get_data(as_text=True)
    check_page(text, "vi")
    return text


def test_the_first_day_is_met_where_the_journal_begins_and_not_looked_for_in_all_of_it(support: Cases) -> None:
    """It was looked for batch by batch, each time through the whole journal: two seconds of a province's page."""
    with support.inside(), counted() as asked:
        began = past.began(db.session())
        [(statement, values)] = [each for each in asked if "batch.received_at" in each[0]]
        run = db.session.connection().exec_driver_sql
        plan = [row.detail for row in run(f"EXPLAIN QUERY PLAN {statement}", ast.literal_eval(values))]
    assert date.fromisoformat(began) <= today()
    assert [step for step in plan if not step.startswith("SEARCH")] == ["SCAN change"]
