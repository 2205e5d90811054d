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


class FormExpired(Problem):
    code, status = "form_expired", 400
    sentence = _l("The page was open too long. Go back, reload it and send again: what you typed is still there.")


class TooLarge(Problem):
    code, status = "too_large", 413
    sentence = _l("What was sent is too large. Send it in smaller pieces.")


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


class TooOld(Problem):
    code, status = "too_old", 426
    sentence = _l("The app on this device is too old for the server. What it sent was kept; open the app again to update it.")


def explain(problem: Problem) -> dict[str, Any]:
    """A problem as JSON: ``{"code", "message"}``."""
    return {"code": problem.code, "message": problem.message}

