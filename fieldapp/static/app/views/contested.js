/**
 * Answers that differ on the page of a record, and a withdrawal beside a change: both are kept until a person settles
 * which holds.
 */

import { _, moment } from "../ground/i18n.js";
import { WITHDRAWN, momentOf } from "../twins/change.js";
import { settle } from "../records/records.js";
import { h } from "../kit/dom.js";
import { button, notice, text } from "../kit/parts.js";
import { answerText, fateWords } from "../kit/words.js";

const WHY_BOTH = () =>
  _("Two people answered differently without knowing of each other. Both answers are kept. Choose the right one if you know it; otherwise a supervisor decides.");
const WHY_IN_DOUBT = () =>
  _("Somebody withdrew this record while somebody else changed it, without knowing of each other. Both are kept. Choose what is right if you know it; otherwise a supervisor decides.");

/** The boxes for what is contested in a record, or null. */
export async function contested(tablet, row) {
  const { questions, order } = tablet.forms.surveys[row.survey];
  const names = order.filter((name) => name in row.conflicts && row.choices[name]);
  const boxes = await Promise.all(names.map((name) => rivals(tablet, row, name, questions[name])));
  return [
    WITHDRAWN in row.conflicts && inDoubt(tablet, row),
    boxes.length > 0 && notice("warning", h("h2", {}, _("Two answers differ")), text(WHY_BOTH()), boxes),
  ];
}

// --- one answer against another ---

async function rivals(tablet, row, name, question) {
  const lines = await Promise.all(row.choices[name].map((choice) => rival(tablet, row, name, question, choice)));
  return h("div", {}, h("h3", {}, question.short), h("ul", { class: "rivals" }, lines));
}

async function rival(tablet, row, name, question, choice) {
  const answer = await answerText(tablet, question, choice.value);
  const take = () => choose(tablet, row, { [name]: choice.value });
  return h("li", {},
    h("strong", {}, answer),
    h("span", { class: "quiet" }, whence(tablet, choice)),
    button("outline-primary", "check", _("“%(answer)s” is right", { answer }), take),
  );
}

function whence({ session }, choice) {
  const where = choice.device === session.device.id ? _("made on this tablet") : _("made elsewhere");
  return `${where}, ${moment(momentOf(choice))}`;
}

// --- a withdrawal against a change ---

function inDoubt(tablet, row) {
  const sides = [true, false].map((gone) => side(tablet, row, gone));
  return notice("warning",
    h("h2", {}, _("Withdrawn by one, changed by another")),
    text(WHY_IN_DOUBT()),
    h("div", {}, h("ul", { class: "rivals" }, sides)),
  );
}

// A row of an earlier version does not know whose the sides are.
function side(tablet, row, gone) {
  const whose = (row.choices[WITHDRAWN] ?? []).filter(({ value }) => value === gone);
  return h("li", {},
    h("strong", {}, gone ? _("Withdrawn") : _("Answers changed")),
    whose.map((each) => h("span", { class: "quiet" }, whence(tablet, each))),
    mayDecide(tablet, row) &&
      button("outline-primary", gone ? "cross" : "check", fateWords(gone), () => decide(tablet, row, gone)),
  );
}

// Of what a supervisor reviews only a supervisor says whether it counts: from anybody else the server would hold it.
function mayDecide({ forms, session }, { survey }) {
  return !forms.surveys[survey].reviewed || session.account?.role === "supervisor";
}

function decide(tablet, row, gone) {
  if (gone && !window.confirm(_("Withdraw this entry? The office can bring it back."))) return null;
  return choose(tablet, row, { [WITHDRAWN]: gone });
}

async function choose(tablet, row, answer) {
  await settle(tablet, row, answer);
  await tablet.again(_("Settled on this tablet. It will be sent when there is network."));
  tablet.sync.nudge();
}
