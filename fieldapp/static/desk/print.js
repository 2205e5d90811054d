// The print button: shown only where a page can print itself.
for (const button of document.querySelectorAll("[data-print]")) {
  button.hidden = false;
  button.addEventListener("click", () => window.print());
}

// A table too wide for one sheet is printed in parts: the page has the headings of each, its lines are those of the whole.
addEventListener("beforeprint", () => document.querySelectorAll(".on-paper").forEach(fill));

function fill(part) {
  const sheet = part.closest(".sheet");
  const [first, last] = [part.dataset.first, part.dataset.last].map((column) => 2 + Number(column));
  const lines = [...sheet.querySelector("tbody").rows].map((row) => cut(row, first, last));
  part.querySelector("tbody").replaceChildren(...lines);
  sheet.classList.add("in-parts");
}

// Ordinal and name of a line, and its numbers from the first to the last column (without that one), without links.
function cut(row, first, last) {
  const line = row.cloneNode(false);
  const cells = [...row.cells];
  line.append(...[...cells.slice(0, 2), ...cells.slice(first, last)].map(plain));
  return line;
}

function plain(cell) {
  const copy = cell.cloneNode(false);
  copy.textContent = cell.textContent;
  return copy;
}
