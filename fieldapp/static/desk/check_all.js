/** One press chooses the same for every record of a page; what cannot be chosen there stays as it is. */
export function checkAll(page) {
  for (const button of page.querySelectorAll("[data-check-all]")) {
    button.hidden = false;
    button.addEventListener("click", () => {
      for (const choice of button.form.querySelectorAll(`input[type=radio][value="${button.dataset.checkAll}"]`)) choice.checked = true;
    });
  }
}
