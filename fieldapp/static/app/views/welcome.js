/** The first days with the app: how it works, in five sentences, and how it comes to the home screen. */

import { _ } from "../ground/i18n.js";
import { h } from "../kit/dom.js";
import { button, notice, text } from "../kit/parts.js";

const HOW = () => [
  _("You can work without network. Every answer is saved on this tablet as soon as you give it."),
  _("A form that is not finished waits under “Drafts to finish”. Open it, and it goes on at the same question."),
  _("When there is network, finished forms are sent by themselves. Until the server has confirmed them, they stay here."),
  _("The state of each form stands on it in words: on this tablet, sent, received, or returned to be corrected."),
  _("Do not clear the browser's data, and do not uninstall the app, while anything waits to be sent."),
];

/** What a person new to the app is told, until told that it is understood; and the offer to install the app. */
export function welcome(tablet) {
  return [!tablet.session.explained && explanation(tablet), installOffer(tablet)];
}

function explanation(tablet) {
  return h("section", { class: "notice notice-good", id: "how" },
    h("h2", {}, _("How the app works")),
    h("ol", { class: "how" }, HOW().map((line) => h("li", {}, line))),
    !isInstalled() && !tablet.install && text(INSTALL_BY_HAND()),
    button("primary", "check", _("I have read it"), () => explained(tablet, true)),
  );
}

/** The way back to the explanation. */
export function explainAgain(tablet) {
  const again = () => explained(tablet, false);
  return tablet.session.explained && button("quiet", null, _("How the app works"), again);
}

async function explained(tablet, yes) {
  await tablet.session.keep({ explained: yes });
  await tablet.again();
}

const INSTALL_BY_HAND = () =>
  _("Put the app on the home screen, if it is not there yet: open the browser's menu and choose “Add to home screen”.");

function isInstalled() {
  return matchMedia("(display-mode: standalone)").matches;
}

function installOffer({ install }) {
  if (!install) return null;
  const why = _("Put the app on the home screen: it opens faster, and the browser keeps its data more safely.");
  return notice("plain", text(why), button("outline-primary", "tablet", _("Install the app"), install));
}
