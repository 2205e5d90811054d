"""Every deliberate failure: a code for programs, a status for HTTP, a sentence for a person.

A sentence says where, what, and what to do. What the operator needs beyond it goes to the log.
"""

from __future__ import annotations

from typing import Any, ClassVar

from fieldapp.i18n import _l


class Problem(Exception):
    """Something to tell a person. ``values`` fill the sentence's ``%(name)s``."""

    code: ClassVar[str] = "problem"
    status: ClassVar[int] = 400
    sentence: ClassVar[str] = _l("This could not be done. Nothing was changed.")

    def __init__(self, **values: Any) -> None:
        self.values = values
        super().__init__(self.code)

    @property
    def message(self) -> str:
        """The sentence in the language of the moment."""
        text = str(self.sentence)
        return text % self.values if self.values else text

    def __str__(self) -> str:
        return self.message


class NotFound(Problem):
    code, status = "not_found", 404
    sentence = _l("This page does not exist, or the record is outside the area you look after.")


class Forbidden(Problem):
    code, status = "forbidden", 403
    sentence = _l("Your role does not allow this. Ask your administrator if you need it.")


class BadlyAsked(Problem):
    code, status = "badly_asked", 400
    sentence = _l("“%(name)s” in the address or in the form cannot be read. Go back, look at it and send again.")


class TooLongAsked(Problem):
    code, status = "too_long", 400
    sentence = _l(
        "“%(name)s” is too long: at most %(most)s are allowed. Go back and shorten it; what you typed is still there."
    )


class FormExpired(Problem):
    code, status = "form_expired", 400
    sentence = _l("The page was open too long, so nothing was sent. Open it anew and send again.")


class TooLarge(Problem):
    code, status = "too_large", 413
    sentence = _l("What was sent is too large. Send it in smaller pieces.")


class NoPhoto(Problem):
    code, status = "no_photo", 400
    sentence = _l(
        "This file is not a photo that can be shown. Take the photo again, or choose a JPEG, PNG or WebP file."
    )


class HugePhoto(Problem):
    code, status = "huge_photo", 400
    sentence = _l(
        "This photo has too many pixels to be shown. Take it again with a lower resolution set in the camera."
    )


class BrokenPhoto(Problem):
    code, status = "broken_photo", 400
    sentence = _l("This photo is damaged or cut off and cannot be shown. Take it again if you can.")


class UnnamedPhoto(Problem):
    code, status = "unnamed_photo", 413
    sentence = _l(
        "This device has sent more than %(most)s MB of photos in a day that no record names. "
        "The photo stays on the device and is tried again. Send the records first."
    )


class TooOldClient(Problem):
    code, status = "too_old", 426
    sentence = _l(
        "This app is too old for the server. What was sent is kept. Update the app: reload it while there is a network."
    )


class ServerFault(Problem):
    code, status = "server_fault", 500
    sentence = _l("The server made a mistake. What was already saved is safe. Try again, or tell your administrator.")


class NotOurJson(Problem):
    code, status = "bad_request", 400
    sentence = _l("The server could not read what the device sent. The device keeps its data and will try again.")


class UnknownToken(Problem):
    code, status = "unknown_token", 401
    sentence = _l(
        "This device is not enrolled, or was switched off. Ask your administrator for a new code; "
        "its data stays on the device."
    )


class BadCodeLists(Problem):
    code, status = "bad_code_lists", 500
    sentence = _l("The code lists in %(file)s cannot be used (%(reason)s). Correct the file and start again.")


class UnknownReport(Problem):
    code, status = "unknown_report", 404
    sentence = _l("There is no report named %(name)s. The reports are: %(names)s.")


class NoDistricts(Problem):
    code, status = "no_districts", 400
    sentence = _l(
        "There are no districts in the list of places of %(vintage)s. Choose communes, or the places of 2023."
    )


class UnknownVintage(Problem):
    code, status = "unknown_vintage", 404
    sentence = _l("There is no list of places of %(vintage)s. The lists are: %(vintages)s.")


class UnknownPlace(Problem):
    code, status = "unknown_place", 404
    sentence = _l(
        "No place has the code %(code)s in the list of %(vintage)s, or it is outside the area you look after."
    )


class WrongPassword(Problem):
    code, status = "wrong_password", 401
    sentence = _l("The username or the password is not right. Check both and try again.")


class TooManyAttempts(Problem):
    code, status = "too_many_attempts", 429
    sentence = _l("Too many wrong tries. Wait %(wait)s min, then try again.")


