"""What was taken out of this node: who, when, what, and how many rows. Written before anything is given away."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from fieldapp.db import briefly
from fieldapp.people.models import ApiToken
from fieldapp.surveys.base import Base
from fieldapp.today import now

LONGEST = 400
"""So many letters of what was asked for are kept."""


class TakenOut(Base):
    """One file, or one answer to a program.

    - ``who``: what the person, the program or whoever worked at the terminal was called then; ``token``: the program's
    - ``what``: the name of a survey, ``everything``, ``report:<name>``, ``batch:<node>``, ``api:<feed>``
    - ``form``: the format; ``rows``: how many; ``exact``: with full positions and sensitive answers
    - ``asked``: what it was narrowed by, as it was asked
    """

    __tablename__ = "taken_out"

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(sa.DateTime, index=True)
    account_id: Mapped[str | None] = mapped_column(sa.String(16), index=True)
    who: Mapped[str] = mapped_column(sa.String(120))
    token: Mapped[str | None] = mapped_column(sa.String(16))
    what: Mapped[str] = mapped_column(sa.String(120))
    form: Mapped[str] = mapped_column(sa.String(12))
    rows: Mapped[int] = mapped_column(sa.Integer)
    exact: Mapped[bool] = mapped_column()
    asked: Mapped[str] = mapped_column(sa.String(LONGEST))

    __table_args__ = (sa.Index("ix_taken_out_token_at", "token", "at"),)


class Taker(NamedTuple):
    """Who takes something out: an account, a program by its token, or somebody at the terminal."""

    who: str
    account: str | None = None
    token: str | None = None


def note(taker: Taker, what: str, form: str, rows: int, *, exact: bool = False, asked: str = "") -> None:
    """Write down that something is taken out; in a transaction of its own, so that it stands whatever becomes of it.

    :raises sqlalchemy.exc.DBAPIError: it could not be written, and so nothing may be given away.
    """
    who, token, at = taker.who[:120], taker.token, now()
    told = {"at": at, "account_id": taker.account, "who": who, "token": token, "what": what[:120], "form": form}

    def write(connection: sa.Connection) -> None:
        connection.execute(sa.insert(TakenOut).values(**told, rows=rows, exact=exact, asked=asked[:LONGEST]))
        if token:
            connection.execute(sa.update(ApiToken).where(ApiToken.id == token).values(last_used_at=at))

    briefly(write)


def lately(token: str, within: timedelta) -> sa.Select[int]:
    """The query of how often a program was given something within the last while."""
    return sa.select(sa.func.count()).where(TakenOut.token == token, TakenOut.at > now() - within)
