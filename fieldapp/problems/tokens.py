"""Tokens of other programs, and what they ask of the feed."""

from __future__ import annotations

from fieldapp.i18n import _l
from fieldapp.problems.base import Problem


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


class NotAnsweredHere(Problem):
    code, status = "not_answered_here", 400
    sentence = _l("This address knows no “%(name)s”: it knows %(known)s. Correct the name and ask again.")


class BadFilter(Problem):
    code, status = "bad_filter", 400
    sentence = _l(
        "The filter cannot be read at “%(at)s”. Compare columns that can be filtered with eq, ne, ge, gt, le or lt, "
        "and tie comparisons with and: area eq '2023.01930.001' and changed_at ge 2026-08-01."
    )
