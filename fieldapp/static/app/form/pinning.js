/** A position given by a pin on the plan of the houses around: by a finger, or by the arrow keys. */

import { _ } from "../ground/i18n.js";
import { FAR_M, SIZE, bulk, distance, plan } from "../ground/plan.js";
import { h, svg } from "../kit/dom.js";
import { button, quiet, text } from "../kit/parts.js";
import { houses, length, north, scaleBar, spot } from "../kit/village_plan.js";
import { householdText } from "../kit/words.js";

const AROUND_M = 300; // a new house may stand beyond the last one known
const STEP = 3; // in units of the plan, for each press of a key
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

/**
 * The part of a form that offers the plan. `village()`: where the house is; `chosen()`: the position there is, or null;
 * `onTaken(point)`: a person has taken this one.
 */
export function pinning(tablet, asked) {
  const place = h("div", {});
  const ontoggle = ({ target }) => target.open && draw(tablet, asked, place).catch((error) => console.error(error));
  return h("details", { class: "on-plan", ontoggle }, h("summary", {}, _("Show the place on the plan of the houses")), place);
}

async function draw(tablet, asked, place) {
  const area = asked.village();
  const near = (await houses(tablet)).filter(({ row, point }) => point && row.area === area);
  place.replaceChildren(...(near.length ? new Pinning(near, asked).parts() : [text(NO_PLAN())]));
}

const NO_PLAN = () => _("No house of this village has a position yet, so there is no plan to show. Take the position by GPS, or type the coordinates.");
const HOW = () =>
  _("Each circle is a house of the village; north is at the top. Tap where the house stands, or move the pin with the arrow keys. It is less exact than GPS.");

class Pinning {
  constructor(near, { chosen, onTaken }) {
    this.near = near;
    this.onTaken = onTaken;
    this.at = null;
    const before = chosen();
    this.before = before && [Number(before.lat), Number(before.lon)];
    this.said = h("p", { class: "point-said", role: "status" });
    this.take = button("primary wide", "check", _("Use this position"), () => this.#taken());
    this.take.hidden = true;
    this.pin = svg("path", { class: "map-me", d: "M-16 0h32M0 -16v32" });
    this.picture = this.#picture();
  }

  parts() {
    return [quiet(HOW()), this.picture, this.said, this.take];
  }

  #picture() {
    const all = this.near.map(({ point }) => point);
    const points = bulk(all).near.map((i) => all[i]);
    const shown = this.before && points.some((point) => distance(this.before, point) < FAR_M); // else it would shrink the rest
    this.plan = plan(shown ? [...points, this.before] : points, { around: AROUND_M });
    const spots = this.near.map((house) => spot({ house, at: this.plan.place(house.point) }));
    const look = { viewBox: `0 0 ${SIZE} ${SIZE}`, "aria-hidden": "true", onclick: (event) => this.#tapped(event) };
    const drawing = svg("svg", look, spots, scaleBar(this.plan.bar), north(), this.pin);
    if (shown) this.#move(this.plan.place(this.before));
    else this.pin.setAttribute("visibility", "hidden");
    const keys = { tabindex: "0", role: "application", onkeydown: (event) => this.#pressed(event) };
    return h("div", { class: "map", ...keys, "aria-label": _("Plan of the houses: arrow keys move the pin, Enter takes it") }, drawing);
  }

  #tapped({ clientX, clientY, currentTarget }) {
    const { left, top, width } = currentTarget.getBoundingClientRect();
    this.#put([clientX - left, clientY - top].map((pixels) => (pixels * SIZE) / width));
  }

  #pressed(event) {
    const arrow = ARROWS[event.key];
    if (!arrow && event.key !== "Enter") return;
    event.preventDefault(); // neither does the page scroll, nor is the form sent
    if (!arrow) return this.take.hidden || this.#taken();
    const from = this.at ?? [SIZE / 2, SIZE / 2];
    return this.#put(from.map((unit, axis) => unit + arrow[axis] * STEP));
  }

  #put(at) {
    this.#move(at.map((unit) => Math.min(Math.max(unit, 0), SIZE)));
    const { lat, lon } = this.#point();
    const away = ({ point }) => distance([Number(lat), Number(lon)], point);
    const nearest = this.near.reduce((one, other) => (away(other) < away(one) ? other : one));
    const name = householdText(nearest.row.name);
    this.said.textContent = _("%(place)s. Nearest house: %(name)s, %(length)s", { place: `${lat}, ${lon}`, name, length: length(away(nearest)) });
    this.take.hidden = false;
  }

  #move(at) {
    this.at = at;
    this.pin.setAttribute("transform", `translate(${at.join(" ")})`);
    this.pin.setAttribute("visibility", "visible");
  }

  #point() {
    const [lat, lon] = this.plan.point(this.at).map((degrees) => degrees.toFixed(6));
    return { lat, lon, accuracy_m: null, at: null, source: "pin" };
  }

  #taken() {
    this.onTaken(this.#point());
    this.said.textContent = _("The place is taken.");
    this.take.hidden = true;
  }
}
