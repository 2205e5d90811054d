/** The questions that are more than a field: photos, positions, villages, days, other records. */

import { _, moment, ngettext, number } from "../ground/i18n.js";
import { amountInWords } from "../twins/format.js";
import { NotAPhoto, PhotoTooLarge, take } from "../store/photos.js";
import { StorageFull } from "../store/errors.js";
import * as drafts from "../records/drafts.js";
import { about } from "../records/records.js";
import { h, icon } from "../kit/dom.js";
import { COARSE_M, isOld, locate } from "../kit/gps.js";
import { setResting } from "../kit/keyboard.js";
import { button } from "../kit/parts.js";
import { picture, showWhole } from "../kit/pictures.js";
import { afterPress, still } from "../kit/press.js";
import { answerText, villageText } from "../kit/words.js";
import { lookingFar } from "./far.js";
import { pinning } from "./pinning.js";

/** Kind of question -> what brings it to life, given `{tablet, form, draft, name, question, element, keeping}`. */
const KINDS = {
  photo: photoField,
  point: pointField,
  village: villageField,
  date: dateField,
  money: moneyField,
  reference: referenceField,
};

/** Bring the special questions of a drawn form to life. `keeping` is what keeps its draft. */
export function enliven(tablet, form, draft, keeping) {
  for (const name of form.survey.order) {
    const question = form.survey.questions[name];
    const element = form.element(name);
    if (element) KINDS[question.kind]?.({ tablet, form, draft, name, question, element, keeping });
  }
}

/** Choices that only the tablet knows: they must be there before the form is filled. */
export function offerVillages(root, survey, areas) {
  for (const name of survey.order) {
    if (survey.questions[name].kind !== "village") continue;
    const select = root.querySelector(`[data-question="${name}"] select`);
    select?.append(...areas.map((area) => h("option", { value: area.id }, `${area.name}, ${area.commune}`)));
  }
}

// A village the tablet no longer looks after stays what it was.
function villageField({ tablet, form, name, element }) {
  const select = element.querySelector("select");
  const value = form.answers[name];
  if (!value || select.value === value) return;
  select.append(h("option", { value }, villageText(tablet, value)));
  select.value = value;
}

// --- days ---

function dateField({ element, name, form }) {
  if (!name.endsWith("_on")) return;
  const day = form.today();
  if (!day) return; // whoever fills in the form knows it better than the tablet
  const input = element.querySelector("input");
  const write = () => {
    input.value = written(form.today() ?? day);
    input.dispatchEvent(new Event("change", { bubbles: true }));
  };
  element.querySelector(".entry").append(button("outline-primary", null, _("Today"), write));
}

function written(day) {
  return day.split("-").reverse().join("/");
}

// --- money ---

// The amount that was understood: whoever forgot a “million”, or typed a nought too many, sees it.
function moneyField({ form, name, element }) {
  const echo = h("output", { class: "echo", for: element.querySelector("input").id });
  const tell = () => (echo.textContent = form.answers[name] == null ? "" : `= ${amountInWords(form.answers[name])}`);
  form.addEventListener("typed", ({ detail }) => detail === name && tell());
  element.querySelector(".entry").after(echo);
  tell();
}

// --- other records ---

async function referenceField({ tablet, form, name, question, element }) {
  const rows = await referable(tablet, form, question);
  if (rows.length < (form.answers[name] ? 2 : 1)) {
    element.querySelector("output").textContent = await answerText(tablet, question, form.answers[name]);
    return;
  }
  const options = rows.map(async ({ id }) => {
    return h("option", { value: id, selected: id === form.answers[name] }, await answerText(tablet, question, id));
  });
  const { id } = element.querySelector("input");
  const none = h("option", { value: "" }, _("Choose…"));
  const select = h("select", { class: "form-select", name, id }, none, await Promise.all(options));
  element.querySelector("input").replaceWith(select);
}

// A visit may be about any need of its household, support is for any member; the household is never chosen again.
async function referable({ store }, form, question) {
  const { household } = form.answers;
  return question.of === "household" || !household ? [] : about(store, household, question.of);
}

// --- positions ---

