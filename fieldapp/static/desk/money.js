/** Beside an amount of money: what is understood of what is typed, before it is saved. */

import { showMoney } from "../app/twins/format.js";
import { readMoney } from "../app/twins/read.js";

/** Without this module “50 triệu” is understood all the same, and told once it is saved. */
export function echoMoney(page) {
  page.querySelectorAll("[data-kind=money] input[type=text], input[data-money]").forEach(echo);
}

function echo(field) {
  const understood = document.createElement("output");
  understood.className = "understood";
  understood.setAttribute("for", field.id);
  (field.closest(".entry") ?? field).after(understood);
  const tell = () => (understood.textContent = inFull(field.value));
  field.addEventListener("input", tell);
  tell();
}

function inFull(typed) {
  try {
    return typed.trim() && `= ${showMoney(readMoney(typed))}`;
  } catch {
    return ""; // what cannot be read is told when it is sent
  }
}