class WrongCode(Problem):
    code, status = "wrong_code", 401
    sentence = _l("No such code. Check the eight characters, or ask your administrator for a new code.")


class ExpiredCode(Problem):
    code, status = "expired_code", 401
    sentence = _l("This code is older than 24 hours. Ask your administrator for a new one.")


class UsedCode(Problem):
    code, status = "used_code", 401
    sentence = _l("This code was used already; each code works once. Ask your administrator for a new one.")


class OthersCode(Problem):
    code, status = "others_code", 401
    sentence = _l(
        "This code was made for another person. It was not used up. "
        "Ask your administrator for a code for the person of this tablet."
    )


class UnknownAccount(Problem):
    code, status = "unknown_account", 404
    sentence = _l("There is no account named %(username)s. 'fieldapp user list' shows all accounts.")


class NameTooLong(Problem):
    code = "name_too_long"
    sentence = _l("The name is longer than %(most)s letters. Shorten it.")


class UsernameTaken(Problem):
    code, status = "username_taken", 409
    sentence = _l("There is already an account named %(username)s. Choose another username.")


class BadUsername(Problem):
    code, status = "bad_username", 400
    sentence = _l("A username has 2 to 40 small letters without accents, digits, dots or hyphens; not “%(username)s”.")


class UnknownRole(Problem):
    code, status = "unknown_role", 400
    sentence = _l("There is no role named %(role)s. The roles are: %(roles)s.")


class WeakPassword(Problem):
    code, status = "weak_password", 400
    sentence = _l("The password is too short: take at least %(least)s characters, for example four words.")


class NameNeeded(Problem):
    code, status = "name_needed", 400
    sentence = _l("A person needs a name. Nothing was changed.")


class LastAdministrator(Problem):
    code, status = "last_administrator", 409
    sentence = _l(
        "%(name)s is the only administrator who can sign in here. Give another person this role first. "
        "Nothing was changed."
    )


class CommonPassword(Problem):
    code, status = "common_password", 400
    sentence = _l(
        "This password is among the first that are guessed: a word, a name or a row of keys with a number behind it. "
        "Take four words that do not belong together, or a sentence."
    )


class NotTheSame(Problem):
    code, status = "not_the_same", 400
    sentence = _l("The new password was not typed the same way twice. Type it again in both fields.")


class SamePassword(Problem):
    code, status = "same_password", 400
    sentence = _l("This is the password you have now. Choose another one.")


class BadSetting(Problem):
    code, status = "bad_setting", 500
    sentence = _l("The setting %(name)s must be a whole number of at least %(least)s, not “%(value)s”.")


class UnknownDevice(Problem):
    code, status = "unknown_device", 404
    sentence = _l("No device, or more than one, has an id that starts with %(device)s.")


class NotAPlaceList(Problem):
    code, status = "not_a_place_list", 400
    sentence = _l("%(file)s is not a list of places that can be read; look at line %(line)s. Nothing was changed.")


class NoPlaceList(Problem):
    code, status = "no_place_list", 400
    sentence = _l("Choose the file with the list first.")


class WorkbookNotList(Problem):
    code, status = "workbook_not_list", 400
    sentence = _l(
        "%(file)s is a workbook of Excel. Open it, save it as “CSV UTF-8”, and import that. Nothing was changed."
    )


class UnreadableLetters(Problem):
    code, status = "unreadable_letters", 400
    sentence = _l(
        "The letters in line %(line)s of %(file)s cannot be read as Vietnamese: it was saved with an old font or"
        " another encoding. Convert it to Unicode and save it as “CSV UTF-8”. Nothing was changed."
    )


class ImpossiblePlaceList(Problem):
    code, status = "impossible_place_list", 400
    sentence = _l("%(file)s cannot be meant as it stands, so nothing was changed:\n%(reasons)s")


class BadLawFile(Problem):
    code, status = "bad_law_file", 400
    sentence = _l("%(file)s is no JSON list of cases. Each case has: case, on, place, household, need.")


class BadLawCase(Problem):
    code, status = "bad_law_case", 400
    sentence = _l("Case “%(case)s”: “%(name)s” is missing or cannot be what it says. Please look at it in the file.")


class QuestionsOfPlaceList(Problem):
    code, status = "questions_of_place_list", 409
    sentence = _l(
        "Nothing was changed yet. %(file)s raises questions:\n%(questions)s\n"
        "If all of this is meant, import it again with --yes."
    )


