"""What SQLite's own driver is asked says what SQLAlchemy says, and is of the same objects."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session

from fieldapp.db import Prepared, db
from fieldapp.people import Account, Device, Grant
from fieldapp.straight import NotStraight, Straight, objects
from fieldapp.surveys import SURVEYS, Base, Household
from tests.postgres import ON_EACH_DATABASE
from tests.statements import counted

pytestmark = ON_EACH_DATABASE

BY_ID = Prepared(lambda _dialect: sa.select(Household).where(Household.id == sa.bindparam("id")))


def told(row: Any) -> dict[str, Any]:
    """What an object says, by its columns."""
    return {name: getattr(row, name) for name in sa.inspect(type(row)).column_attrs.keys()}  # noqa: SIM118  no dict


def one_household() -> str:
    return str(db.session.scalars(sa.select(Household.id).order_by(Household.id)).first())


def through_sqlalchemy(kind: type[Any]) -> list[dict[str, Any]]:
    """What a session of SQLAlchemy's own reads of a table, in the order of ids."""
    with Session(db.engine) as session:
        return [told(row) for row in session.scalars(sa.select(kind).order_by(sa.inspect(kind).primary_key[0]))]


def test_every_row_of_every_table_reads_as_sqlalchemy_reads_it(context: Flask) -> None:
    kinds = [mapper.class_ for mapper in Base.registry.mappers if objects(mapper.class_)]
    assert {*SURVEYS.values(), Account, Device} <= set(kinds)
    read = 0
    for kind in kinds:
        question = Prepared(lambda _dialect, kind=kind: sa.select(kind).order_by(sa.inspect(kind).primary_key[0]))  # type: ignore[misc]
        for _time in range(3):
            db.session.expunge_all()
            rows = [told(row) for row in question.scalars()]
            assert rows == through_sqlalchemy(kind), kind
        read += len(rows)
    assert read > 100


def test_columns_of_every_kind_read_as_sqlalchemy_reads_them(context: Flask) -> None:
    for kind in SURVEYS.values():
        query = sa.select(*kind.__table__.columns).order_by(kind.id)  # type: ignore[attr-defined]
        question = Prepared(lambda _dialect, query=query: query)  # type: ignore[misc]
        wanted = [tuple(row) for row in db.session.execute(query)]
        for _time in range(3):
            assert [tuple(row) for row in question.rows()] == wanted


def test_a_record_is_one_object_however_it_is_asked_for(context: Flask) -> None:
    id = one_household()
    for _time in range(3):
        found = BY_ID.scalars(id=id)
        assert found[0] is db.session.get(Household, id)
        assert found[0] is db.session.scalar(sa.select(Household).where(Household.id == id))
        assert found[0] in db.session
    assert db.session.get(Household, "of nobody") is None
    assert BY_ID.scalar(id="of nobody") is None


def test_what_a_transaction_has_read_is_read_anew_in_the_next(context: Flask) -> None:
    id = one_household()
    held = db.session.get(Household, id)
    assert held is not None
    for name in ("Nông Thị Một", "Nông Thị Hai", "Nông Thị Ba"):
        db.session.rollback()
        with db.engine.begin() as other:
            other.execute(sa.update(Household.__table__).where(Household.id == id).values(head_name=name))  # type: ignore[arg-type]
        assert db.session.get(Household, id) is held
        with counted() as statements:
            assert held.head_name == name
        assert statements == [], "one statement reads all of it"
        assert BY_ID.scalar(id=id).head_name == name


def test_what_was_only_said_to_the_session_is_seen_and_kept(context: Flask) -> None:
    for name in ("moi", "moi.hai", "moi.ba"):
        made = Account(username=name, name="Người mới", role="enumerator", password_hash="")
        made.grants = [Grant(vintage=2023, code="06")]
        db.session.add(made)
        db.session.flush()
        id = made.id
        db.session.expire(made)
        found = db.session.get(Account, id)
        assert found is made
        made.name = "Người khác"
        assert db.session.get(Account, id) is made
        db.session.commit()
        assert [(one.name, [each.code for each in one.grants]) for one in [db.session.get(Account, id)] if one] == [
            ("Người khác", ["06"])
        ]


def test_a_value_goes_in_as_sqlalchemy_would_take_it(context: Flask) -> None:
    moment = db.session.scalar(sa.select(sa.func.min(Household.changed_at)))
    since = Prepared(lambda _dialect: sa.select(Household.id).where(Household.changed_at <= sa.bindparam("at")))
    own = Prepared(lambda _dialect: sa.select(Household.id).where(Household.changed_at <= moment))
    wanted = list(db.session.scalars(sa.select(Household.id).where(Household.changed_at == moment)))
    for _time in range(3):
        assert since.scalars(at=moment) == own.scalars() == wanted != []


def test_a_question_that_only_sqlalchemy_reads_goes_to_it(context: Flask) -> None:
    some = Prepared(lambda _dialect: sa.select(Household.id).where(Household.id.in_([one_household()])))
    beside = Prepared(lambda _dialect: sa.select(Household, Household.id).where(Household.id == one_household()))
    for _time in range(3):
        assert some.scalars() == [one_household()]
        assert [(row[0].id, row[1]) for row in beside.rows()] == [(one_household(), one_household())]
    with pytest.raises(NotStraight):
        Straight(sa.select(Household, Household.id), db.engine.dialect)


def test_a_record_that_is_at_hand_is_not_asked_for_again(context: Flask) -> None:
    id = one_household()
    db.session.get(Household, id)
    with counted() as statements:
        db.session.get(Household, id)
    assert statements == []
