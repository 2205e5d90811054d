"""Accounts, passwords, one-time codes and devices."""

from __future__ import annotations

from fieldapp.i18n import _l
from fieldapp.problems.base import Problem


class WrongPassword(Problem):
    code, status = "wrong_password", 401
    sentence = _l(
        "The username or the password is not right. Check both and try again. Whoever is sure of both asks an "
        "administrator: the account may be switched off."
    )


class TooManyAttempts(Problem):
    code, status = "too_many_attempts", 429
    sentence = _l("Too many wrong tries. Wait %(wait)s min, then try again.")


class MissingCode(Problem):
    code = "missing_code"
    sentence = _l("Type the code first: the eight characters that your administrator gave you.")


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


class LongPassword(Problem):
    code, status = "long_password", 400
    sentence = _l("The password is too long: take at most %(most)s characters.")


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


class OwnPasswordFirst(Problem):
    code, status, again = "own_password_first", 403, True
    sentence = _l("Your password is a one-time one. Choose your own in another window first, then send again.")


class UnknownDevice(Problem):
    code, status = "unknown_device", 404
    sentence = _l("No device, or more than one, has an id that starts with %(device)s.")


class NotAnArea(Problem):
    code, status = "not_an_area", 400
    sentence = _l("“%(area)s” is not an area. Write code@vintage, as in 01930@2023, or the id of a village.")


class NoAdministrator(Problem):
    code, status = "no_administrator", 409
    sentence = _l("No administrator has an account on this node, so nobody can rule. Add one: fieldapp user add.")
