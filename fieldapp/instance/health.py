"""What can be wrong with an instance, looked at one by one. Nothing here changes anything."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

import sqlalchemy as sa
from babel.numbers import format_decimal

from fieldapp import i18n, intake, nodes, places, trouble
from fieldapp.cases import chain
from fieldapp.config import settings
from fieldapp.db import check_tables, db
from fieldapp.i18n import _, _l, ngettext
from fieldapp.instance import damage, dump, last_backup, moved, private
from fieldapp.people import Device
from fieldapp.photos import attachments, broken_off
from fieldapp.photos.attachments import NOT_A_PHOTO, PARTIAL, STORED, Attachment, PhotoUse
from fieldapp.problems import DiskFull, Problem
from fieldapp.reports import closing
from sync.problems import SyncProblem
from sync.sealing import SealingKey

CheckState = Literal["ok", "warning", "error"]
LEAST_FREE = 1_000_000_000
NAMES: dict[str, str] = {
    "python": "Python",
    "translations": _l("Languages"),
    "disk": _l("Disk"),
    "secret": _l("Files that only their owner may read"),
    "database": _l("Database"),
    "tables": _l("Tables"),
    "integrity": _l("Integrity of the database"),
    "backup": _l("Backup"),
    "sealing": _l("Key of the tablets"),
    "places": _l("Lists of places"),
    "clock": _l("Clock of this machine"),
    "held": _l("Held"),
    "photos": _l("Photos"),
    "decisions": _l("Decisions with a number"),
    "periods": _l("Closed periods"),
}
"""What each check is called."""


@dataclass(frozen=True)
class Check:
    """One thing looked at: its name, how it stands, and a sentence."""

    name: str
    state: CheckState
    says: str


def examine() -> list[Check]:
    """Everything, in order. What cannot be asked without a database is left out where there is none."""
    found = [_python(), _catalogue(), _disk(), _secret(), _database()]
    if found[-1].state == "error":
        return found
    looks = _tables, _integrity, _backup, _sealing, _places, _clock, _held, _photos, _decisions, _periods
    return found + [_safely(look) for look in looks]


def _safely(look: Callable[[], Check]) -> Check:
    try:
        return look()
    except sa.exc.SQLAlchemyError as error:
        return Check(look.__name__.strip("_"), "error", _said(error))


def _python() -> Check:
    return Check("python", "ok", sys.version.split()[0])


def _catalogue() -> Check:
    try:
        i18n.catalogue("vi")
    except RuntimeError as error:
        return Check("translations", "error", str(error))
    return Check("translations", "ok", ", ".join(i18n.LANGUAGES))


def _disk() -> Check:
    free = shutil.disk_usage(settings().instance).free
    says = _("%(free)s GB free", free=tenths(free / 1e9))
    if free < trouble.LEAST_ROOM:
        return Check("disk", "error", DiskFull().message)
    return Check("disk", "ok" if free > LEAST_FREE else "warning", says)


def tenths(number: float) -> str:
    """A number with one decimal place, as the language writes it."""
    return format_decimal(number, "0.0", locale=i18n.language())


def _secret() -> Check:
    folder = settings().instance
    if found := private.open_to_others(folder):
        says = _("Files or folders that others can read: %(count)s, %(file)s is one; do: chmod -R go-rwx %(folder)s",
                 count=len(found), file=found[0], folder=folder)  # fmt: skip
        return Check("secret", "error", says)
    return Check("secret", "ok", _("readable by its owner only"))


def _database() -> Check:
    address = db.engine.url.render_as_string(hide_password=True)
    try:
        ready = sa.inspect(db.engine).has_table("alembic_version")
    except sa.exc.DBAPIError as error:
        return Check("database", "error", _said(error))
    if not ready:
        return Check("database", "error", _("empty; run 'fieldapp init'"))
    elsewhere = moved.away(settings())
    return Check("database", "error", elsewhere.message) if elsewhere else Check("database", "ok", address)


def _said(error: sa.exc.SQLAlchemyError) -> str:
    known = trouble.of_database(error, db.engine.url) if isinstance(error, sa.exc.DBAPIError) else None
    return known.message if known else str(getattr(error, "orig", error))


def _tables() -> Check:
    try:
        check_tables()
    except Problem as problem:
        return Check("tables", "error", problem.message)
    return Check("tables", "ok", _("up to date"))


def _integrity() -> Check:
    if db.engine.dialect.name != "sqlite":
        return _server()
    said = damage.noted() or db.session.connection().exec_driver_sql("PRAGMA quick_check(1)").scalar()
    return Check("integrity", "ok" if said == "ok" else "error", str(said))


def _server() -> Check:
    connection = db.session.connection()
    version = connection.exec_driver_sql("SHOW server_version").scalar()
    encoding = connection.exec_driver_sql("SHOW server_encoding").scalar()
    return Check("integrity", "ok" if encoding == "UTF8" else "error", f"PostgreSQL {version}, {encoding}")


def _backup() -> Check:
    """Whether one was made lately, and whether one can be made."""
    if not settings().on_sqlite and (hindered := _hindered()):
        return Check("backup", "warning", hindered)
    made_at = last_backup.last(settings().instance)
    if made_at is None:
        return Check("backup", "warning", _("never made; do: fieldapp backup FILE"))
    says = _("days since the last one: %(days)s; fieldapp backup FILE", days=(datetime.now(UTC) - made_at).days)
    return Check("backup", "warning" if last_backup.is_old(made_at) else "ok", says)


def _hindered() -> str | None:
    version, *_rest = db.session.connection().dialect.server_version_info or (0,)
    try:
        dump.see_that_it_can(int(version))
    except Problem as problem:
        return problem.message
    return None


def _sealing() -> Check:
    """Whether the key is here with which tablets are locked: without it nobody can help who forgets her PIN."""
    path, locked = settings().sealing_key, _locked_with()
    try:
        kid = SealingKey.load(path).kid
    except FileNotFoundError:
        kid = ""
    except (SyncProblem, OSError):
        return Check("sealing", "error", _("%(file)s is damaged. Put it back from a backup.", file=path))
    if others := sum(1 for each in locked if each != kid):
        says = _(
            "Tablets that are locked with a key that is not in %(file)s: %(count)s. Put that file back from a backup: "
            "until then a forgotten PIN on them cannot be replaced.",
            count=others,
            file=path,
        )
        return Check("sealing", "error", says)
    if not kid:
        return Check("sealing", "warning", _("%(file)s is made when the server is started", file=path))
    return Check("sealing", "ok", _("Tablets that are locked with it: %(count)s", count=len(locked)))


def _locked_with() -> list[str]:
    """The name of the key each tablet in use says it is locked with; of those that told one."""
    reports = db.session.scalars(sa.select(Device.report).where(Device.revoked_at.is_(None)))
    return [report["kid"] for report in reports if report and report.get("kid")]


def _places() -> Check:
    old, new = len(places.communes(2023)), len(places.communes(2025))
    complete = (old, new) == (108, 92)
    says = _("%(old)s communes of 2023, %(new)s of 2025", old=old, new=new)
    return Check("places", "ok" if complete else "warning", says)


def _clock() -> Check:
    found = nodes.wrong_clock()
    if found is None and intake.journal().is_stuck_ahead():
        says = _(
            "It was far ahead once, and what is recorded here goes on being marked so. It is told by the true time and "
            "nothing is lost, but where another device answers the same meanwhile, that answer is shown until a person "
            "settles it. To end this, sync, then begin anew in another folder (FIELDAPP_INSTANCE): fieldapp init; "
            "fieldapp node join URL CODE; fieldapp sync URL"
        )
        return Check("clock", "warning", says)
    if found is None:
        return Check("clock", "ok", _("not behind the newest change"))
    return Check("clock", "warning" if found.name else "error", nodes.in_words(found))


def _held() -> Check:
    waiting = intake.journal().count_held()
    says = ngettext("%(n)s change waits for an administrator", "%(n)s changes wait for an administrator", waiting)
    return Check("held", "warning" if waiting else "ok", says)


def _photos() -> Check:
    """Photos that records name: those that are lost here, that have not come yet, that broke off on their way."""
    if lost := len(attachments.lost()):
        says = _(
            "Photos that were here and are lost: %(count)s. Restart the server: it asks everybody for them.", count=lost
        )
        return Check("photos", "error", says)
    partial = db.session.scalar(sa.select(sa.func.count()).where(Attachment.state == PARTIAL)) or 0
    says = _("%(count)s on their way", count=partial)
    if absent := _absent():
        says += "; " + _("%(count)s are named and not here yet", count=absent)
    if sizes := [known.st_size for _file, known in broken_off.leftovers()]:
        says += "; " + _(
            "parts that broke off: %(count)s, %(size)s MB", count=len(sizes), size=tenths(sum(sizes) / 1e6)
        )
    return Check("photos", "warning" if absent else "ok", says)


def _decisions() -> Check:
    """Whether the signed decisions still say what was signed, and each the one before it is here."""
    found = chain.state()
    told = [_("%(count)s signed", count=found[chain.SIGNED])]
    if found["altered"]:
        told.append(_("%(count)s no longer say what was signed", count=found["altered"]))
    if found["lost_before"]:
        told.append(_("before %(count)s one is missing", count=found["lost_before"]))
    if apart := found["fork"] + found["same_number"]:
        told.append(_("%(count)s to be looked at, made apart", count=apart))
    state: CheckState = "error" if found["altered"] else "warning" if len(told) > 1 else "ok"
    return Check("decisions", state, "; ".join(told))


def _periods() -> Check:
    """Whether the closed periods are still as they were closed."""
    whole, altered = closing.all_(db.session()), closing.altered(db.session())
    told = [_("%(count)s closed", count=sum(one.state == closing.CLOSED for one in whole))]
    if altered:
        names = ", ".join(one.name for one in altered)
        told.append(_("no longer as they were closed: %(names)s", names=names))
    return Check("periods", "error" if altered else "ok", "; ".join(told))


def _absent() -> int:
    """How many photos records name that are not here as a whole."""
    whole = sa.select(Attachment.sha256).where(Attachment.state.in_([STORED, NOT_A_PHOTO]))
    named = sa.select(sa.func.count(PhotoUse.sha256.distinct())).where(PhotoUse.sha256.not_in(whole))
    return db.session.scalar(named) or 0
