"""A rule is changed in two steps: its form, then a look at what it would do; only then it is published."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec
from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from fieldapp import surveys
from fieldapp.db import begin_writing, db
from fieldapp.i18n import _, language
from fieldapp.problems import BadlyAsked, NotFound
from fieldapp.reference import wording
from fieldapp.reference.current import current_rules
from fieldapp.reference.naming import id_of
from fieldapp.rulebook.doubts import questions_about, refusals
from fieldapp.rulebook.drafts import RuleDraft, rules_after
from fieldapp.rulebook.effect import Effect, work_out
from fieldapp.surveys import REFERENCE, SURVEYS
from fieldapp.surveys.reference import Reference
from fieldapp.today import today
from fieldapp.web import asked
from fieldapp.web.access import me, signed_in
from fieldapp.web.admin.rules import words
from fieldapp.web.admin.rules.record import before, programme_of
from fieldapp.web.field_words import in_sentence
from fieldapp.web.forms import SurveyForm, first_shown, form_for
from sync import WITHDRAWN

SECONDS = 1.5
"""So long a page works out the effect before it says how far it is."""
HIDDEN = ("programme", "office")
"""What a new rule belongs to, which the address says."""


@signed_in("set_rules")
def new(survey: str) -> ResponseReturnValue:
    """A new rule: its form, then the look at it."""
    if survey not in REFERENCE:
        raise NotFound()
    model = SURVEYS[survey]
    owners = [name for name in HIDDEN if name in surveys.questions(model)]
    known = {name: named for name in owners if (named := asked.query.record(name))}
    if request.method == "GET" and len(known) < len(owners):
        return _to_owner(owners[0])
    part = asked.query.number("part", most=30)
    form = form_for(model, answers={**known, **({"part": part} if part and "part" in surveys.questions(model) else {})})
    if form.is_submitted() and form.validate():
        given = {name: value for name, value in form.answers.items() if value is not None}
        draft = RuleDraft(survey, id_of(survey, given), given)
        row = draft.row()
        if row is not None and row.withdrawn:
            draft = RuleDraft(survey, row.id, {**form.answers, WITHDRAWN: False}, row.heads)
        return _looked(draft, form)
    return _form(form, None)


def _to_owner(owner: str) -> ResponseReturnValue:
    """To where what a rule belongs to is chosen: its form alone cannot ask that."""
    if owner == "office":
        flash(_("First choose the office, then add who signs for it."), "warning")
        return redirect(url_for("rules.kind", survey="office"))
    flash(_("First choose the programme, then add this on its page."), "warning")
    return redirect(url_for("rules.index"))


@signed_in("set_rules")
def edit(record_id: Any) -> ResponseReturnValue:
    """Another wording of a rule: its form, then the look at it."""
    rule = words.find(str(record_id))
    was = first_shown(rule.survey, words.values(rule))
    form = form_for(type(rule), answers=was)
    if form.is_submitted() and form.validate():
        changed = form.changed(was)
        if asked.form.heads("seen") not in ([], _heads(rule)):
            return _with_theirs(form, rule, changed)
        if not changed:
            flash(_("Nothing was changed."), "warning")
            return redirect(url_for("rules.record", record_id=rule.id))
        return _looked(RuleDraft(rule.survey, rule.id, changed, rule.heads), form, was)
    return _form(form, rule, was=was)


def _with_theirs(form: SurveyForm, rule: Reference, changed: Mapping[str, Any]) -> ResponseReturnValue:
    """The form once more, where somebody else changed the rule meanwhile: theirs, but for what was typed here."""
    now = words.values(rule)
    for name in now.keys() - changed.keys():
        form[name].process_data(now[name])
    return _form(form, rule, [_changed_meanwhile(rule)], was=now, seen=_heads(rule))


@signed_in("set_rules")
def withdraw(record_id: Any) -> ResponseReturnValue:
    """Look at what follows if a rule is taken back, or put in force again."""
    rule = words.find(str(record_id))
    return _look(RuleDraft(rule.survey, rule.id, {WITHDRAWN: not rule.withdrawn}, rule.heads))


@signed_in("set_rules")
def settle(record_id: Any) -> ResponseReturnValue:
    """Look at what follows if one of several values holds."""
    rule = words.find(str(record_id))
    name, chosen = asked.form.text("question"), asked.form.text("head")
    if name not in rule.conflicts or chosen not in rule.heads.get(name, ()):
        raise NotFound()
    entry = next(one for one in _entries(rule) if one.id == chosen)
    return _look(RuleDraft(rule.survey, rule.id, {name: entry.answers.get(name)}, rule.heads))


@signed_in("set_rules")
def undo(record_id: Any, change: str) -> ResponseReturnValue:
    """Look at what follows if a step is taken back: a new step that says what was said before."""
    rule = words.find(str(record_id))
    answers = before(rule, change)
    if not answers:
        raise NotFound()
    return _look(RuleDraft(rule.survey, rule.id, answers, rule.heads))


@signed_in("set_rules")
def effect() -> ResponseReturnValue:
    """Go on working out what a draft would do."""
    found = asked.form.json("effect", Effect)
    return _look(_sent(), found)


@signed_in("set_rules")
def publish() -> ResponseReturnValue:
    """Save a draft that was looked at; where something is asked, only once it is said that it is meant."""
    author = me()
    draft = _sent()
    begin_writing()
    if refusals(draft) or (questions_about(draft) and not asked.form.text("meant")):
        return _look(draft, missing=True)
    draft.save(author)
    db.session.commit()
    flash(_("Published. It holds here at once, and on tablets and laptops after their next sync."), "good")
    rule = words.find(draft.record)
    programme = programme_of(rule)
    if programme:
        return redirect(url_for("rules.programme", record_id=programme))
    return redirect(url_for("rules.kind", survey=rule.survey))


def _entries(rule: Reference) -> list[Any]:
    from fieldapp import intake

    return [entry.change for entry in intake.journal().history(rule.id)]


def _sent() -> RuleDraft:
    """The draft in a form, with answers that can be kept.

    :raises BadlyAsked: there is none.
    """
    draft = asked.form.json("draft", RuleDraft)
    if draft is None or draft.survey not in REFERENCE:
        raise BadlyAsked(name=in_sentence("draft"))
    known = surveys.questions(draft.survey)
    for name, value in draft.answers.items():
        if name != WITHDRAWN and (name not in known or not known[name].fits(value)):
            raise BadlyAsked(name=in_sentence("draft"))
    return draft


def _looked(draft: RuleDraft, form: SurveyForm, was: Mapping[str, Any] | None = None) -> ResponseReturnValue:
    """The look at a draft; the form again, with what is wrong, where it cannot be saved."""
    wrong = refusals(draft)
    return _form(form, draft.row(), wrong, was=was) if wrong else _look(draft)


def _form(
    form: SurveyForm,
    rule: Reference | None,
    wrong: list[str] | None = None,
    *,
    was: Mapping[str, Any] | None = None,
    seen: list[str] | None = None,
) -> ResponseReturnValue:
    """``was`` and ``seen``: of a rule to be corrected, what it said when its page was opened, and on what it stood."""
    seen = seen or asked.form.heads("seen") or (_heads(rule) if rule else [])
    bad = bool(wrong) or any(field.errors for field in form.questions())
    about = next((form[name].answer for name in HIDDEN if name in form and form[name].answer), None)
    html = render_template(
        "admin/rules/form.html",
        form=form,
        rule=rule,
        title=str(form.survey.title),
        about=words.sentence(found.survey, words.values(found)) if about and (found := words.find(about)) else "",
        wrong=wrong or [],
        materials=_materials() if form.survey.survey == "material_ruling" else [],
        hidden=HIDDEN,
        seen=" ".join(seen),
        was=was,
    )
    return html, 422 if bad else 200


def _heads(rule: Reference) -> list[str]:
    """The changes that a rule stands on: another edit of it makes others of them."""
    return sorted({head for heads in rule.heads.values() for head in heads})


def _changed_meanwhile(rule: Reference) -> str:
    return _(
        "Somebody changed this rule after you opened the page: it says now “%(rule)s”. So nothing was changed. "
        "What you typed is still here: look at theirs, then press again if it has to be another.",
        rule=words.sentence(rule.survey, words.values(rule)),
    )


def _materials() -> list[tuple[str, str]]:
    """Every material that can be ruled on: code, and name with the part it is of."""
    return [
        (code, f"{words.label('material_ruling', 'part', {'part': part})}: {name}")
        for part in ("floor", "post", "wall", "roof", "roof_frame")
        for code, name in wording.materials(part, language())
    ]


def _look(draft: RuleDraft, found: Effect | None = None, *, missing: bool = False) -> ResponseReturnValue:
    """What a draft says, what is odd about it and what it would do."""
    found = work_out(current_rules(db.session()), rules_after(draft), today(), found or Effect(), SECONDS)
    programmes = {one.code: one.name for one in rules_after(draft).programmes}
    named = {code: programmes.get(code, code) for code in {*found.gains, *found.losses}}
    html = render_template(
        "admin/rules/look.html",
        draft=draft,
        sent=msgspec.json.encode(draft).decode(),
        told=msgspec.json.encode(found).decode(),
        title=words.sentence(draft.survey, draft.after()),
        changes=list(_changes(draft)),
        wrong=refusals(draft),
        questions=questions_about(draft),
        effect=found,
        named=named,
        missing=missing,
        back=url_for("rules.record", record_id=draft.record) if draft.row() else url_for("rules.index"),
    )
    return html, 422 if missing else 200


def _changes(draft: RuleDraft) -> list[tuple[str, str, str]]:
    """Question, what it said, what it would say."""
    known, old = surveys.questions(draft.survey), draft.before()
    given: Mapping[str, Any] = {name: value for name, value in draft.answers.items() if name in known}
    then = {**old, **given}

    def said(rule: Mapping[str, Any], name: str) -> str:
        return words.answer(draft.survey, rule, name, rule.get(name))

    return [(str(known[name].short), said(old, name), said(then, name)) for name in given]
