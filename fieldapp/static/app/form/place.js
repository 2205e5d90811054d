/** Where in a form a person is: the part of how many, and the ways to the others. */

import { _ } from "../ground/i18n.js";
import { h } from "../kit/dom.js";
import { button } from "../kit/parts.js";

export class Place {
  /** `onStep(direction)`: one part back (-1) or on (1); `onGo(part)`; `onDone()` after the last. */
  constructor(steps, { onStep, onGo, onDone }) {
    this.steps = steps;
    this.line = h("p", { class: "progress-line" });
    this.bar = h("progress", { class: "progress-bar-line", "aria-hidden": "true" });
    this.back = button("outline-primary", "back", _("Back"), () => onStep(-1));
    this.next = button("primary", "next", _("Next part"), () => onStep(1));
    this.done = button("primary", "check", _("Finish this form"), onDone);
    this.progress = h("div", {}, this.line, this.bar);
    this.contents = contents(steps, onGo);
    this.buttons = h("div", { class: "step-buttons" }, this.back, this.next, this.done);
  }

  /** An answer may add parts or take them away; a button that is being pressed stays, whatever becomes of it. */
  tell() {
    const { place, there, isFirst, isLast } = this.steps;
    this.line.textContent = _("Part %(part)s of %(parts)s", { part: place + 1, parts: there.length });
    Object.assign(this.bar, { max: there.length, value: place + 1 });
    Object.assign(this.back, { hidden: isFirst });
    Object.assign(this.next, { hidden: isLast });
    Object.assign(this.done, { hidden: !isLast });
  }
}

function contents(steps, onGo) {
  const list = h("ol", {});
  const details = h("details", { class: "contents" }, h("summary", {}, _("All parts of this form")), list);
  const line = (part) => {
    const go = () => {
      details.open = false;
      onGo(part);
    };
    return h("li", {}, button("quiet", null, part.querySelector(".part-title").textContent, go));
  };
  details.addEventListener("toggle", () => list.replaceChildren(...steps.there.map(line)));
  return details;
}
