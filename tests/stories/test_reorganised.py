"""What was filled in before communes were merged comes in weeks after, with or without new areas of its people."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient

from fieldapp import i18n, people, review
from fieldapp.config import Config
from fieldapp.db import db
from fieldapp.people import outdated
from fieldapp.places.imports import MAPPING, PLACE_LISTS
from fieldapp.reports import REPORTS
from fieldapp.reports.scope import Options
from fieldapp.reports.table import Row, Table
from fieldapp.review import assigning
from fieldapp.surveys import Household, HousingNeed
from fieldapp.today import today
from sync import new_record_id
from tests.conftest import PASSWORD
from tests.pages import check_page
from tests.postgres import AGAIN_ON_POSTGRESQL
from tests.stories.conftest import Person, Province
from tests.stories.test_of_nodes import forget_2025, operator

pytestmark = AGAIN_ON_POSTGRESQL
Visitors = Callable[[str], FlaskClient]
BY_PLACE = [name for name, report in REPORTS.items() if report.by_place]
VILLAGE = "2023.01930.004"
OLD, NEW = "Xã Hoàng Trĩ", "Xã Đồng Phúc"
MERGED = (OLD, "Xã Quảng Khê", "Xã Đồng Phúc", "Xã Bằng Phúc")


def reorganise(config: Config) -> None:
    """The administrator takes in the list of 2025 and what became of each commune."""
    operator(config, "place", "import", PLACE_LISTS[2025], "--vintage", "2025", "--yes")
    operator(config, "place", "reorganise", MAPPING, "--date", "2025-07-01", "--yes")
    i18n.use(i18n.DEFAULT)


def move_all(province: Province) -> None:
    """Everybody is given the communes of today in one step."""
    with province.inside():
        assert outdated.move({each.account.id: each.shown for each in outdated.outdated()})
        assert outdated.outdated() == []


def counted(province: Province, vintage: int) -> dict[str, dict[str, list[int]]]:
    """The whole numbers of each report by the communes of a list: those of the total, and of each commune by name."""
    with province.inside():
        asked = Options(by="commune", vintage=vintage)
        tables = {name: REPORTS[name].build(db.session(), asked, None, today()) for name in BY_PLACE}
    return {
        name: {row.name: numbers(table, row) for row in table.rows if row.level in ("total", "item")}
        for name, table in tables.items()
    }


def numbers(table: Table, row: Row) -> list[int]:
    """What a line counts or adds up, without its percentages."""
    return [value or 0 for column, value in zip(table.columns, row.values, strict=True) if column.rate is None]


def counts_once(province: Province, was: dict[str, dict[str, list[int]]]) -> None:
    """What came in is told by the line of the old commune, by that of the new one, and by both totals."""
    old, new = counted(province, 2023), counted(province, 2025)
    for name, lines in old.items():
        total, *_rest = lines
        assert {each for each in lines if lines[each] != was[name][each]} <= {OLD, total}, name
        assert new[name][total] == lines[total], name
        parts = [lines[one] for one in MERGED if one in lines]
        assert new[name][NEW] == [sum(each) for each in zip(*parts, strict=True)], name
    assert old["housing-need"][OLD][0] == was["housing-need"][OLD][0] + 2


def waiting_need(province: Province) -> HousingNeed:
    """A need of the old commune that waits for its supervisor."""
    with province.inside():
        query = sa.select(HousingNeed).where(HousingNeed.area.like("2023.01930.%")).order_by(HousingNeed.id)
        one = next(each for each in db.session.scalars(query) if review.status_of(each) == "waiting")
        db.session.expunge(one)
        return one


def send_back(province: Province, need: HousingNeed) -> None:
    """The supervisor of the old commune returns it, and lets Mai visit its household."""
    with province.inside():
        xacu, mai = people.find_account("xacu"), people.find_account("khaosat.01930")
        seen = [head for heads in need.heads.values() for head in heads]
        review.decide(db.session.get_one(HousingNeed, need.id), "return", account=xacu, seen=seen, comment="Xem lại")
        home = db.session.get_one(Household, need.household)
        assigning.give([home], mai.id, "2099-12-05", account=xacu, today=today())


def sees(as_: Visitors, need: HousingNeed) -> None:
    """Both supervisors find what came in, in the commune of today, the need that was returned as one to look at again,
    and the visit that was given away."""
    for who in ("xamoi", "xacu"):
        pages = [as_(who).get(path).get_data(as_text=True) for path in ("/records/?q=ban", "/review?status=corrected")]
        found = check_page(pages[0], "vi").text
        assert all(f"{name} Thôn Kéo Slâu, {NEW}" in found for name in ("Bàn Thị Ghến", "Bàn Văn Nháp"))
        assert need.id in pages[1]
        assert "05/12/2099" in as_(who).get("/assignments").get_data(as_text=True)


@pytest.fixture
def before(province: Province) -> Person:
    """In the time of the old commune: its supervisor, and the tablet of Mai, who surveys all of it."""
    forget_2025(province)
    with province.inside():
        people.add_account("xacu", "Ma Thị Cũ", "supervisor", PASSWORD, [(2023, "01930")])
    return province.person("khaosat.01930")


@pytest.mark.parametrize("moved", [True, False])
def test_what_a_tablet_held_when_its_commune_was_merged_counts_once_in_the_new_one_and_its_supervisor_sees_it(
    province: Province, config: Config, as_: Visitors, before: Person, moved: bool
) -> None:
    mai, need = before, waiting_need(province)
    send_back(province, need)
    mai.sync()
    held, was = province.held(), counted(province, 2023)
    draft = mai.tablet.begin("household", new_record_id(mai.tablet.now()), "")
    home = mai.create(VILLAGE, "Bàn Thị Ghến", members=4, poverty_class="ngheo")
    asked = {"household": home, "visited_on": "2026-06-01", "need_type": "xay_moi"}
    sent = [mai.write(new_record_id(mai.tablet.now()), "housing_need", **asked)]
    sent.append(mai.write(need.id, "housing_need", labour_days=30))
    reorganise(config)
    with province.inside():
        people.add_account("xamoi", "Lý Văn Mới", "supervisor", PASSWORD, [(2025, "01933")])
    if moved:
        move_all(province)
    answers = {"head_name": "Bàn Văn Nháp", "village": VILLAGE, "members": 2, "poverty_class": "ngheo"}
    sent.append(mai.tablet.finish(draft, answers))
    mai.sync()
    assert [mai.told(each) for each in sent] == [("stored", None)] * 3
    assert province.held() == held
    counts_once(province, was)
    sees(as_, need)
    communes = [each["commune"] for each in mai.tablet.store.known("areas")]
    assert set(communes) == {NEW}
    assert (len(communes) > 10) == moved, "she goes on with the villages of the old one until she is given more"
