/** The first screen: what the app is for, and the one-time code that makes this tablet somebody's. */

import { h } from "../dom.js";
import { _ } from "../i18n.js";
import { NoNetwork } from "../wire.js";
import { notice } from "./parts.js";

export async function draw(tablet) {
  const { lost, device } = tablet.session;
  if (device) return { title: _("Connect this tablet again"), body: [again(), form(tablet)] };
  return {
    title: lost ? _("This tablet has lost its data") : _("Connect this tablet"),
    body: [lost ? lostNotice() : welcome(), form(tablet)],
  };
}

function again() {
  return h("p", { class: "block" }, _("Everything on this tablet stays. After connecting, what waits is sent; the server may hold it until an administrator has looked."));
}

function welcome() {
  return h("div", { class: "block" },
    h("p", {}, _("Fill in housing surveys in the village, with or without network. What you fill in stays on this tablet until the server confirms it.")),
    h("p", {}, _("Ask your administrator for a code. You need the network this one time, to connect and to download your villages.")),
  );
}

function lostNotice() {
  return notice("danger",
    h("p", {}, _("This tablet was connected before, and its storage is now empty: it was cleared, or it broke. What had not been sent is no longer here.")),
    h("p", {}, _("If you saved a backup file, keep it. Tell your administrator, and ask for a new code to go on.")),
  );
}

/** The code of the address that the administrator's picture led to: `#enrol=ABCD-2345`. */
function scanned() {
  return /^#enrol=([0-9A-Za-z-]{8,9})$/.exec(location.hash)?.[1] ?? "";
}

function form(tablet) {
  const error = h("p", { class: "error", id: "enrol-error", role: "alert", hidden: true });
  const code = h("input", {
    class: "form-control code", id: "code", name: "code", type: "text", autocomplete: "one-time-code", autocapitalize: "characters",
    spellcheck: "false", required: true, "aria-describedby": "code-hint enrol-error", value: scanned(),
  });
  const name = h("input", { class: "form-control", id: "tablet-name", type: "text", maxlength: "60", autocomplete: "off", "aria-describedby": "name-hint" });
  const button = h("button", { class: "btn btn-primary btn-wide", type: "submit" }, _("Connect"));
  const submit = (event) => {
    event.preventDefault();
    enrol(tablet, { code, name, button, error });
  };
  return h("form", { class: "block", novalidate: true, onsubmit: submit },
    h("label", { class: "question-label", for: "code" }, _("Code")),
    h("p", { class: "hint", id: "code-hint" }, _("Eight letters and digits, for example ABCD-2345. It works once, within 24 hours.")),
    error,
    code,
    h("label", { class: "question-label", for: "tablet-name" }, _("A name for this tablet")),
    h("p", { class: "hint", id: "name-hint" }, _("So that people recognise it, for example “Tablet of Lan”. You may leave it empty.")),
    name,
    button,
  );
}

async function enrol(tablet, { code, name, button, error }) {
  button.disabled = true;
  error.hidden = true;
  try {
    await tablet.session.enrol(code.value.trim(), name.value.trim(), tablet.language);
    await navigator.storage?.persist?.();
    history.replaceState(null, "", "#/");
    tablet.started();
  } catch (problem) {
    error.textContent = sentence(problem);
    error.hidden = false;
    code.setAttribute("aria-invalid", "true");
    code.focus();
  }
  button.disabled = false;
}

function sentence(problem) {
  if (problem instanceof NoNetwork) return _("The server cannot be reached. Check the network, then try again: the code is still good.");
  return problem.message;
}
