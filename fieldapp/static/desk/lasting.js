/** Work of minutes says that it has begun as soon as its form is sent, and the form is sent once however often it is pressed. */
export function tellThatItLasts(page) {
  for (const form of page.querySelectorAll("form[data-lasts]")) {
    form.addEventListener("submit", (event) => begin(form, event));
    addEventListener("pageshow", () => end(form)); // whoever comes back finds it as it was
  }
}

function begin(form, event) {
  if (form.querySelector(".lasting")) return event.preventDefault();
  const told = document.createElement("p");
  told.className = "notice lasting";
  told.setAttribute("role", "status");
  const buttons = form.querySelector(".actions"); // below them may stand hundreds of lines
  if (buttons) buttons.after(told);
  else form.append(told);
  told.textContent = form.dataset.lasts; // what is written into it once it is there is read out
  return told.scrollIntoView({ block: "nearest" });
}

function end(form) {
  form.querySelector(".lasting")?.remove();
}
