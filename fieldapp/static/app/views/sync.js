/** Sending and receiving, shown so that a person can trust it; the backup file; the tablet itself. */

import { _, moment, ngettext, number, size } from "../ground/i18n.js";
import { gathered } from "../ground/pause.js";
import { readClock } from "../ground/today.js";
import { lossText } from "../records/losses.js";
import { tally, waitingPhotos } from "../records/unsent.js";
import { backup } from "../person/backup.js";
import { download, h } from "../kit/dom.js";
import { setResting } from "../kit/keyboard.js";
import { button, buttonLink, notice, quiet, text } from "../kit/parts.js";
import { afterPress, still } from "../kit/press.js";
import { photosBox } from "./sync_photos.js";

export async function draw(tablet) {
  const parts = partsOf(tablet);
  const photos = await photosBox(tablet);
  const stopFollowing = await follow(tablet, parts, photos);
  const { state, earlier, left, now, stop, check, checked } = parts;
  return {
    title: _("Sync"),
    body: [
      state,
      earlier,
      left,
      h("div", { class: "actions" },
        now,
        stop,
        buttonLink("outline-primary wide", "receipt", _("See the receipts"), "#/receipts"),
      ),
      await damagedBox(tablet.store),
      photos.box,
      h("section", { class: "block" }, h("h2", {}, _("Check with the server")), text(CHECK()), checked, check),
      backupBox(tablet),
      await aboutBox(tablet),
    ],
    leave: stopFollowing,
  };
}

// The parts of the page that change while a sync runs.
function partsOf({ sync }) {
  return {
    state: h("div", { class: "block", "aria-live": "polite" }),
    earlier: h("p", { class: "quiet" }),
    left: h("p", {}),
    now: button("primary wide", "sync", _("Sync now"), () => sync.run()),
    stop: button("outline-primary wide", "hold", _("Stop"), () => sync.stop()),
    check: button("outline-primary wide", "check", _("Check again"), () => sync.run({ check: true })),
    checked: h("div", { "aria-live": "polite" }),
  };
}

// Keep these parts and the box of photos as the sync has it. Resolves, once they are, to what ends that.
async function follow(tablet, { state, earlier, left, now, stop, check, checked }, photos) {
  const update = gathered(async () => {
    const rest = await leftOf(tablet.store);
    afterPress(() => {
      left.textContent = leftText(rest);
      state.replaceChildren(...stateOf(tablet, rest));
      checked.replaceChildren(...checkedText(tablet.session));
    });
    await photos.update();
    afterPress(() => [now, check].forEach((each) => setResting(each, tablet.sync.state === "running")));
    tellEarlier();
  });
  const tellEarlier = () => still(() => {
    earlier.textContent = earlierText(tablet.sync.pictures);
    earlier.hidden = !earlier.textContent;
    stop.hidden = tablet.sync.state !== "running" && earlier.hidden;
  });
  tablet.sync.addEventListener("change", update);
  tablet.sync.addEventListener("earlier", tellEarlier);
  await update();
  return () => {
    tablet.sync.removeEventListener("change", update);
    tablet.sync.removeEventListener("earlier", tellEarlier);
    return true;
  };
}

// --- where the sync stands ---

function stateOf({ sync, session }, rest) {
  const last = session.synced_at && quiet(_("Last sync %(when)s", { when: moment(session.synced_at) }));
  return [h("h2", {}, headline(sync, session, rest)), ...bar(sync), detail(sync), last].filter(Boolean);
}