function pointField({ tablet, form, draft, name, element, keeping }) {
  const box = element.querySelector("[data-point]");
  const typed = box.querySelector("input");
  const said = h("p", { class: "point-said", role: "status" });
  const say = (words) => still(() => (said.textContent = words));
  const tell = () => say(pointText(form.answers[name]));
  const fix = button("outline-primary wide", "point", _("Take the position by GPS"), () => takeFix());
  const enough = button("primary wide", "check", _("Use this position"), () => enough.dispatchEvent(new Event("enough")));
  enough.hidden = true;
  const village = () => form.answers.village ?? draft.area;
  const about = () => ({ village: village(), household: form.answers.household ?? draft.record });
  const look = lookingFar(tablet, { about, onDoubt: (doubt) => form.judging.doubt(name, doubt), onWrong: () => taken(place, null) });
  const lookAt = (point) => keeping.also(look(point).catch((error) => console.error(error)));
  const place = { form, name, typed, tell, lookAt };
  const takeFix = () => locateInto(place, { say, fix, enough });
  const given = () => {
    tell();
    lookAt(form.answers[name]);
  };
  typed.addEventListener("change", () => queueMicrotask(given));
  const byHand = h("details", {}, h("summary", {}, _("Type the coordinates instead")));
  byHand.append(...box.childNodes);
  byHand.open = Boolean(form.typed[name]);
  const onPlan = pinning(tablet, {
    village,
    chosen: () => form.answers[name] ?? null,
    onTaken: (point) => taken(place, point),
  });
  box.append(fix, enough, said, onPlan, byHand);
  tell();
  if (form.answers[name] && form.answers[name] !== draft.given.values[name]) lookAt(form.answers[name]); // begun before
}

function taken({ form, name, typed, tell, lookAt }, point) {
  typed.value = point ? `${point.lat}, ${point.lon}` : "";
  form.set(name, point);
  tell();
  lookAt(point);
}

// The first fix is often a coarse one: it is shown, and whoever does not want to wait for a better one takes it.
async function locateInto(place, { say, fix, enough }) {
  setResting(fix, true);
  say(_("Looking for satellites…"));
  const onBetter = (point) => {
    say(_("Within %(metres)s m so far; waiting for better…", { metres: number(point.accuracy_m) }));
    still(() => (enough.hidden = false));
  };
  try {
    const point = await locate({ onBetter, enough });
    taken(place, point);
    if (isOld(point)) say(OLD(moment(point.at)));
  } catch (problem) {
    const kept = pointText(place.form.answers[place.name]);
    const stays = kept && _("The position given before stays: %(point)s", { point: kept });
    say([problem.message, stays].filter(Boolean).join(" "));
  }
  setResting(fix, false);
  if (document.activeElement === enough) fix.focus();
  still(() => (enough.hidden = true));
}

const OLD = (when) =>
  _("The tablet gave a position of %(when)s, not of now. Stand in the open and take it again if you can.", { when });

function pointText(point) {
  if (!point) return "";
  const place = `${point.lat}, ${point.lon}`;
  if (point.source === "pin") return _("%(place)s, given by hand, without GPS", { place });
  const values = { place, metres: number(point.accuracy_m), when: moment(point.at) };
  if (point.accuracy_m <= COARSE_M) return _("%(place)s, by GPS within %(metres)s m, %(when)s", values);
  return _("%(place)s, by GPS but coarse: within %(metres)s m, %(when)s. Try again in the open if you can.", values);
}

// --- photos ---

function photoField(field) {
  const box = field.element.querySelector("[data-photos]");
  const shown = h("ul", { class: "thumbs" });
  const said = h("p", { class: "point-said", role: "status" });
  const redraw = () => {
    const photos = field.form.answers[field.name] ?? [];
    afterPress(() => shown.replaceChildren(...photos.map((photo, i) => thumb(field, photo, i, place))));
  };
  const place = { shown, said, redraw };
  const add = ({ target }) => field.keeping.also(added(field, target, place));
  const inputs = [fileInput(_("Take a photo"), "environment", add), fileInput(_("Choose a photo"), null, add)];
  box.append(shown, h("div", { class: "file-buttons" }, inputs), said);
  redraw();
}

