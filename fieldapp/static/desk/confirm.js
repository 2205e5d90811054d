/** A button with data-confirm asks once more, in the page's own words, before its form is sent. */
export function confirmBeforeSending(page) {
  for (const button of page.querySelectorAll("button[data-confirm]")) {
    button.addEventListener("click", (event) => {
      if (button.dataset.confirmed) return;
      event.preventDefault();
      ask(button.dataset.confirm, button.textContent.trim()).then((yes) => yes && send(button));
    });
  }
}

function send(button) {
  button.dataset.confirmed = "yes";
  button.form.requestSubmit(button);
  delete button.dataset.confirmed;
}

/** @returns {Promise<boolean>} whether the person said yes. */
function ask(question, yes) {
  const dialog = document.createElement("dialog");
  dialog.className = "confirm";
  dialog.setAttribute("aria-labelledby", "confirm-question");
  const text = document.createElement("p");
  text.id = "confirm-question";
  text.className = "lead";
  text.textContent = question;
  const form = document.createElement("form");
  form.method = "dialog";
  form.className = "actions";
  form.append(choice(yes, "yes", "btn-primary"), choice(document.body.dataset.cancel, "no", "btn-outline-primary"));
  dialog.append(text, form);
  document.body.append(dialog);
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => {
      dialog.remove();
      resolve(dialog.returnValue === "yes");
    });
  });
}

function choice(label, value, look) {
  const button = document.createElement("button");
  button.className = `btn ${look}`;
  button.value = value;
  button.textContent = label;
  return button;
}
