"""A list that is taken as one batch, and taken back by the ruling that does so for any batch.

Nothing is in before it is confirmed, and nothing is half in afterwards.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa

from fieldapp import intake
from fieldapp.db import begin_writing, db
from fieldapp.imports import asking, incoming
from fieldapp.imports.fates import TAKEN
from fieldapp.imports.kinds import judge_of
from fieldapp.imports.looking import AT_ONCE, Progress, silent
from fieldapp.imports.models import ListImport, ListRow
from fieldapp.people import Account
from fieldapp.problems import ImportNotWhole, ImportTaken, NothingToImport, UnknownBatch, UnknownImport
from fieldapp.surveys import SURVEYS
from fieldapp.surveys.asked_if import Value
from sync.journal import Edit


def take(number: int, account: Account, progress: Progress = silent) -> ListImport:
    """Take what is new and what changes, as one batch. What is in doubt, wrong or passed over stays out. Commits.

    :raises Problem: it was not looked at, was taken, or there is nothing in it.
    """
    author = account.id
    begin_writing()
    each = asking.of(number)
    if each.state != "looked":
        raise ImportTaken()
    journal = intake.journal()
    texts = journal.compose_all(_edits(each), author=author)
    if not texts:
        raise NothingToImport()
    receipt = intake.receive(
        texts, kind="list", author=author, file_hash=each.file_hash, progress=lambda done: progress(done, len(texts))
    )
    if receipt.held:
        raise ImportNotWhole(count=len(receipt.held))
    each.state, each.batch, each.author = "taken", receipt.batch, author
    db.session.commit()
    incoming.path_of(each.file_hash).unlink(missing_ok=True)
    return each


def _edits(each: ListImport) -> Iterator[Edit]:
    """The changes of a list: whole records where nothing was here, else the answers that differ from what was seen."""
    query = sa.select(ListRow).where(ListRow.number == each.id, ListRow.fate.in_(TAKEN)).order_by(ListRow.row)
    made: set[str] = set()
    judge = judge_of(each)
    for rows in db.session.scalars(query.execution_options(yield_per=AT_ONCE)).partitions():
        judge.learn(rows)
        for key, survey, record, answers, heads in ((*part, row.heads) for row in rows for part in judge.parts(row)):
            knowing = heads.get(key, None)
            said = answers if knowing is None else {name: answers[name] for name in knowing if name in answers}
            if said and record not in made:
                made.add(record)
                yield Edit(survey, record, _given(said), knowing or {}, SURVEYS[survey].FORM_VERSION)


def _given(answers: dict[str, Value]) -> dict[str, Any]:
    return {name: value for name, value in answers.items() if value is not None}


def undo(number: int, account: Account) -> ListImport:
    """Stop counting what an import brought, here and on every node; nothing is deleted. Commits.

    :raises UnknownImport: there is none of this number that was taken.
    """
    return _rule(number, "exclude", account)


def redo(number: int, account: Account) -> ListImport:
    """Count it again. Commits."""
    return _rule(number, "include", account)


def _rule(number: int, verdict: str, account: Account) -> ListImport:
    author = account.id
    begin_writing()
    each = asking.of(number)
    if each.batch is None:
        raise UnknownImport(number=number)
    about = intake.journal().changes_of_batch(each.batch)
    if not about:
        raise UnknownBatch(number=each.batch)
    intake.rule(about, verdict, account=db.session.get_one(Account, author))
    db.session.commit()
    return each
