"""``fieldapp``: everything an operator does, one module a family of commands."""

from __future__ import annotations

import click

from fieldapp.cli.start import OnDemand, use_instance
from fieldapp.cli.words import HELP
from fieldapp.i18n import _l
from fieldapp.packaged import VERSION

COMMANDS = {
    "backup": ("instance", _l("Back this whole instance up into a file.")),
    "batch": ("batch", _l("Files of batches, and what has come in.")),
    "demo": ("demo", _l("Make a demo province, and serve it.")),
    "dictionary": ("export", _l("Every question of every form.")),
    "doctor": ("instance", _l("Check all that can be wrong with this instance.")),
    "export": ("export", _l("All records of a form, as a table or a file.")),
    "import": ("lists", _l("Lists of others: households, cases of earlier years.")),
    "init": ("instance", _l("Prepare this instance, or bring it up to date.")),
    "law": ("law", _l("The law of housing support, tried on written cases.")),
    "move-database": ("move", _l("Put the data of this instance into another database.")),
    "node": ("node", _l("This node, and those it exchanges with.")),
    "place": ("place", _l("Places: lists, villages, reorganisations, search.")),
    "rebuild": ("instance", _l("Make every row of data again from the journal.")),
    "reference": ("reference", _l("The rules as a file: export, import.")),
    "report": ("report", _l("A report over all data of this node.")),
    "restore": ("instance", _l("Bring an instance back from a backup.")),
    "serve": ("serve", _l("Serve this instance until Ctrl+C.")),
    "sync": ("sync", _l("Exchange with another node, now.")),
    "tablet": ("tablet", _l("Tablets and other devices: enrol, list, revoke.")),
    "user": ("user", _l("Accounts: add, list, change, lock.")),
}
"""Each command: the module in which it is, and what the list of commands says of it."""


@click.group(cls=OnDemand, found=COMMANDS, context_settings={"help_option_names": HELP, "max_content_width": 110})
@click.option("--instance", metavar="DIR", help="The folder of this node [FIELDAPP_INSTANCE, else ./instance].")
@click.version_option(VERSION, prog_name="fieldapp")
def main(instance: str | None) -> None:
    """Housing surveys of a mountain province: offline for days, nothing lost.

    Start with 'fieldapp demo', or with 'fieldapp init' and 'fieldapp serve'.
    """
    if instance:
        use_instance(instance)
