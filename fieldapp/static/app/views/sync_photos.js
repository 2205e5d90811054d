/** When photos are sent, and the button that sends those that do not go by themselves. */

import { _, ngettext, size } from "../ground/i18n.js";
import { waitingPhotos } from "../records/unsent.js";
import { MODES, tellsWifi } from "../wire/line.js";
import { h } from "../kit/dom.js";
import { button, notice, quiet, text } from "../kit/parts.js";
import { afterPress } from "../kit/press.js";

const LABELS = {
  always: () => _("Whenever there is network"),
  wifi: () => _("By Wi-Fi only"),
  asked: () => _("Only when I press the button"),
};

/** The box, and what brings its button up to date: `{box, update}`. */
export async function photosBox(tablet) {
  const place = h("div", { "aria-live": "polite" });
  const update = async () => {
    const found = [...(await withheld(tablet)), ...(await refused(tablet))];
    afterPress(() => place.replaceChildren(...found));
  };
  const choose = async (mode) => {
    await tablet.session.keep({ photos_go: mode });
    await update();
    if (!tablet.sync.withholdsPhotos) tablet.sync.nudge();
  };
  const box = h("section", { class: "block photos-when" },
    h("h2", {}, _("Photos")),
    h("fieldset", {}, h("legend", {}, _("When are photos sent?")), choices(tablet.session, choose)),
    tellsWifi() ? null : quiet(CANNOT_TELL()),
    place,
  );
  await update();
  return { box, update };
}

const CANNOT_TELL = () =>
  _("This browser does not tell Wi-Fi from a mobile network. To save mobile data, choose the button, and press it where there is Wi-Fi.");

// "By Wi-Fi only" is offered where the browser can keep that promise.
function choices({ photos_go: chosen = "always" }, choose) {
  const offered = MODES.filter((mode) => mode !== "wifi" || tellsWifi());
  const there = offered.includes(chosen) ? chosen : "asked";
  return h("div", { class: "choices" }, offered.map((mode) => choice(mode, mode === there, choose)));
}

function choice(mode, checked, choose) {
  const input = h("input", { class: "form-check-input", type: "radio", name: "photos_go", value: mode, checked, onchange: () => choose(mode) });
  return h("label", { class: "choice" }, input, h("span", {}, LABELS[mode]()));
}

async function withheld({ store, sync }) {
  const photos = sync.withholdsPhotos ? await waitingPhotos(store) : [];
  if (!photos.length) return [];
  const bytes = photos.reduce((sum, photo) => sum + photo.bytes - (photo.sent ?? 0), 0);
  const send = () => sync.run({ photos: true });
  return [text(WAIT(photos.length, size(bytes))), button("outline-primary wide", "camera", _("Send the photos now"), send)];
}

// What the server does not take stays here, and stops nothing else; a person can have it tried again at once.
async function refused({ store, sync }) {
  const photos = (await waitingPhotos(store)).filter((photo) => photo.refused);
  if (!photos.length) return [];
  const reasons = [...new Set(photos.map((photo) => photo.refused.message))];
  const again = button("outline-primary wide", "sync", _("Try again"), () => sync.run({ photos: true }));
  const list = h("ul", {}, reasons.map((reason) => h("li", {}, reason)));
  return [notice("warning", text(REFUSED(photos.length)), list, again)];
}

const REFUSED = (n) =>
  ngettext("The server did not take %(n)s photo. It stays on this tablet, everything else is sent, and it is tried again once a day. The reason:", "The server did not take %(n)s photos. They stay on this tablet, everything else is sent, and they are tried again once a day. The reason:", n);

const WAIT = (n, bytes) =>
  ngettext("%(n)s photo (%(bytes)s) waits for that. Text is sent all the same.", "%(n)s photos (%(bytes)s) wait for that. Text is sent all the same.", n, { bytes });