class UnknownPlaceImport(Problem):
    code, status = "unknown_place_import", 404
    sentence = _l("There is no import of a list with the number %(number)s, or it was undone already.")


class PlaceImportInUse(Problem):
    code, status = "place_import_in_use", 409
    sentence = _l("The import of this list cannot be undone any more: %(reason)s. Nothing was changed.")


class UnknownSurvey(Problem):
    code, status = "unknown_survey", 404
    sentence = _l("There is no survey named %(name)s. The surveys are: %(names)s.")


class EmptyToken(Problem):
    code, status = "empty_token", 400
    sentence = _l("No token was made. Give it a name, say which places it may see, and what it may read.")


class TokenEndsBefore(Problem):
    code, status = "token_ends_before", 400
    sentence = _l("No token was made: the day it ends on is over. Choose today or a later day.")


class ProgramNotKnown(Problem):
    code, status = "program_not_known", 401
    sentence = _l("This token is not known, has ended, or was switched off. Ask an administrator for another one.")


class BeyondScope(Problem):
    code, status = "beyond_scope", 403
    sentence = _l("This token is not made for that. Ask an administrator for one that is.")


class TooManyCalls(Problem):
    code, status = "too_many_calls", 429
    sentence = _l("This token has asked %(most)s times within a minute. Wait a minute and ask for larger pages.")


class NotInTheFeed(Problem):
    code, status = "not_in_the_feed", 501
    sentence = _l("“%(name)s” is not part of this feed. It answers $select, $filter, $top, $skip and $count.")


class BadFilter(Problem):
    code, status = "bad_filter", 400
    sentence = _l(
        "The filter cannot be read at “%(at)s”. Compare columns that can be filtered with eq, ne, ge, gt, le or lt, "
        "and tie comparisons with and: area eq '2023.01930.001' and changed_at ge 2026-08-01."
    )


class NoSurveyNamed(Problem):
    code, status = "no_survey_named", 400
    sentence = _l("Say which survey: %(names)s. Only --format sqlite writes all of them into one file.")


class UnknownFormat(Problem):
    code, status = "unknown_format", 404
    sentence = _l("There is no format named %(name)s. The formats are: %(names)s.")


class ChangedMeanwhile(Problem):
    code, status = "changed_meanwhile", 409
    sentence = _l(
        "This record changed while you were reading it, so nothing was decided. "
        "What changed is shown below: please look at it and decide again."
    )


class DecidedMeanwhile(Problem):
    code, status = "decided_meanwhile", 409
    sentence = _l(
        "%(name)s decided about this record after you opened the page: %(verdict)s. So your decision was not kept. "
        "What you typed is still here: look at theirs, then decide again if it has to be another."
    )


class NotSettled(Problem):
    code, status = "not_settled", 409
    sentence = _l("Some answers of this record do not agree. Settle them first, then approve.")


class NotNow(Problem):
    code, status = "not_now", 409
    sentence = _l("As this record stands, that cannot be done with it. Load the page again and look how it stands.")


class WithdrawnRecord(Problem):
    code, status = "withdrawn_record", 409
    sentence = _l("This record was withdrawn, so there is nothing to decide about it.")


class EntryStands(Problem):
    code, status = "entry_stands", 409
    sentence = _l(
        "A payment stays as it was entered. What is wrong is taken back by a counter-entry on the case's page."
    )


class NeedGone(Problem):
    code, status = "need_gone", 409
    sentence = _l(
        "This form asks for no support, was withdrawn, or its household has not arrived: nothing can be proposed."
    )


class NoSuchProgramme(Problem):
    code, status = "no_such_programme", 404
    sentence = _l("There is no such programme among the rules of this server or laptop.")


class FiguresNotReady(Problem):
    code, status = "figures_not_ready", 409
    sentence = _l("The figures as of %(day)s were not worked out yet. Open the report on that day and ask for them.")


class NoSuchPeriod(Problem):
    code, status = "no_such_period", 404
    sentence = _l("There is no closed period with this number.")


class DayNotOver(Problem):
    code, status = "day_not_over", 400
    sentence = _l("Choose a day until today: of a day that is still to come there are no figures.")


class CaseThere(Problem):
    code, status = "case_there", 409
    sentence = _l("This household is proposed under this programme already: open its case.")


class WarnedCase(Problem):
    code, status = "warned_case", 409
    sentence = _l(
        "Something stands against it. Read the warnings; to go on all the same, write why. Both stay visible."
    )


