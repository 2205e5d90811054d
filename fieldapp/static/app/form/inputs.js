/** The fields of one question on the page: what stands in them, and what is wrong, told beside them. */

import { _ } from "../ground/i18n.js";
import { typed } from "../twins/format.js";
import { h } from "../kit/dom.js";
import { button } from "../kit/parts.js";

const TYPED = "input[type=text], select, textarea";

/** What stands in the fields of a question that has this answer: a text, or a list of texts. */
export function shown(question, value) {
  if (question.kind === "point") return value ? `${value.lat}, ${value.lon}` : "";
  return question.kind === "photo" ? "" : typed(question, value);
}

/** Put that into the fields. */
export function fill(element, text) {
  const given = Array.isArray(text) ? text : [text];
  for (const field of element.querySelectorAll("[name]")) {
    if (field.type === "radio" || field.type === "checkbox") field.checked = given.includes(field.value);
    else if (field.type !== "file") field.value = given[0] ?? "";
  }
}

/** What a person typed or chose: a text, or a list of texts. */
export function taken(element, question) {
  const fields = [...element.querySelectorAll("[name]")];
  const chosen = fields.filter((field) => field.checked).map((field) => field.value);
  if (question.kind === "many_of") return chosen;
  return fields[0]?.type === "radio" ? (chosen[0] ?? "") : (fields[0]?.value ?? "");
}

/**
 * Tell the first error and the first warning of a question, `[{level, message}]`, or that there are none. A warning is
 * asked: `onConfirm(finding)` is called when a person says that the answer is right.
 */
export function showFindings(element, findings, onConfirm) {
  for (const level of ["error", "warning"]) {
    const place = element.querySelector(`.${level}`);
    const found = findings.find((finding) => finding.level === level);
    if (place.textContent !== (found?.message ?? "")) place.textContent = found?.message ?? "";
    place.hidden = !found;
  }
  askBack(element, findings.find(({ level }) => level === "warning"), onConfirm);
  const wrong = findings.some((finding) => finding.level === "error");
  for (const field of element.querySelectorAll(TYPED)) {
    if (wrong) field.setAttribute("aria-invalid", "true");
    else field.removeAttribute("aria-invalid");
  }
}

// What is to be pressed stays the same while the same is asked.
function askBack(element, found, onConfirm) {
  const asked = element.querySelector(".ask-back");
  if (asked?.dataset.about === found?.key) return;
  asked?.remove();
  if (!found) return;
  const place = element.querySelector(".warning");
  place.after(h("div", { class: "ask-back", "data-about": found.key }, confirming(found, () => confirmed(element, found, onConfirm)),
    found.deny && button("outline-primary", "cross", found.deny.label, found.deny.act)));
}

function confirmed(element, found, onConfirm) {
  onConfirm(found);
  const label = element.querySelector(".question-label");
  label.setAttribute("tabindex", "-1");
  label.focus({ preventScroll: true });
}

/** What is pressed to say that an answer is right which was asked about. */
export function confirming({ question, message }, onConfirm) {
  const made = button("outline-primary", "check", _("Yes, it is right"), onConfirm);
  made.setAttribute("aria-description", message);
  made.dataset.confirms = question;
  return made;
}
