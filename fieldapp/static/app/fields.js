/** The questions that are more than a field: photos, positions, villages, days, other records. */

import { h, icon } from "./dom.js";
import * as drafts from "./drafts.js";
import { COARSE_M, locate } from "./gps.js";
import { _, moment, ngettext, number } from "./i18n.js";
import { NotAPhoto, take } from "./photos.js";
import { picture, showWhole } from "./pictures.js";
import { StorageFull } from "./store.js";
import { answerText } from "./views/parts.js";

/** Bring the special questions of a drawn form to life. `onFull(message)` is called when a photo does not fit. */
export function enliven(tablet, form, draft, { onFull }) {
  const kinds = { photo: photoField, point: pointField, village: villageField, date: dateField, reference: referenceField };
  for (const [name, question] of Object.entries(form.survey.questions)) {
    const element = form.element(name);
    if (element && kinds[question.kind]) kinds[question.kind]({ tablet, form, draft, name, question, element, onFull });
  }
}

/** Choices that only the tablet knows: they must be there before the form is filled. */
export function offerVillages(root, survey, areas) {
  for (const [name, question] of Object.entries(survey.questions)) {
    if (question.kind !== "village") continue;
    const select = root.querySelector(`[data-question="${name}"] select`);
    select?.append(...areas.map((area) => h("option", { value: area.id }, `${area.name}, ${area.commune}`)));
  }
}

// A village the tablet no longer looks after stays what it was.
function villageField({ form, name, element }) {
  const select = element.querySelector("select");
  const value = form.answers[name];
  if (!value || select.value === value) return;
  select.append(h("option", { value }, value));
  select.value = value;
}

function dateField({ element, name, form }) {
  const input = element.querySelector("input");
  const today = h("button", { class: "btn btn-outline-primary", type: "button", onclick: () => writeToday(input, form.today) }, _("Today"));
  if (/_on$/.test(name)) element.querySelector(".line").append(today);
}

function writeToday(input, today) {
  const two = (value) => String(value).padStart(2, "0");
  input.value = `${two(today.getDate())}/${two(today.getMonth() + 1)}/${today.getFullYear()}`;
  input.dispatchEvent(new Event("change", { bubbles: true }));
}

async function referenceField({ tablet, form, name, question, element }) {
  const choices = await referable(tablet, form, question);
  const input = element.querySelector("input");
  if (choices.length < 2) {
    element.querySelector("output").textContent = await answerText(tablet, question, form.answers[name]);
    return;
  }
  const select = h("select", { class: "form-select", name, id: input.id }, h("option", { value: "" }, _("Choose…")));
  for (const row of choices) select.append(h("option", { value: row.id, selected: row.id === form.answers[name] }, await answerText(tablet, question, row.id)));
  input.replaceWith(select);
}

// A visit may be about any need of its household; the household itself is never chosen again.
async function referable({ store }, form, question) {
  if (question.of === "household" || !form.answers.household) return [];
  const rows = await store.all("records", { index: "refs", only: form.answers.household });
  return rows.filter((row) => row.survey === question.of && !row.withdrawn);
}

function pointField({ form, name, element }) {
  const box = element.querySelector("[data-point]");
  const said = h("p", { class: "point-said", role: "status" });
  const typed = box.querySelector("input");
  const button = h("button", { class: "btn btn-outline-primary btn-wide", type: "button" }, icon("point"), _("Take the position by GPS"));
  const tell = () => (said.textContent = pointText(form.answers[name]));
  button.addEventListener("click", () => fix({ form, name, typed, said, button, tell }));
  typed.addEventListener("change", () => queueMicrotask(tell));
  const byHand = h("details", { class: "by-hand" }, h("summary", {}, _("Type the coordinates instead")), [...box.childNodes]);
  byHand.open = Boolean(form.typed[name]);
  box.append(button, said, byHand);
  tell();
}

async function fix({ form, name, typed, said, button, tell }) {
  button.disabled = true;
  said.textContent = _("Looking for satellites…");
  try {
    const point = await locate();
    typed.value = `${point.lat}, ${point.lon}`;
    form.set(name, point);
    tell();
  } catch (problem) {
    said.textContent = problem.message;
  }
  button.disabled = false;
}

function pointText(point) {
  if (!point) return "";
  const place = `${point.lat}, ${point.lon}`;
  if (point.source === "pin") return _("%(place)s, typed by hand", { place });
  const values = { place, metres: number(point.accuracy_m), when: moment(point.at) };
  if (point.accuracy_m > COARSE_M) return _("%(place)s, coarse: within %(metres)s m, %(when)s. Try again in the open if you can.", values);
  return _("%(place)s, within %(metres)s m, %(when)s", values);
}

function photoField(field) {
  const { element, form, name } = field;
  const box = element.querySelector("[data-photos]");
  const shown = h("ul", { class: "thumbs" });
  const said = h("p", { class: "point-said", role: "status" });
  const redraw = () => shown.replaceChildren(...(form.answers[name] ?? []).map((photo, i) => thumb(field, photo, i, redraw)));
  const inputs = [[_("Take a photo"), "environment"], [_("Choose a photo"), null]].map(([label, capture]) =>
    h("label", { class: "btn btn-outline-primary file-button" }, icon("camera"), label,
      h("input", { class: "visually-hidden", type: "file", accept: "image/*", capture, onchange: (event) => added(field, event.target, said, redraw) })),
  );
  box.append(shown, h("div", { class: "file-buttons" }, inputs), said);
  redraw();
}

async function added(field, input, said, redraw) {
  const [file] = input.files;
  if (!file) return;
  said.textContent = _("Keeping the photo…");
  try {
    await keepPhoto(field, file);
    said.textContent = ngettext("%(n)s photo is saved on this tablet", "%(n)s photos are saved on this tablet", field.form.answers[field.name].length);
  } catch (problem) {
    said.textContent = photoProblem(problem);
    if (problem instanceof StorageFull) field.onFull(said.textContent);
  }
  input.value = "";
  redraw();
}

async function keepPhoto({ tablet, form, draft, name }, file) {
  const photo = await take(file);
  draft.answers = { ...form.answers };
  await drafts.addPhoto(tablet.store, draft, name, photo);
  form.set(name, draft.answers[name]);
}

function photoProblem(problem) {
  if (problem instanceof NotAPhoto) return _("This file is not a photo the tablet can open. Take the photo again, or choose another file.");
  if (problem instanceof StorageFull) {
    return _("The tablet's storage is full: the photo was not saved. Your answers are safe. Delete other photos or films from the tablet, or sync, then take the photo again.");
  }
  return _("The photo could not be kept. Your answers are safe. Take the photo again.");
}

function thumb({ tablet, form, name }, photo, i, redraw) {
  const label = _("Photo %(number)s", { number: i + 1 });
  const remove = () => {
    const left = form.answers[name].filter((other) => other.sha256 !== photo.sha256);
    form.set(name, left.length ? left : null);
    redraw();
  };
  return h("li", { class: "thumb" },
    h("button", { class: "thumb-open", type: "button", onclick: () => showWhole(tablet, photo, label) }, picture(tablet, photo, label)),
    h("button", { class: "btn btn-quiet", type: "button", onclick: remove }, icon("cross"), _("Remove photo %(number)s", { number: i + 1 })),
  );
}
