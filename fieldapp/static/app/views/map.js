/** Where the houses are: a plan drawn from their positions, without any network, and the same as a list. */

import { _, ngettext, number } from "../ground/i18n.js";
import { SIZE, bulk, distance, plan } from "../ground/plan.js";
import { h, svg } from "../kit/dom.js";
import { locate } from "../kit/gps.js";
import { setResting } from "../kit/keyboard.js";
import { backLink, button, card, quiet, text } from "../kit/parts.js";
import { houses, length, north, scaleBar, spot } from "../kit/village_plan.js";
import { householdText, villageText } from "../kit/words.js";

const AT_ONCE = 30;
const AROUND_M = 5000; // farther off, the houses would shrink to one spot
const MOST_ZOOM = 64;
const EDGE = 14; // in units of the plan: how far from its edge stands the mark of a house beyond it
const DRAGGED = 8; // in units of the plan: a finger that moves less than that taps
const REACH = 60; // in units of the plan: how far from a house a finger still means it

export async function draw(tablet) {
  const view = new HouseMap(tablet, await houses(tablet));
  view.draw();
  return {
    title: _("Map of the houses"),
    body: [
      backLink("#/households", _("Households")),
      h("label", { class: "question-label", for: "village" }, _("Village")),
      view.area,
      view.picture,
      view.controls,
      view.astray,
      quiet(_("Filled: surveyed. Empty: not yet surveyed. North is at the top. Tap a house to see whose it is; a cross is you.")),
      view.chosen,
      button("outline-primary wide", "point", _("Show where I am"), () => view.findMe()),
      view.said,
      h("h2", {}, _("The same as a list")),
      view.counted,
      view.list,
    ],
  };
}

class HouseMap {
  constructor(tablet, all) {
    this.tablet = tablet;
    this.all = all;
    this.me = null;
    this.most = AT_ONCE;
    this.zoom = 1;
    this.centre = null;
    this.area = villageChoice(tablet, () => this.draw());
    this.controls = this.#controls();
    this.astray = h("div", {});
    this.picture = h("div", { class: "map" });
    this.chosen = h("ul", { class: "cards" });
    this.said = h("p", { class: "point-said", role: "status" });
    this.counted = h("p", { class: "quiet", role: "status" });
    this.list = h("ul", { class: "cards" });
  }

  #controls() {
    this.nearer = button("outline-primary", "plus", _("Nearer"), () => this.#zoomTo(this.zoom * 2));
    this.farther = button("outline-primary", "minus", _("Farther"), () => this.#zoomTo(this.zoom / 2));
    return h("div", { class: "map-controls" }, this.nearer, this.farther);
  }

  // About the house that was chosen, if there is one, else about the middle of what is seen.
  #zoomTo(zoom) {
    this.centre = this.pick?.point ?? this.centre ?? this.plan.point([SIZE / 2, SIZE / 2]);
    this.zoom = Math.min(Math.max(zoom, 1), MOST_ZOOM);
    if (this.zoom === 1) this.centre = null;
    this.#redraw();
  }

  draw() {
    Object.assign(this, { zoom: 1, centre: null, pick: null });
    const here = this.all.filter(({ row }) => !this.area.value || row.area === this.area.value);
    this.placed = here.filter(({ point }) => point);
    this.chosen.replaceChildren();
    this.counted.textContent = countText(this.placed.length, here.length - this.placed.length);
    this.split = bulk(this.placed.map(({ point }) => point));
    this.controls.hidden = !this.placed.length;
    this.#redraw();
    this.#tellAstray();
    this.#fillList();
  }

  #redraw() {
    this.picture.replaceChildren(this.placed.length ? this.#drawing() : text(_("No house has a position here yet.")));
    this.picture.classList.toggle("map-near", this.zoom > 1);
    setResting(this.nearer, this.zoom >= MOST_ZOOM);
    setResting(this.farther, this.zoom <= 1);
  }

  // The plan is as large as the houses that lie together; one far off is a mark at the edge towards it.
  #drawing() {
    const points = this.split.near.map((i) => this.placed[i].point);
    const near = this.me && points.some((point) => distance(this.me, point) < AROUND_M);
    const { zoom, centre } = this;
    this.plan = plan(near ? [...points, this.me] : points, { zoom, centre });
    const { place, bar } = this.plan;
    const far = new Set(this.split.far);
    this.spots = this.placed.map((house, i) => ({ house, far: far.has(i), at: far.has(i) ? atEdge(place(house.point)) : place(house.point) }));
    const drawing = this.spots.map((each) => (each.far ? astray(each) : spot(each)));
    const look = { viewBox: `0 0 ${SIZE} ${SIZE}`, "aria-hidden": "true", ...this.#hands() };
    return svg("svg", look, drawing, this.#names(), near && myself(place(this.me)), scaleBar(bar), north());
  }

  // A tap chooses a house; a finger that moves while the plan is near moves the plan.
  #hands() {
    let from = null;
    const unit = ({ currentTarget }) => SIZE / currentTarget.clientWidth;
    const moved = (event) => [event.clientX - from.x, event.clientY - from.y].map((pixels) => pixels * unit(event));
    return {
      onclick: (event) => this.#tapped(event),
      onpointerdown: (event) => (from = this.zoom > 1 ? { x: event.clientX, y: event.clientY } : null),
      onpointermove: (event) => {
        if (from) event.currentTarget.style.translate = `${event.clientX - from.x}px ${event.clientY - from.y}px`;
      },
      onpointerup: (event) => {
        const by = from && moved(event);
        from = null;
        if (by && Math.hypot(...by) > DRAGGED) this.#moveBy(by);
        else event.currentTarget.style.translate = "";
      },
      onpointercancel: (event) => {
        from = null;
        event.currentTarget.style.translate = "";
      },
    };
  }