class CaseMoved(Problem):
    code, status = "case_moved", 409
    sentence = _l("The case is now “%(state)s”, so this cannot be done to it. Look at the page as it is now.")


class NoWay(Problem):
    code, status = "no_way", 409
    sentence = _l("The case was not moved. %(why)s")


class ListStays(Problem):
    code, status = "list_stays", 409
    sentence = _l("Nothing was changed on the list. %(why)s")


class WhatIsMissing(Problem):
    code, status = "what_is_missing", 422
    sentence = _l("The case was not moved. Fill in: %(what)s.")


class MeetingRefused(Problem):
    code, status = "meeting_refused", 409
    sentence = _l(
        "%(agreed)s of %(present)s agreed. A household is put on the list only when more than half of those present "
        "agree."
    )


class NotThatLevel(Problem):
    code, status = "not_that_level", 409
    sentence = _l("On %(day)s the last level of the chain of approval was: %(level)s. Look at the day and the level.")


class DecisionRefused(Problem):
    code, status = "decision_refused", 409
    sentence = _l("Nothing was done with this decision. %(why)s")


class DecisionStands(Problem):
    code, status = "decision_stands", 409
    sentence = _l("This decision is signed, so it stays as it is. Take it back with a reason, and draw up another.")


class ReasonNeeded(Problem):
    code, status = "reason_needed", 400
    sentence = _l("Say what must be corrected: write a comment, or pin one to a question. Nothing was sent back yet.")


class RefusalNeedsReason(Problem):
    code, status = "refusal_needs_reason", 400
    sentence = _l("Say why it is refused: write a comment. The enumerator reads it. Nothing was decided yet.")


class NothingDecided(Problem):
    code, status = "nothing_decided", 400
    sentence = _l("Choose a decision for at least one of the records. Nothing was decided yet.")


class NothingTicked(Problem):
    code, status = "nothing_ticked", 400
    sentence = _l("Nothing is ticked. Tick the records that you want to approve. Nothing was decided yet.")


class ReplyNeeded(Problem):
    code, status = "reply_needed", 400
    sentence = _l("Write your reply first. Nothing was saved yet.")


class UnknownVerdict(Problem):
    code, status = "unknown_verdict", 400
    sentence = _l("Choose whether to approve the record or to return it.")


class SettledMeanwhile(Problem):
    code, status = "settled_meanwhile", 409
    sentence = _l("These answers changed while you were reading them, so nothing was settled. Please look again.")


class PairedMeanwhile(Problem):
    code, status = "paired_meanwhile", 409
    sentence = _l(
        "Somebody has compared these two households while you were reading, so nothing was kept. Please look again."
    )


class NotTwoHouseholds(Problem):
    code, status = "not_two_households", 409
    sentence = _l(
        "One of the two is a part of another household already. Take that apart first, or compare with the household "
        "that is kept."
    )


class NoVisitor(Problem):
    code = "no_visitor"
    sentence = _l("Choose who is to visit. Nothing was changed.")


class NotTheirVillages(Problem):
    code, status = "not_their_villages", 409
    sentence = _l(
        "This person does not look after all of these villages, so the households would not be on the tablet. "
        "Choose somebody else, or fewer households. Nothing was changed."
    )


class DayNeeded(Problem):
    code = "day_needed"
    sentence = _l("Write the day by which the visit is to be made, such as 05/12/2026. Nothing was changed.")


class DayPast(Problem):
    code = "day_past"
    sentence = _l("The day by which the visit is to be made is past. Choose today or a later day. Nothing was changed.")


class NoHouseholdChosen(Problem):
    code = "no_household_chosen"
    sentence = _l("No household is ticked. Tick those that somebody is to visit. Nothing was changed.")


class TooManyHouseholds(Problem):
    code = "too_many_households"
    sentence = _l("These are %(n)s households; at most %(most)s are given away at once. Choose fewer.")


class UnknownSize(Problem):
    code, status = "unknown_size", 400
    sentence = _l("There is no sample of size %(name)s. The sizes are: %(names)s.")


class NotEmpty(Problem):
    code, status = "not_empty", 409
    sentence = _l("This instance already holds records, so the sample was not added. Choose an empty folder for it.")


class UnknownPeer(Problem):
    code, status = "unknown_peer", 404
    sentence = _l("No node named %(name)s is known here. “fieldapp node list” shows those that are.")


class PeerNameTaken(Problem):
    code, status = "peer_name_taken", 409
    sentence = _l("Another node is already known as %(name)s. Choose another name.")


