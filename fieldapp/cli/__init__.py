"""``fieldapp``: everything an operator does, one module a family of commands."""

from __future__ import annotations

import click

from fieldapp.cli import batch, demo, export, instance, node, place, report, serve, sync, tablet, user
from fieldapp.cli.base import Sentences, use_instance
from fieldapp.cli.words import HELP
from fieldapp.packaged import VERSION


@click.group(cls=Sentences, context_settings={"help_option_names": HELP, "max_content_width": 110})
@click.option("--instance", metavar="DIR", help="The folder of this node [FIELDAPP_INSTANCE, else ./instance].")
@click.version_option(VERSION, prog_name="fieldapp")
def main(instance: str | None) -> None:
    """Housing surveys of a mountain province: offline for days, nothing lost.

    Start with 'fieldapp demo', or with 'fieldapp init' and 'fieldapp serve'.
    """
    if instance:
        use_instance(instance)


for command in (
    demo.demo,
    instance.init,
    serve.serve,
    instance.doctor,
    instance.backup,
    instance.restore,
    instance.rebuild,
    place.place,
    user.user,
    tablet.tablet,
    sync.sync,
    node.node,
    batch.batch,
    report.report,
    export.export,
    export.dictionary,
):
    main.add_command(command)