  /** @param {number[]} by */
  #moveBy([x, y]) {
    this.centre = this.plan.point([SIZE / 2 - x, SIZE / 2 - y]);
    this.#redraw();
  }

  #tellAstray() {
    const some = this.split.far.map((i) => this.placed[i]);
    const told = ngettext(
      "%(n)s house lies far from all others: an arrow at the edge shows where. Is its position right?",
      "%(n)s houses lie far from all others: arrows at the edge show where. Are their positions right?",
      some.length,
    );
    const cards = h("ul", { class: "cards" }, some.slice(0, AT_ONCE).map((house) => this.#card(house, this.#farText(house))));
    this.astray.replaceChildren(...(some.length ? [h("p", { class: "warning" }, told), cards] : []));
  }

  #farText({ point }) {
    const nearest = Math.min(...this.split.near.map((i) => distance(point, this.placed[i].point)));
    return _("%(length)s from the nearest house", { length: length(nearest) });
  }

  #names() {
    const seen = this.spots.filter(({ far, at }) => !far && at.every((unit) => unit >= 0 && unit <= SIZE));
    const groups = Map.groupBy(seen, ({ house }) => house.row.area);
    return [...groups].map(([area, spots]) => {
      const name = this.tablet.session.nameOf(area)?.name ?? area;
      const half = name.length * 8;
      const middle = spots.reduce((sum, { at }) => sum + at[0], 0) / spots.length;
      const x = Math.min(Math.max(middle, half), SIZE - half);
      const y = Math.max(Math.min(...spots.map(({ at }) => at[1])) - 20, 28);
      return svg("text", { x, y, "text-anchor": "middle" }, name);
    });
  }

  // The house nearest to the finger; houses close together are told apart in the list.
  #tapped({ offsetX, offsetY, currentTarget }) {
    const unit = SIZE / currentTarget.clientWidth;
    const away = ({ at: [x, y] }) => Math.hypot(x - offsetX * unit, y - offsetY * unit);
    const nearest = this.spots.reduce((one, other) => (away(other) < away(one) ? other : one));
    const near = away(nearest) <= REACH;
    this.pick = near ? nearest.house : null;
    this.chosen.replaceChildren(...(near ? [this.#card(nearest.house)] : []));
    this.picture.querySelector(".map-chosen")?.classList.remove("map-chosen");
    if (near) this.picture.querySelectorAll(".map-house, .map-astray")[this.spots.indexOf(nearest)].classList.add("map-chosen");
  }

  #card({ row, point, surveyed }, where = null) {
    const far = this.me && _("%(length)s from here", { length: length(distance(this.me, point)) });
    const state = surveyed ? _("Surveyed") : _("Not yet surveyed");
    const name = householdText(row.name);
    return card(`#/record/${row.id}`, name, [villageText(this.tablet, row.area), state, where, far].filter(Boolean).join(" · "));
  }

  #fillList() {
    const away = ({ point }) => distance(this.me, point);
    const sorted = this.me ? this.placed.toSorted((one, other) => away(one) - away(other)) : this.placed;
    this.list.replaceChildren(...sorted.slice(0, this.most).map((house) => this.#card(house)));
    const more = () => {
      this.most += AT_ONCE;
      this.#fillList();
    };
    if (sorted.length > this.most) this.list.append(h("li", {}, button("outline-primary wide", null, _("Show more"), more)));
  }

  async findMe() {
    this.said.textContent = _("Looking for satellites…");
    try {
      const { lat, lon, accuracy_m: metres } = await locate();
      this.me = [Number(lat), Number(lon)];
      this.said.textContent = _("Your position is known within %(metres)s m. The nearest houses come first.", { metres: number(metres) });
      this.draw();
    } catch (problem) {
      this.said.textContent = problem.message;
    }
  }
}

function villageChoice({ session }, onchange) {
  const options = session.areas.map(({ id, name, commune }) => h("option", { value: id }, `${name}, ${commune}`));
  const all = h("option", { value: "" }, _("All my villages"));
  return h("select", { class: "form-select", id: "village", onchange }, all, options);
}

function countText(placed, without) {
  const houses = ngettext("%(n)s house", "%(n)s houses", placed);
  const rest = ngettext("%(n)s household without a position", "%(n)s households without a position", without);
  return without ? `${houses}; ${rest}` : houses;
}

// Where the line from the middle of the plan towards a place beyond it meets the edge.
function atEdge(at) {
  const [x, y] = at.map((unit) => unit - SIZE / 2);
  const share = (SIZE / 2 - EDGE) / Math.max(Math.abs(x), Math.abs(y), SIZE / 2 - EDGE);
  return [x, y].map((unit) => SIZE / 2 + unit * share);
}

// An arrow that points away from the middle.
function astray({ at: [x, y] }) {
  const turn = (Math.atan2(y - SIZE / 2, x - SIZE / 2) * 180) / Math.PI;
  return svg("path", { class: "map-astray", d: "M-12 -11L12 0L-12 11Z", transform: `translate(${x} ${y}) rotate(${turn})` });
}

function myself([x, y]) {
  return svg("path", { class: "map-me", d: `M${x - 16} ${y}h32M${x} ${y - 16}v32` });
}
