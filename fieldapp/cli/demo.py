"""``fieldapp demo``: a scratch instance with the sample province, served."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import click

from fieldapp import naming, people, sample
from fieldapp.cli.base import ProgressLine, application, tell, working
from fieldapp.cli.instance import SIZE, catch_up, make_ready
from fieldapp.cli.serve import BEGUN, listening, must_be_free, run
from fieldapp.cli.start import use_instance
from fieldapp.cli.tablet import enrolment
from fieldapp.config import Config
from fieldapp.i18n import _
from fieldapp.instance import address, at_work
from fieldapp.instance.copies import guard_copy, guard_epoch
from fieldapp.people import Account

PEOPLE = ("lan", "binh", "hue", "quan", "dung")


@click.command()
@click.option("--instance", metavar="DIR", default="demo-instance", show_default=True, help="Where the demo lives.")
@listening
@click.option("--size", type=SIZE, default="small", show_default=True, help="How much of a province.")
@click.option("--no-serve", is_flag=True, help="Make it ready and print the sign-ins, then stop.")
def demo(instance: str, host: str, port: int, size: str, no_serve: bool) -> None:
    """Make a scratch instance with an invented province, and serve it. Remove its folder to start anew."""
    use_instance(instance)
    with working("server"):
        if not no_serve:
            must_be_free(host, port)
        os.environ["FIELDAPP_PUBLIC_URL"] = url = address.of(host, port)
        _prepare(Path(instance), size, url)
        if not no_serve:
            run(host, port)


def _prepare(instance: Path, size: str, url: str) -> None:
    _begin(instance)
    with application(ready=False, being=None) as app:
        make_ready(app)
        guard_copy()
        if people.by_username("lan") is None:
            _fill(size)
        else:
            catch_up()
        (instance / BEGUN).unlink(missing_ok=True)
        guard_epoch()
        _introduce(instance, url)


def _begin(instance: Path) -> None:
    """Of a demo that was killed while it was made, nothing is kept; what an operator has made is never touched."""
    begun = instance / BEGUN
    if begun.exists():
        for path in instance.iterdir():
            if path.name not in (BEGUN, at_work.FOLDER):
                shutil.rmtree(path) if path.is_dir() else path.unlink()
    elif Config.from_env().on_sqlite and not (instance / "fieldapp.db").exists():
        begun.touch()


def _fill(size: str) -> None:
    click.echo(_("Making an invented province (once) …"))
    progress = ProgressLine(_("Households"))
    built = sample.build(size, progress=progress)
    progress.done()
    click.echo(
        _("Households: %(households)s; changes: %(changes)s.", households=built.households, changes=built.changes)
    )


def _introduce(instance: Path, url: str) -> None:
    """Where to go and whom to be."""
    tablet = enrolment("lan")
    click.echo()
    click.echo(_("Desk:    %(url)s/", url=url))
    click.echo(_("Tablet:  %(url)s   code for Lan: %(code)s (once, 24 hours)", url=tablet["url"], code=tablet["code"]))
    click.echo()
    accounts = [people.find_account(name) for name in PEOPLE]
    rows = [
        {"username": account.username, "name": account.name, "role": account.role_label, "sees": _sees(account)}
        for account in accounts
    ]
    tell(rows, "table", {"username": _("Username"), "name": _("Name"), "role": _("Role"), "sees": _("Sees")})
    click.echo()
    click.echo(_("Everybody's password: %(password)s", password=sample.PASSWORD))
    click.echo(_("Everything is kept in %(folder)s; remove that folder to start anew.", folder=instance))
    click.echo(_("Stop with Ctrl+C."))
    click.echo()


def _sees(account: Account) -> str:
    return ", ".join(naming.place(grant.code, grant.vintage) for grant in account.grants)
