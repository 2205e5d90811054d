/** The first screen: what the app is for, and the one-time code that makes this tablet somebody's. */

import { h } from "../dom.js";
import { _ } from "../i18n.js";
import { NoNetwork } from "../wire.js";
import { notice, text } from "./parts.js";

export async function draw(tablet) {
  const { lost, device } = tablet.session;
  if (device) return { title: _("Connect this tablet again"), body: [again(), form(tablet)] };
  return {
    title: lost ? _("This tablet has lost its data") : _("Connect this tablet"),
    body: [lost ? lostNotice() : welcome(), form(tablet)],
  };
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

function welcome() {
  return h("div", { class: "block" }, WELCOME().map((line) => text(line)));
}

function lostNotice() {
  return notice("danger", LOST().map((line) => text(line)));
}

function again() {
  return h("div", { class: "block" }, text(AGAIN()));
}

function form(tablet) {
  const error = h("p", { class: "error", id: "enrol-error", role: "alert", hidden: true });
  const code = codeField();
  const name = nameField();
  const submit = h("button", { class: "btn btn-primary btn-wide", type: "submit" }, _("Connect"));
  const onsubmit = (event) => {
    event.preventDefault();
    enrol(tablet, { code, name, submit, error });
  };
  return h("form", { class: "block", novalidate: true, onsubmit },
    h("label", { class: "question-label", for: "code" }, _("Code")),
    h("p", { class: "hint", id: "code-hint" }, CODE_HINT()),
    error,
    code,
    h("label", { class: "question-label", for: "tablet-name" }, _("A name for this tablet")),
    h("p", { class: "hint", id: "name-hint" }, NAME_HINT()),
    name,
    submit,
  );
}

function codeField() {
  return h("input", {
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

async function enrol(tablet, { code, name, submit, error }) {
  submit.disabled = true;
  error.hidden = true;
  try {
    await tablet.session.enrol(code.value.trim(), name.value.trim(), tablet.language);
    history.replaceState(null, "", "#/");
    tablet.started();
  } catch (problem) {
    error.textContent = sentence(problem);
    error.hidden = false;
    code.setAttribute("aria-invalid", "true");
    code.focus();
  }
  submit.disabled = false;
}

function sentence(problem) {
  if (!(problem instanceof NoNetwork)) return problem.message;
  return _("The server cannot be reached. Check the network, then try again: the code is still good.");
}
