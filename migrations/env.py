"""Migrations run inside the application's context, over its own connection, begun as a writer."""

from alembic import context

from fieldapp.db import db
from fieldapp.tables import METADATA, of_ours

with db.engine.connect().execution_options(writes=True) as connection:
    context.configure(
        connection=connection,
        target_metadata=METADATA,
        render_as_batch=True,
        compare_type=True,
        include_object=of_ours,
    )
    with context.begin_transaction():
        context.run_migrations()
    connection.commit()
