/** Sending and receiving, shown so that a person can trust it; the backup file; the tablet itself. */

import { backup } from "../backup.js";
import { h, icon } from "../dom.js";
import { _, moment, ngettext, number, size } from "../i18n.js";
import { waiting, waitingPhotos } from "../outbox.js";
import { CLOCK_WRONG_MS } from "../sync.js";

export async function draw(tablet) {
  const state = h("div", { class: "block", "aria-live": "polite" });
  const left = h("p", {});
  const button = h("button", { class: "btn btn-primary btn-wide", type: "button", onclick: () => tablet.sync.run() }, icon("sync"), _("Sync now"));
  const update = async () => {
    state.replaceChildren(...stateOf(tablet));
    button.disabled = tablet.sync.state === "running";
    left.textContent = await leftText(tablet.store);
  };
  await update();
  tablet.sync.addEventListener("change", update);
  return {
    title: _("Sync"),
    body: [state, left, button, h("p", {}, h("a", { class: "btn btn-outline-primary btn-wide", href: "#/receipts" }, icon("receipt"), _("See the receipts"))), backupBox(tablet), await aboutBox(tablet)],
    leave: () => {
      tablet.sync.removeEventListener("change", update);
      return true;
    },
  };
}

function stateOf({ sync, session }) {
  const last = session.synced_at && h("p", { class: "quiet" }, _("Last sync %(when)s", { when: moment(session.synced_at) }));
  return [h("h2", {}, headline(sync, session)), ...bar(sync), detail(sync), last].filter(Boolean);
}

function headline({ state, step }, { revoked, synced_at: synced }) {
  if (revoked) return _("This tablet must be connected again");
  if (state === "running") return STEPS()[step] ?? _("Connecting to the server…");
  if (state === "offline") return _("No network now. Everything is kept on this tablet.");
  if (state === "refused" || state === "broken") return _("The sync stopped. Everything is kept on this tablet.");
  return synced ? _("Everything is up to date") : _("Not synced yet");
}

const STEPS = () => ({
  hello: _("Connecting to the server…"),
  push: _("Sending what you filled in…"),
  pull: _("Receiving what is new…"),
  photos: _("Sending photos…"),
});

function bar({ state, step, done, total, bytes }) {
  if (state !== "running") return [];
  const text = {
    push: _("%(done)s of %(total)s changes", { done: number(done), total: number(total) }),
    pull: ngettext("%(n)s record received", "%(n)s records received", done),
    photos: _("%(done)s of %(total)s sent", { done: size(bytes), total: size(total) }),
  }[step];
  const progress = h("progress", { class: "progress-bar-line", max: total || null, value: total ? done : null, "aria-label": _("Progress") });
  return [progress, text && h("p", {}, text)];
}

function detail({ state, problem }) {
  if (state === "refused") return h("p", {}, problem.message);
  if (state === "broken") return h("p", {}, _("Close the app and open it again. If this comes back, save a backup file and show it to your administrator."));
  return null;
}

async function leftText(store) {
  const [changes, photos] = await Promise.all([waiting(store), waitingPhotos(store)]);
  if (!changes.length && !photos.length) return _("Nothing is waiting on this tablet.");
  const bytes = photos.reduce((sum, photo) => sum + photo.bytes, 0);
  return [
    _("Waiting on this tablet:"),
    [ngettext("%(n)s change", "%(n)s changes", changes.length), photos.length && `${ngettext("%(n)s photo", "%(n)s photos", photos.length)} (${size(bytes)})`].filter(Boolean).join(", "),
  ].join(" ");
}

function backupBox(tablet) {
  const said = h("p", { class: "quiet", role: "status" });
  const save = async () => {
    const { blob, name } = await backup(tablet);
    const link = h("a", { href: URL.createObjectURL(blob), download: name });
    link.click();
    URL.revokeObjectURL(link.href);
    said.textContent = _("The file %(name)s is saved in the downloads of this tablet.", { name });
  };
  return h("section", { class: "block" },
    h("h2", {}, _("Backup file")),
    h("p", {}, _("A file with everything that has not been sent. Copy it to another device or a memory card: if this tablet breaks, your work is not lost. It holds personal data; keep it safe.")),
    h("button", { class: "btn btn-outline-primary btn-wide", type: "button", onclick: save }, icon("save"), _("Save a backup file")),
    said,
  );
}

async function aboutBox({ session, language, build }) {
  const kept = await navigator.storage?.persisted?.();
  const off = Math.abs(session.offset) > CLOCK_WRONG_MS;
  const facts = [
    [_("User"), session.account.name],
    [_("Tablet"), session.device.name || session.device.id],
    [_("Storage"), kept ? _("The browser promises to keep it") : _("The browser may clear it when the tablet is full: sync often, and install the app on the home screen")],
    [_("Clock"), off ? _("Wrong: set date and time to automatic") : _("The time is right")],
    [_("App version"), build.slice(0, 8)],
  ];
  const other = language === "vi" ? ["/app/?lang=en", "English", "en"] : ["/app/", "Tiếng Việt", "vi"];
  return h("section", { class: "block" },
    h("h2", {}, _("This tablet")),
    h("dl", { class: "facts" }, facts.map(([name, value]) => [h("dt", {}, name), h("dd", {}, value)])),
    h("p", {}, h("a", { class: "btn btn-outline-primary", href: `${other[0]}#/sync`, lang: other[2], hreflang: other[2] }, other[1])),
  );
}
