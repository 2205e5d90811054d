"""``fieldapp user``: who may sign in, and what they may see."""

from __future__ import annotations

import os
import re
import sys

import click
import sqlalchemy as sa

from fieldapp import people
from fieldapp.cli.base import format_option, in_application, tell, tell_one
from fieldapp.db import begin_writing, db
from fieldapp.i18n import _
from fieldapp.people import Account
from fieldapp.problems import NotAnArea

AREA = re.compile(r"(?P<code>\d{2,5}|\d{4}\.\d{5}\.\d{3})(@(?P<vintage>\d{4}))?")


@click.group()
def user() -> None:
    """Accounts: add, list, change, give a new password, switch off and on."""


@user.command()
@click.argument("username")
@click.option("--role", required=True, help="Its role; an unknown one is answered with those there are.")
@click.option("--area", "areas", multiple=True, metavar="CODE@VINTAGE", help="A place it may see; can be repeated.")
@click.option("--name", default="", help="The person's full name.")
@click.option("--password-stdin", is_flag=True, help="Read the password from standard input.")
@click.option("--id", "account_id", help="The id of this account on another node, so that its changes are known here.")
@format_option()
@in_application
def add(
    username: str,
    role: str,
    areas: tuple[str, ...],
    name: str,
    password_stdin: bool,
    account_id: str | None,
    form: str,
) -> None:
    """Add an account. The password is read from FIELDAPP_PASSWORD or --password-stdin, or made up and shown once."""
    given = _password(password_stdin)
    password = given or people.passwords.made_up()
    account = people.add_account(
        username, name, role, password, [read_area(area) for area in areas], account_id, once=not given
    )
    values = _row(account) | ({} if given else {"password": password})
    db.session.commit()
    words = {"username": _("Username"), "name": _("Name"), "role_label": _("Role"), "areas": _("Area"), "id": _("Id")}
    tell_one(values, form, words if given else words | {"password": _("Password")})


def _password(from_stdin: bool) -> str:
    return sys.stdin.readline().rstrip("\n") if from_stdin else os.environ.get("FIELDAPP_PASSWORD", "")


def read_area(text: str) -> tuple[int, str]:
    """``01930@2023`` or a village's id as (vintage, code).

    :raises NotAnArea: it is neither.
    """
    found = AREA.fullmatch(text.strip())
    if found is None or not (found["vintage"] or "." in found["code"]):
        raise NotAnArea(area=text)
    return int(found["vintage"] or found["code"][:4]), found["code"]


def _row(account: Account) -> dict[str, object]:
    return {
        "username": account.username,
        "name": account.name,
        "role": account.role,
        "role_label": account.role_label,
        "active": account.active,
        "areas": [grant.code if "." in grant.code else f"{grant.code}@{grant.vintage}" for grant in account.grants],
        "id": account.id,
    }


@user.command("list")
@format_option()
@in_application
def list_(form: str) -> None:
    """List all accounts."""
    accounts = db.session.scalars(sa.select(Account).order_by(Account.role, Account.username))
    words = {
        "username": _("Username"),
        "name": _("Name"),
        "role_label": _("Role"),
        "active": _("Active"),
        "areas": _("Area"),
        "id": _("Id"),
    }
    tell([_row(account) for account in accounts], form, words)


@user.command()
@click.argument("username")
@click.option("--name", help="The person's full name.")
@click.option("--role", help="Its role; an unknown one is answered with those there are.")
@click.option("--area", "areas", multiple=True, metavar="CODE@VINTAGE", help="In place of all areas; can be repeated.")
@click.option("--no-area", is_flag=True, help="Take all areas away.")
@format_option()
@in_application
def change(username: str, name: str | None, role: str | None, areas: tuple[str, ...], no_area: bool, form: str) -> None:
    """Change a name, a role or areas. It holds at once, on pages, tablets and joined laptops; the rest stays."""
    begin_writing()
    account = people.find_account(username)
    grants = [read_area(area) for area in areas] if areas or no_area else None
    people.change_account(account, name=name, role=role, grants=grants)
    values = _row(account)
    db.session.commit()
    words = {"username": _("Username"), "name": _("Name"), "role_label": _("Role"), "areas": _("Area"), "id": _("Id")}
    tell_one(values, form, words)


@user.command()
@click.argument("username")
@in_application
def enable(username: str) -> None:
    """Switch an account on again."""
    begin_writing()
    people.enable(people.find_account(username))
    db.session.commit()
    click.echo(_("%(username)s can sign in again.", username=username))


@user.command()
@click.argument("username")
@in_application
def disable(username: str) -> None:
    """Switch an account off. What it wrote stays; its tablets can no longer sync."""
    begin_writing()
    people.disable(people.find_account(username))
    db.session.commit()
    click.echo(_("%(username)s can no longer sign in, nor can their devices sync.", username=username))


@user.command()
@click.argument("username")
@click.option("--password-stdin", is_flag=True, help="Read the password from standard input.")
@in_application
def password(username: str, password_stdin: bool) -> None:
    """Give an account a new password, read as in 'user add' or made up and shown once."""
    given = _password(password_stdin)
    new = given or people.passwords.made_up()
    people.change_password(people.find_account(username), new, once=not given)
    db.session.commit()
    click.echo(_("The password was changed.") if given else _("The new password is %(password)s", password=new))