function fileInput(label, capture, onchange, look = "outline-primary") {
  const input = h("input", { class: "visually-hidden", type: "file", accept: "image/*", capture, onchange });
  return h("label", { class: `btn btn-${look} file-button` }, icon("camera"), label, input);
}

// `instead`: the photo that the new one takes the place of, once that is kept.
async function added(field, input, { shown, said, redraw }, instead = null) {
  const [file] = input.files;
  if (!file) return;
  const say = (words) => still(() => (said.textContent = words));
  say(_("Keeping the photo…"));
  try {
    const known = await keepPhoto(field, file, { instead, onSeen: (canvas) => still(() => shown.append(comingThumb(canvas))) });
    say(known ? KNOWN(known) : keptText(field.form.answers[field.name].length));
  } catch (problem) {
    say(photoProblem(problem));
    if (problem instanceof StorageFull) field.keeping.alarm(photoProblem(problem));
  }
  input.value = "";
  redraw();
}

// Seen at once, and paler until it is kept: what is said beside it tells when.
function comingThumb(canvas) {
  canvas.className = "picture";
  return h("li", { class: "thumb-coming", "aria-hidden": "true" }, canvas);
}

// Answers may be given, and other photos taken, while one is being made small and kept. Gives the number of the photo that
// it was already, or 0.
async function keepPhoto({ tablet, form, draft, name, keeping }, file, { instead, onSeen }) {
  const photo = await take(file, onSeen);
  const known = (form.answers[name] ?? []).findIndex(({ sha256 }) => sha256 === photo.name.sha256) + 1;
  if (known) return known;
  const named = () => withPhoto(form.answers[name] ?? [], photo.name, instead);
  const answers = () => ({ ...form.answers, [name]: named() });
  await keeping.inTurn(() => drafts.addPhoto(tablet, draft, photo, answers));
  form.set(name, named());
  return 0;
}

// At the end, or where the one stood that it takes the place of.
function withPhoto(photos, fresh, instead) {
  const others = photos.filter(({ sha256 }) => sha256 !== fresh.sha256 || sha256 === instead?.sha256);
  const at = others.findIndex(({ sha256 }) => sha256 === instead?.sha256);
  return at < 0 ? [...others, fresh] : others.with(at, fresh);
}

function keptText(n) {
  return ngettext("%(n)s photo is saved on this tablet", "%(n)s photos are saved on this tablet", n);
}

function photoProblem(problem) {
  if (problem instanceof NotAPhoto) return NO_PHOTO();
  if (problem instanceof PhotoTooLarge) return TOO_LARGE(problem.megapixels);
  return problem instanceof StorageFull ? NO_ROOM() : NOT_KEPT();
}

const KNOWN = (number) =>
  _("This is the same photo as photo %(number)s: it is here already, and was not added again.", { number });
const NO_PHOTO = () => _("This file is not a photo the tablet can open. Take the photo again, or choose another file.");
const TOO_LARGE = (n) =>
  _("This photo has %(n)s million pixels, more than this tablet can open. Set the camera to 12 million pixels or fewer, then take it again. Your answers are safe.", { n });
const NO_ROOM = () =>
  _("The tablet's storage is full: the photo was not saved. Your answers are safe. Delete other photos or films from the tablet, or sync, then take the photo again.");
const NOT_KEPT = () => _("The photo could not be kept. Your answers are safe. Take the photo again.");

function thumb(field, photo, i, place) {
  const { tablet, form, name } = field;
  const label = _("Photo %(number)s", { number: i + 1 });
  const open = () => showWhole(tablet, photo, label);
  const remove = () => {
    const left = form.answers[name].filter((other) => other.sha256 !== photo.sha256);
    form.set(name, left.length ? left : null);
    place.redraw();
  };
  const again = ({ target }) => field.keeping.also(added(field, target, place, photo));
  return h("li", { class: "thumb" },
    h("button", { class: "thumb-open", type: "button", onclick: open }, picture(tablet, photo, label)),
    fileInput(_("Take photo %(number)s again", { number: i + 1 }), "environment", again, "quiet"),
    button("quiet", "cross", _("Remove photo %(number)s", { number: i + 1 }), remove),
  );
}
