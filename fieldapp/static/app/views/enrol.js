/** The one-time code that makes this tablet somebody's: the first time, or once more. */

import { _ } from "../ground/i18n.js";
import { trying } from "../kit/attempts.js";
import { h } from "../kit/dom.js";
import { notice, text } from "../kit/parts.js";

/** The view inside the app: the same person gets a new place on the server. */
export async function draw(tablet) {
  const again = async (code, name) => {
    await tablet.session.settle(await tablet.session.connect(code, name, tablet.language));
    history.replaceState(null, "", "#/");
    tablet.started();
  };
  return { title: _("Connect this tablet again"), body: [h("div", { class: "block" }, text(AGAIN())), codeForm(again)] };
}

/** What a person reads who has no place on the server yet; `lost`: the tablet had one. */
export function firstWords(lost) {
  if (lost) return notice("danger", LOST().map((line) => text(line)));
  return h("div", { class: "block" }, WELCOME().map((line) => text(line)));
}

const WELCOME = () => [
  _("Fill in housing surveys in the village, with or without network. What you fill in stays on this tablet until the server confirms it."),
  _("Ask your administrator for a code. You need the network this one time, to connect and to download your villages."),
];

const LOST = () => [
  _("This tablet was connected before, and its storage is now empty: it was cleared, or it broke. What had not been sent is no longer here."),
  _("If you saved a backup file, keep it. Tell your administrator, and ask for a new code to go on."),
];

const AGAIN = () =>
  _("Everything on this tablet stays. After connecting, what waits is sent; the server may hold it until an administrator has looked.");

const CODE_HINT = () => _("Eight letters and digits, for example ABCD-2345. It works once, within 24 hours.");
const NAME_HINT = () => _("So that people recognise it, for example “Tablet of Lan”. You may leave it empty.");

/** Code and name; `onCode(code, name)` does the rest, and what it throws is told at the code. */
export function codeForm(onCode) {
  const { error, code } = codeField();
  const name = nameField();
  const submit = h("button", { class: "btn btn-primary btn-wide", type: "submit" }, _("Connect"));
  const work = () => onCode(code.value.trim(), name.value.trim());
  const onsubmit = trying({ work, submit, error, field: code, untyped: UNTYPED() });
  return h("form", { class: "block", novalidate: true, autocomplete: "off", onsubmit },
    h("label", { class: "question-label", for: "code" }, _("Connection code")),
    h("p", { class: "hint", id: "code-hint" }, CODE_HINT()),
    error,
    code,
    h("label", { class: "question-label", for: "tablet-name" }, _("A name for this tablet")),
    h("p", { class: "hint", id: "name-hint" }, NAME_HINT()),
    name,
    submit,
  );
}

/** What is said to whoever sends no code. */
export const UNTYPED = () => _("Type the code first: the eight characters that your administrator gave you.");

/** Where a code is typed, and where is told what is wrong with it. */
export function codeField() {
  const error = h("p", { class: "error", id: "enrol-error", role: "alert", hidden: true });
  const code = h("input", {
    class: "form-control code",
    id: "code",
    name: "code",
    type: "text",
    required: true,
    autocomplete: "one-time-code",
    autocapitalize: "characters",
    spellcheck: "false",
    "aria-describedby": "code-hint enrol-error",
  });
  return { error, code };
}

function nameField() {
  return h("input", {
    class: "form-control",
    id: "tablet-name",
    type: "text",
    maxlength: "60",
    autocomplete: "off",
    "aria-describedby": "name-hint",
  });
}
