/** Comments on single questions: more rows, and a button beside each answer that leads to a row for it. */
export function offerPins(page) {
  const list = page.querySelector("[data-pins]");
  if (!list) return;
  const blank = list.firstElementChild.cloneNode(true);
  const more = page.querySelector("[data-add-pin]");
  more.hidden = false;
  more.addEventListener("click", () => addRow(list, blank).querySelector("select").focus());
  for (const button of page.querySelectorAll("[data-pin]")) {
    button.hidden = false;
    button.addEventListener("click", () => pin(list, blank, button.dataset.pin));
  }
}

function pin(list, blank, question) {
  const rows = [...list.children];
  const row =
    rows.find((one) => one.querySelector("select").value === question) ??
    rows.find((one) => !one.querySelector("select").value && !one.querySelector("textarea").value) ??
    addRow(list, blank);
  row.querySelector("select").value = question;
  row.scrollIntoView({ block: "center" });
  row.querySelector("textarea").focus({ preventScroll: true });
}

function addRow(list, blank) {
  const row = blank.cloneNode(true);
  const number = list.children.length + 1;
  for (const field of row.querySelectorAll("select, textarea")) {
    const label = row.querySelector(`label[for="${field.id}"]`);
    field.id = field.id.replace(/\d+$/, String(number));
    label.htmlFor = field.id;
    field.value = "";
  }
  list.append(row);
  return row;
}
