/** One press chooses the same for every record of a page, or ticks all of one name; what cannot be chosen there stays as it is. */
export function checkAll(page) {
  for (const button of page.querySelectorAll("[data-check-all]")) {
    button.hidden = false;
    button.addEventListener("click", () => {
      const { checkAll: what } = button.dataset;
      for (const choice of button.form.querySelectorAll(`[type=radio][value="${what}"], [type=checkbox][name="${what}"]`)) choice.checked = true;
    });
  }
}