class PeerKeyKnown(Problem):
    code, status = "peer_key_known", 409
    sentence = _l("The node with this key is already known, as %(name)s.")


class OwnKey(Problem):
    code, status = "own_key", 400
    sentence = _l(
        "This is the key of this node itself. Give it to the other node, and enter the other node's key here."
    )


class NoFile(Problem):
    code, status = "no_file", 400
    sentence = _l("Choose a batch file (*.fab) first.")


class NothingInIt(Problem):
    code, status = "nothing_in_it", 400
    sentence = _l("Nothing in the file is what was chosen. Choose less narrowly. Nothing was changed.")


class NotByFile(Problem):
    code, status = "not_by_file", 404
    sentence = _l("Batch %(number)s did not come by a batch file, so there is no receipt to write for it.")


class FileNotReadable(Problem):
    code, status = "file_not_readable", 404
    sentence = _l("The file %(path)s does not exist or cannot be read.")


class FileNotWritable(Problem):
    code, status = "file_not_writable", 400
    sentence = _l("The file %(path)s could not be written: %(why)s. Nothing was changed.")


class NothingChosen(Problem):
    code, status = "nothing_chosen", 400
    sentence = _l("Choose at least one change, then release or refuse it. Nothing was decided.")


class BadAddress(Problem):
    code, status = "bad_address", 400
    sentence = _l("“%(url)s” is not the address of a node. An address starts with https:// or http://.")


class NotJoined(Problem):
    code, status = "not_joined", 404
    sentence = _l("This node has not joined %(url)s. Join it first: fieldapp node join URL CODE.")


class NotInitialised(Problem):
    code, status = "not_initialised", 503
    sentence = _l("There is no database in %(instance)s yet. Run 'fieldapp init' first, or name another --instance.")


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
        "Check that it is running and that FIELDAPP_DATABASE_URL is right."
    )


class DatabaseRefuses(Problem):
    code, status = "database_refuses", 503
    sentence = _l(
        "PostgreSQL at %(where)s does not let “%(user)s” in (%(why)s). "
        "Check the name and the password in FIELDAPP_DATABASE_URL."
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


class NoRoomFor(DiskFull):
    sentence = _l("There is no room left on the disk of %(file)s. Nothing was changed; free some space and try again.")


class NotAnArea(Problem):
    code, status = "not_an_area", 400
    sentence = _l("“%(area)s” is not an area. Write code@vintage, as in 01930@2023, or the id of a village.")


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
        "The database is damaged (%(what)s), so no backup was made of it; %(file)s is left as it was. "
        "Put your last backup in place: fieldapp restore FILE --replace."
    )


class PhotosMissing(Problem):
    code, status = "photos_missing", 500
    sentence = _l(
        "The backup %(file)s holds all the data, but %(count)s photos that records name are missing or damaged on this "
        "machine, so it has not got them. %(kept)s"
    )


class OtherDatabase(Problem):
    code, status = "other_database", 400
    sentence = _l(
        "%(file)s is a backup of a node on %(held)s, and the settings name a database of %(wanted)s. "
        "Nothing was changed."
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


class UnknownBatch(Problem):
    code, status = "unknown_batch", 404
    sentence = _l("There is no batch %(number)s, or it brought nothing new. “fieldapp batch list” shows what came in.")


class NoAdministrator(Problem):
    code, status = "no_administrator", 409
    sentence = _l("No administrator has an account on this node, so nobody can rule. Add one: fieldapp user add.")


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


class UnmappedList(Problem):
    code, status = "unmapped_list", 400
    sentence = _l("Nothing can be looked at yet. Say which column holds: %(missing)s.")


class UnknownImport(Problem):
    code, status = "unknown_import", 404
    sentence = _l("There is no import %(number)s, or it was never confirmed. The list of imports shows what there is.")


class ImportTaken(Problem):
    code, status = "import_taken", 409
    sentence = _l("This list is imported already, or is being imported now. Nothing was changed.")


class ImportNotWhole(Problem):
    code, status = "import_not_whole", 409
    sentence = _l(
        "%(count)s answers of the list could not be taken, so nothing of it was. "
        "Look at the list again, then confirm it."
    )


class NothingToImport(Problem):
    code, status = "nothing_to_import", 400
    sentence = _l("Nothing in this list is new or would change anything. Nothing was imported.")


def explain(problem: Problem) -> dict[str, Any]:
    """A problem as JSON: ``{"code", "message"}``."""
    return {"code": problem.code, "message": problem.message}
