"""Migrations run inside the application's context, begun as a writer: over its own connection, or over one that is
handed in, whose transaction goes on."""

import sqlalchemy as sa
from alembic import context

from fieldapp.db import db
from fieldapp.tables import METADATA, of_ours


def run(connection: sa.Connection) -> None:
    """All that are asked for."""
    context.configure(
        connection=connection,
        target_metadata=METADATA,
        render_as_batch=True,
        compare_type=True,
        include_object=of_ours,
    )
    with context.begin_transaction():
        context.run_migrations()


if (given := context.config.attributes.get("connection")) is not None:
    run(given)
else:
    with db.engine.connect().execution_options(writes=True) as own:
        run(own)
        own.commit()
