/** Lists follow their filters at once; the button stays for the keyboard and for pages without scripts. */
export function submitOnChange(page) {
  for (const form of page.querySelectorAll("form[data-submit-on-change]")) {
    form.addEventListener("change", (event) => {
      if (event.target.matches("select")) form.requestSubmit();
    });
    form.addEventListener("submit", () => leaveOutEmpty(form));
  }
}

/** Short addresses can be read out and passed on. */
function leaveOutEmpty(form) {
  for (const field of form.elements) {
    if (field.name && !field.value) field.disabled = true;
  }
  addEventListener("pageshow", () => [...form.elements].forEach((field) => (field.disabled = false)), { once: true });
}
