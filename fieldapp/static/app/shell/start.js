/**
 * The first steps of the app: its words, and who is in front of it. Only what these need is loaded before the page shows;
 * everything else comes while the PIN is typed.
 */

import { speak } from "../ground/i18n.js";
import { watchKeyboard } from "../kit/keyboard.js";
import { watchPresses } from "../kit/press.js";
import { LockScreen } from "../views/lock.js";
import { Insecure, failed } from "./failure.js";
import { tellOutdated, watchUpdates } from "./updates.js";

const BASE = new URL("..", import.meta.url);

async function fetched(name) {
  const response = await fetch(new URL(name, BASE));
  if (!response.ok) throw new Error(`${name}: ${response.status}`);
  return response.json();
}

function watch() {
  watchUpdates().catch((error) => console.error(error));
}

async function start() {
  const language = document.documentElement.lang;
  speak(await fetched(`words.${language}.json`));
  if (!window.isSecureContext) throw new Insecure();
  watchPresses();
  watchKeyboard();
  const isKept = Boolean(navigator.serviceWorker?.controller);
  if (!isKept) watch(); // until the shell is kept, the app needs the network
  const screen = new LockScreen({ main: document.getElementById("main"), language, options: { onOutdated: tellOutdated } });
  const somebody = screen.pass();
  await Promise.race([screen.shown, somebody]);
  if (isKept) watch();
  const rest = Promise.all([import("./app.js"), fetched(`forms.${language}.json`)]);
  const [opened, [{ Tablet }, forms]] = await Promise.all([somebody, rest]);
  new Tablet({ ...opened, forms, language }).start();
}

start().catch(failed);
