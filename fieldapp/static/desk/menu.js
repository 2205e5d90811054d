/** On a narrow screen the sections of a page lie in one row that is scrolled: the one that is open is in sight. */
export function showSection(page) {
  const row = page.querySelector(".sections ul");
  const here = row?.querySelector("[aria-current]");
  if (here) row.scrollLeft = here.offsetLeft - row.offsetLeft - (row.clientWidth - here.offsetWidth) / 2;
}

/** On a narrow screen the links fold behind a button; without this module they simply stand there. */
export function openMenu(page) {
  const button = page.querySelector(".menu-button");
  if (!button) return;
  const menu = page.getElementById(button.getAttribute("aria-controls"));
  const narrow = matchMedia("(max-width: 47.99rem)");
  const fold = () => {
    button.hidden = !narrow.matches;
    button.parentElement.classList.toggle("has-menu-button", narrow.matches);
  };
  button.addEventListener("click", () => {
    const open = menu.classList.toggle("is-open");
    button.setAttribute("aria-expanded", String(open));
  });
  narrow.addEventListener("change", fold);
  fold();
}
