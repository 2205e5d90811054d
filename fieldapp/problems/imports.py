"""Imports of lists of households and cases."""

from __future__ import annotations

from fieldapp.i18n import _l
from fieldapp.problems.base import Problem


class NotAList(Problem):
    code, status = "not_a_list", 400
    sentence = _l(
        "%(file)s is no table that can be read: an Excel workbook (.xlsx) or a CSV file is needed. "
        "A picture or a PDF cannot be imported: ask the office for the file it was made from."
    )


class OldWorkbook(Problem):
    code, status = "old_workbook", 400
    sentence = _l(
        "%(file)s is a workbook of the old kind (.xls). Open it in Excel or LibreOffice, save it as “.xlsx”, "
        "then choose that file."
    )


class OtherWorkbook(Problem):
    code, status = "other_workbook", 400
    sentence = _l("%(file)s is a workbook of another kind (.ods, .xlsb). Save it as “.xlsx”, then choose that file.")


class ProtectedWorkbook(Problem):
    code, status = "protected_workbook", 400
    sentence = _l(
        "%(file)s is protected by a password. Open it in Excel, take the password off (File, Info, Protect Workbook), "
        "save it, then choose it again."
    )


class DamagedWorkbook(Problem):
    code, status = "damaged_workbook", 400
    sentence = _l(
        "%(file)s is damaged or was not copied whole. Open it in Excel to see whether it is in order, "
        "and copy it again."
    )


class EmptyList(Problem):
    code, status = "empty_list", 400
    sentence = _l("%(file)s holds no rows. Look whether it is the right file, and whether it was saved.")


class ListTooLarge(Problem):
    code, status = "list_too_large", 413
    sentence = _l(
        "%(file)s is too large: at most %(megabytes)s MB and %(rows)s rows are read at once. "
        "Divide it, for example by commune, and import the parts one after the other."
    )


class NoHeadings(Problem):
    code, status = "no_headings", 400
    sentence = _l(
        "In %(file)s no row of headings was found (full name, year of birth, village …). "
        "Look whether the list is on this sheet, and say in which row its headings are."
    )


class OtherKindOfList(Problem):
    code, status = "other_kind_of_list", 400
    sentence = _l(
        "%(file)s does not look like what was chosen, but like this: “%(found)s”. Choose that kind, then hand it in "
        "again."
    )


class ListOfPlaces(Problem):
    code, status = "list_of_places", 400
    sentence = _l("%(file)s is an official list of places: “%(found)s”. It is imported on the page “Places”.")


class UnmappedList(Problem):
    code, status = "unmapped_list", 400
    sentence = _l("Nothing can be looked at yet. Say which column holds it, or say it for every row: %(missing)s.")


class UnknownImport(Problem):
    code, status = "unknown_import", 404
    sentence = _l("There is no import %(number)s, or it was never confirmed. The list of imports shows what there is.")


class ImportTaken(Problem):
    code, status = "import_taken", 409
    sentence = _l("This list is imported already, or is being imported now. Nothing was changed.")


class ImportNotWhole(Problem):
    code, status = "import_not_whole", 409
    sentence = _l(
        "Nothing of the list was taken, because of answers that could not be: %(count)s. "
        "Look at the list again, then confirm it."
    )


class NothingToImport(Problem):
    code, status = "nothing_to_import", 400
    sentence = _l("Nothing in this list is new or would change anything. Nothing was imported.")
