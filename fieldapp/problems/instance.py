"""The instance: settings, files of the operator, backup and restore, the address it listens at."""

from __future__ import annotations

from fieldapp.i18n import _l
from fieldapp.problems.base import Problem


class BadCodeLists(Problem):
    code, status = "bad_code_lists", 500
    sentence = _l("The code lists in %(file)s cannot be used (%(reason)s). Correct the file and start again.")


class BadSetting(Problem):
    code, status = "bad_setting", 500
    sentence = _l("The setting %(name)s must be a whole number of at least %(least)s, not “%(value)s”.")


class BadLawFile(Problem):
    code, status = "bad_law_file", 400
    sentence = _l("%(file)s is no JSON list of cases. Each case has: case, on, place, household, need.")


class BadLawCase(Problem):
    code, status = "bad_law_case", 400
    sentence = _l("Case “%(case)s”: “%(name)s” is missing or cannot be what it says. Please look at it in the file.")


class UnknownSize(Problem):
    code, status = "unknown_size", 400
    sentence = _l("There is no sample of size %(name)s. The sizes are: %(names)s.")


class NotEmpty(Problem):
    code, status = "not_empty", 409
    sentence = _l("This instance already holds records, so the sample was not added. Choose an empty folder for it.")


class NotInitialised(Problem):
    code, status = "not_initialised", 503
    sentence = _l("There is no database in %(instance)s yet. Run 'fieldapp init' first, or name another --instance.")


class PortTaken(Problem):
    code, status = "port_taken", 409
    sentence = _l(
        "Port %(port)s is taken: another program listens there, perhaps fieldapp itself. "
        "Stop it, or choose another port, for example --port %(other)s."
    )


class CannotListen(Problem):
    code, status = "cannot_listen", 400
    sentence = _l(
        "This machine cannot listen at %(where)s (%(why)s). "
        "Choose another address or port, for example --host 127.0.0.1 --port 5000."
    )


class NotABackup(Problem):
    code, status = "not_a_backup", 400
    sentence = _l(
        "%(file)s is not a whole backup of fieldapp: it is damaged, cut short or something else. Nothing was changed."
    )


class NotEmptyInstance(Problem):
    code, status = "not_empty_instance", 409
    sentence = _l("There is already a database in %(instance)s. Name an empty --instance, or say --replace.")


class NotEmptyDatabase(Problem):
    code, status = "not_empty_database", 409
    sentence = _l(
        "There are tables already in the database of FIELDAPP_DATABASE_URL. Name an empty one, or say --replace."
    )


class InstanceInUse(Problem):
    code, status = "instance_in_use", 409
    sentence = _l(
        "“fieldapp %(what)s” (process %(process)s) is at work on %(instance)s. "
        "End it, or wait until it is done, then try again. Nothing was changed."
    )


class NothingSaved(Problem):
    code, status = "nothing_saved", 500
    sentence = _l(
        "The database is damaged (%(what)s), so no backup was made of it; nothing was written into %(file)s. "
        "Put your last backup in place: fieldapp restore FILE --replace."
    )


class PhotosMissing(Problem):
    code, status = "photos_missing", 500
    sentence = _l(
        "The backup %(file)s holds all the data, but not all photos that records name: missing or "
        "damaged on this machine, and so not in it: %(count)s. %(kept)s"
    )


class ToolsMissing(Problem):
    code, status = "tools_missing", 400
    sentence = _l(
        "The data are in PostgreSQL, and its program %(tool)s is not on this machine. "
        "Install it (on Debian and Ubuntu: apt install postgresql-client), then try again. Nothing was changed."
    )


class ToolFailed(Problem):
    code, status = "tool_failed", 400
    sentence = _l("%(tool)s could not do it: %(why)s. Nothing was changed.")


class DataMovedAway(Problem):
    code, status = "data_moved_away", 409
    sentence = _l(
        "The data of this instance were moved from %(here)s to %(there)s. Work with them there: set %(setting)s. "
        "To go on with what is here all the same, as another node: fieldapp init --here."
    )


class BadAddressToMoveTo(Problem):
    code, status = "bad_address_to_move_to", 400
    sentence = _l(
        "This is no address that data can be moved to. It reads postgresql://name:password@server/database, "
        "or “sqlite” for the file in the instance. Nothing was moved."
    )


class NotEmptyToMoveTo(Problem):
    code, status = "not_empty_to_move_to", 409
    sentence = _l(
        "There are data already in %(there)s, so nothing was moved. Name an empty database, or empty that one if "
        "what is in it came from a move that broke off."
    )


class NotUtf8(Problem):
    code, status = "not_utf8", 400
    sentence = _l(
        "The database %(there)s stores text as %(encoding)s, so nothing was moved. "
        "Have one made with: createdb --encoding=UTF8 --template=template0."
    )


class DatabaseUsedByOthers(Problem):
    code, status = "database_used_by_others", 409
    sentence = _l(
        "Others are connected to the database “%(database)s”. Stop every server that works in it, then try again. "
        "Nothing was moved."
    )


class RowNotTaken(Problem):
    code, status = "row_not_taken", 500
    sentence = _l(
        "%(there)s does not take a row of the table %(table)s (%(why)s). Nothing was moved; what is here is as it was."
    )


class NotTheSameAfterMove(Problem):
    code, status = "not_the_same_after_move", 500
    sentence = _l(
        "What was written into the table %(table)s of %(there)s was not the same when it was read again, so it was "
        "taken back. Nothing was moved; what is here is as it was."
    )