function headline({ state, step, reached, problem }, { revoked, synced_at: synced }, { changes, photos, damaged }) {
  if (revoked) return _("This tablet must be connected again");
  if (state === "running") return STEPS()[step] ?? _("Connecting to the server…");
  if (state === "elsewhere") return _("Another window is syncing. This one goes on when it is done.");
  if (state === "stopped") return _("Stopped. What is left goes when you press “Sync now”, or by itself in half an hour.");
  if (state === "offline") return reached ? BROKE_OFF() : problem?.instead ? INSTEAD() : _("No network now. Everything is kept on this tablet.");
  if (state === "full") return _("The sync stopped: the tablet's storage is full.");
  if (state === "refused" || state === "broken") return _("The sync stopped. Everything is kept on this tablet.");
  if (!synced) return _("Not synced yet");
  return changes || photos.length || damaged ? _("Synced, except for what is named here") : _("Everything is up to date");
}

const BROKE_OFF = () => _("The line broke off. What was sent is on the server; the rest is kept on this tablet and goes by itself later.");

const INSTEAD = () =>
  _("There is a network, but something else answers in place of the server: the Wi-Fi may want you to sign in, or the server is off for a while. Everything is kept on this tablet.");

const STEPS = () => ({
  push: _("Sending what you filled in…"),
  pull: _("Receiving what is new…"),
  photos: _("Sending photos…"),
  counts: _("Comparing with the server…"),
  compare: _("Comparing with the server…"),
});

function bar(sync) {
  if (sync.state !== "running") return [];
  const { done, total } = sync;
  const how = total ? { max: total, value: done } : {};
  const progress = h("progress", { class: "progress-bar-line", ...how, "aria-label": _("Progress") });
  const said = barText(sync);
  return said ? [progress, text(said)] : [progress];
}

function barText({ step, done, total, item, items }) {
  if (step === "push") return _("Changes: %(done)s of %(total)s", { done: number(done), total: number(total) });
  if (step === "pull") return ngettext("%(n)s record received", "%(n)s records received", done);
  if (step === "photos") return _("Photo %(item)s of %(items)s: %(done)s of %(total)s sent", { item, items, done: size(done), total: size(total) });
  return null;
}

function detail({ state, problem }) {
  if (state === "refused") return text(problem.message);
  if (state !== "broken") return null;
  return text(BROKEN());
}

const BROKEN = () =>
  _("Close the app and open it again. If this comes back, save a backup file and show it to your administrator.");

// Nobody waits for these: the sync itself is done.
function earlierText({ progress }) {
  if (!progress?.total) return "";
  return _("Earlier photos to look at without network: %(done)s of %(total)s", { done: number(progress.done), total: number(progress.total) });
}

// How many changes and which photos have no receipt; how many photos can never have one, since they were damaged.
async function leftOf(store) {
  const [all, photos, { damaged, drafts }] = await Promise.all([store.bare("changes"), waitingPhotos(store), tally(store)]);
  return { changes: all.filter((change) => !change.receipt).length, photos, damaged: damaged.photos, drafts };
}

function leftText({ changes, photos, drafts }) {
  if (!changes && !photos.length) return drafts ? DRAFTS(drafts) : _("Nothing is waiting on this tablet.");
  const parts = [ngettext("%(n)s change", "%(n)s changes", changes)];
  if (photos.length) parts.push(ngettext("%(n)s photo", "%(n)s photos", photos.length));
  const bytes = photos.reduce((sum, photo) => sum + photo.bytes - (photo.sent ?? 0), 0);
  const sizes = bytes ? ` (${size(bytes)})` : "";
  return _("Waiting on this tablet: %(what)s", { what: parts.join(", ") + sizes });
}

const DRAFTS = (n) =>
  ngettext("%(n)s draft is still to be finished: until then it is on this tablet only.", "%(n)s drafts are still to be finished: until then they are on this tablet only.", n);

// What is not what it was when it was made is never sent in silence.
async function damagedBox(store) {
  const { changes, photos } = (await tally(store)).damaged;
  const n = changes + photos;
  return n > 0 && notice("danger", text(DAMAGED(n)), buttonLink("outline-primary", "receipt", _("See the receipts"), "#/receipts"));
}

