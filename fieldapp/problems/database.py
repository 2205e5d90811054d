"""The database and the disk under it."""

from __future__ import annotations

from fieldapp.i18n import _l
from fieldapp.problems.base import Problem


class EmptyDatabase(Problem):
    code, status = "empty_database", 503
    sentence = _l("The database %(database)s is empty. Run 'fieldapp init' first.")


class OldTables(Problem):
    code, status = "old_tables", 503
    sentence = _l(
        "The tables of the database are not those of this version. "
        "Run 'fieldapp init': it brings them up to date and keeps all that is there."
    )


class NewerTables(Problem):
    code, status = "newer_tables", 503
    sentence = _l("The database was made by a newer version of fieldapp than this one. Install that version again.")


class BadDatabaseAddress(Problem):
    code, status = "bad_database_address", 500
    sentence = _l(
        "FIELDAPP_DATABASE_URL is not the address of a database that fieldapp can use. "
        "It reads postgresql://name:password@server/database."
    )


class NoDriver(Problem):
    code, status = "no_driver", 500
    sentence = _l(
        "FIELDAPP_DATABASE_URL names PostgreSQL, whose driver is not installed. "
        "Install it: pip install 'psycopg[binary]'."
    )


class DatabaseSilent(Problem):
    code, status = "database_silent", 503
    sentence = _l(
        "No PostgreSQL answers at %(where)s (%(why)s). "
        "Check that it is running and that its address is right (FIELDAPP_DATABASE_URL)."
    )


class DatabaseRefuses(Problem):
    code, status = "database_refuses", 503
    sentence = _l(
        "PostgreSQL at %(where)s does not let “%(user)s” in (%(why)s). "
        "Check the name and the password in its address (FIELDAPP_DATABASE_URL)."
    )


class NoSuchDatabase(Problem):
    code, status = "no_such_database", 503
    sentence = _l(
        "There is no database “%(database)s” on the PostgreSQL at %(where)s. "
        "Have one made that belongs to “%(user)s”: createdb --owner=%(user)s %(database)s."
    )


class DatabaseForbids(Problem):
    code, status = "database_forbids", 503
    sentence = _l(
        "The account “%(user)s” may not do this in the database “%(database)s” (%(why)s). "
        "Have the database made its own: ALTER DATABASE %(database)s OWNER TO %(user)s."
    )


class DatabaseBroken(Problem):
    code, status = "database_broken", 503
    sentence = _l(
        "%(file)s cannot be read as a database. Put your last backup in place: fieldapp restore FILE --replace."
    )


class DatabaseDamaged(Problem):
    code, status = "database_damaged", 503
    sentence = _l(
        "The database of the server is damaged, so it takes nothing in. What is on your device stays there, safely. "
        "Tell your administrator; “fieldapp doctor” says what is wrong."
    )


class DatabaseAway(Problem):
    code, status = "database_away", 503
    sentence = _l(
        "The server cannot reach its database at the moment. What was already saved is safe. "
        "Try again in a few minutes, or tell your administrator."
    )


class DatabaseBusy(Problem):
    code, status = "database_busy", 503
    sentence = _l("The database is busy with other work. Nothing was changed; try again in a moment.")


class DiskFull(Problem):
    code, status = "disk_full", 507
    sentence = _l("The disk is full. Nothing was changed; free some space and try again.")


class NoRoomFor(DiskFull):
    sentence = _l("There is no room left on the disk of %(file)s. Nothing was changed; free some space and try again.")


class OtherDatabase(Problem):
    code, status = "other_database", 400
    sentence = _l(
        "%(file)s is a backup of a node on %(held)s, and the settings name a database of %(wanted)s. "
        "Nothing was changed."
    )
