/** Photos on the screen: taken here, fetched before, or fetched now when there is network. */

import { _ } from "../ground/i18n.js";
import { address, whole } from "../store/photos.js";
import { fetchThumb, keepThumb } from "../wire/thumbs.js";
import { h } from "./dom.js";

/** A small picture that fills itself in. */
export function picture(tablet, photo, label) {
  const image = h("img", { alt: label, width: "120", height: "90", class: "picture" });
  const place = h("span", {}, image);
  smallBytes(tablet, photo).then((bytes) => {
    if (bytes) showIn(image, bytes);
    else place.replaceChildren(h("span", { class: "picture-missing" }, _("%(label)s: on the server", { label })));
  });
  return place;
}

function showIn(image, bytes) {
  image.addEventListener("load", () => URL.revokeObjectURL(image.src), { once: true });
  image.src = address(bytes);
}

async function smallBytes(tablet, { sha256 }) {
  const kept = (await tablet.store.get("photos", sha256)) ?? (await tablet.store.get("thumbs", sha256));
  if (kept) return kept.thumb;
  const thumb = await fetchThumb(wireOf(tablet), sha256).catch(() => null);
  if (thumb) await keepThumb(tablet.store, { sha256, thumb }).catch(() => null); // without room, again next time
  return thumb;
}

function wireOf({ session, language }) {
  return session.wire(language);
}

/** The whole photo over the page, until it is closed. */
export async function showWhole(tablet, photo, label) {
  const bytes = (await largeBytes(tablet, photo)) ?? (await smallBytes(tablet, photo));
  const close = h("button", { class: "btn btn-primary", type: "button", onclick: () => dialog.close() }, _("Close"));
  const inside = bytes
    ? h("img", { class: "whole", alt: label, src: address(bytes, photo.type) })
    : h("p", {}, _("This photo is on the server. Open it when there is network."));
  const dialog = h("dialog", { class: "viewer", "aria-label": label, onclose: () => dialog.remove() }, inside, close);
  document.body.append(dialog);
  dialog.showModal();
}

async function largeBytes(tablet, { sha256 }) {
  const known = await tablet.store.get("photos", sha256);
  return (known && (await whole(tablet.store, known))) ?? wireOf(tablet).picture(`blob/${sha256}`).catch(() => null);
}