const DAMAGED = (n) =>
  ngettext("%(n)s change or photo is damaged on this tablet and is not sent. The receipts show which. Save a backup file, and show it to your administrator.", "%(n)s changes or photos are damaged on this tablet and are not sent. The receipts show which. Save a backup file, and show it to your administrator.", n);

// --- the comparison ---

const CHECK = () =>
  _("The app compares everything on this tablet with the server. It does so by itself once a day; what is missing on either side is sent again.");

function checkedText({ checked, checks = [] }) {
  if (!checked) return [];
  const now = putRight(checked) ? [] : [quiet(_("Checked %(when)s: nothing was missing.", { when: moment(checked.at) }))];
  return [...now, checks.length > 0 && h("ul", {}, checks.map((one) => h("li", {}, foundText(one))))].filter(Boolean);
}

function foundText(check) {
  return _("Checked %(when)s, and put right: %(what)s", { when: moment(check.at), what: putRight(check) });
}

function putRight({ sent, fetched, removed }) {
  return [
    sent && ngettext("%(n)s change sent again", "%(n)s changes sent again", sent),
    fetched && ngettext("%(n)s record fetched again", "%(n)s records fetched again", fetched),
    removed && ngettext("%(n)s record removed that is not in your villages", "%(n)s records removed that are not in your villages", removed),
  ].filter(Boolean).join(", ");
}

// --- the backup file ---

const WHY = () =>
  _("A file with everything that has not been sent. Copy it to another device or a memory card: if this tablet breaks, your work is not lost. It holds personal data; keep it safe.");

function backupBox(tablet) {
  const said = h("p", { class: "quiet", role: "status" });
  const save = async () => {
    const name = download(await backup(tablet));
    said.textContent = _("The file %(name)s is saved in the downloads of this tablet.", { name });
  };
  return h("section", { class: "block" },
    h("h2", {}, _("Backup file")),
    text(WHY()),
    button("outline-primary wide", "save", _("Save a backup file"), save),
    said,
  );
}

// --- the tablet ---

async function aboutBox({ session, store, build }) {
  const facts = [
    [_("User"), session.account.name],
    [_("Tablet"), session.device.name || session.device.id],
    [_("Storage"), storageText(await navigator.storage?.persisted?.())],
    [_("Second copy"), copyText(store.copy, session)],
    session.loss && [_("Storage lost"), lossText(session.loss)],
    [_("Clock"), clockText(session)],
    [_("App version"), build.slice(0, 8)],
  ];
  return h("section", { class: "block" },
    h("h2", {}, _("This tablet")),
    h("dl", { class: "facts" }, facts.filter(Boolean).map(fact)),
    buttonLink("outline-primary wide", "lock", _("PIN and people"), "#/people"),
    text(...otherLanguages()),
  );
}

function fact([label, value]) {
  return h("div", { class: "fact" }, h("dt", {}, label), h("dd", {}, value));
}

/** The page says which there are. */
function otherLanguages() {
  /** @type {NodeListOf<HTMLLinkElement>} */
  const others = document.querySelectorAll("link[rel=alternate][hreflang]");
  return Array.from(others, ({ title, hreflang, href }) =>
    h("a", { class: "btn btn-outline-primary", href: `${href}#/sync`, lang: hreflang, hreflang }, title));
}

function storageText(kept) {
  if (kept) return _("The browser promises to keep it");
  return _("The browser may clear it when the tablet is full: sync often, and install the app on the home screen");
}

function copyText({ problem }, { copy_damaged: damaged }) {
  if (problem) return _("It cannot be kept just now: sync often, and save a backup file");
  if (damaged) return _("Kept. It was damaged, and written anew at %(when)s", { when: moment(damaged.at) });
  return _("Kept: if the app's storage breaks, what was not sent comes back from it");
}

function clockText(session) {
  const { state } = readClock(session);
  return state === "right" ? _("The time is right") : _("Wrong: set date and time to automatic");
}
