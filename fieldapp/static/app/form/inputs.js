/** The fields of one question on the page: what stands in them, and what is wrong, told beside them. */

import { typed } from "../twins/format.js";

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

/** Tell the first error and the first warning of a question, `[{level, message}]`, or that there are none. */
export function showFindings(element, findings) {
  for (const level of ["error", "warning"]) {
    const place = element.querySelector(`.${level}`);
    const found = findings.find((finding) => finding.level === level);
    if (place.textContent !== (found?.message ?? "")) place.textContent = found?.message ?? "";
    place.hidden = !found;
  }
  const wrong = findings.some((finding) => finding.level === "error");
  for (const field of element.querySelectorAll(TYPED)) {
    if (wrong) field.setAttribute("aria-invalid", "true");
    else field.removeAttribute("aria-invalid");
  }
}
