"""Requests that cannot be answered: pages that are not there, forms too old, names nobody knows."""

from __future__ import annotations

from fieldapp.i18n import _l
from fieldapp.problems.base import Problem


class NotFound(Problem):
    code, status = "not_found", 404
    sentence = _l("This page does not exist, or the record is outside the area you look after.")


class Forbidden(Problem):
    code, status = "forbidden", 403
    sentence = _l("Your role does not allow this. Ask your administrator if you need it.")


class BadlyAsked(Problem):
    code, status = "badly_asked", 400
    sentence = _l("“%(name)s” in the address or in the form cannot be read. Go back, look at it and send again.")


class NoDay(BadlyAsked):
    sentence = _l("“%(name)s” is no day. Write it as 31/12/2026.")


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


class UnknownReport(Problem):
    code, status = "unknown_report", 404
    sentence = _l("There is no report named %(name)s. The reports are: %(names)s.")


class UnknownSurvey(Problem):
    code, status = "unknown_survey", 404
    sentence = _l("There is no survey named %(name)s. The surveys are: %(names)s.")


class NoSurveyNamed(Problem):
    code, status = "no_survey_named", 400
    sentence = _l("Say which survey: %(names)s. Only --format sqlite writes all of them into one file.")


class UnknownFormat(Problem):
    code, status = "unknown_format", 404
    sentence = _l("There is no format named %(name)s. The formats are: %(names)s.")
