/** Households of my villages: found by typing a name without accents, sorted by given name. */

import { _, ngettext } from "../ground/i18n.js";
import { Search, countsOf } from "../records/households.js";
import { h } from "../kit/dom.js";
import { alerts, button, buttonLink, card } from "../kit/parts.js";
import { afterPress } from "../kit/press.js";
import { tellCounts, villageChoice } from "../kit/village_choice.js";
import { householdText, villageText } from "../kit/words.js";

const AT_ONCE = 30;

export async function draw(tablet, { village = "" }) {
  const { noted } = tablet;
  const search = searchField(tablet.searched);
  const area = villageChoice(tablet, noted.area ?? village);
  const result = h("p", { class: "quiet", role: "status", "aria-live": "polite" });
  const list = h("ul", { class: "cards" });
  let among;
  const refresh = (most = AT_ONCE) => {
    Object.assign(noted, { area: area.value, most });
    fill(tablet, among, { text: search.value, area: area.value, list, result }, noted);
  };
  const read = async () => {
    const rows = await tablet.households.all();
    among = new Search(rows);
    tellCounts(tablet, area, countsOf(rows));
  };
  search.addEventListener("input", () => refresh());
  area.addEventListener("change", () => refresh());
  await read();
  refresh(noted.most);
  return {
    title: _("Households"),
    came: () => read().then(() => afterPress(() => refresh(noted.most))),
    body: [
      h("div", { class: "block" },
        h("label", { class: "question-label", for: "search" }, _("Search by name")),
        h("p", { class: "hint", id: "search-hint" }, HINT()),
        search,
        h("label", { class: "question-label", for: "village" }, _("Village")),
        area,
      ),
      result,
      list,
      h("div", { class: "actions" },
        buttonLink("outline-primary wide", "point", _("Map of the houses"), "#/map"),
        buttonLink("outline-primary wide", "plus", _("Add a new household"), "#/new/household"),
      ),
    ],
  };
}

const HINT = () =>
  _("Accents are not needed: “nguyen van tuong” finds Nguyễn Văn Tường. Phone and identity numbers work too.");

function searchField(value) {
  return h("input", {
    class: "form-control",
    id: "search",
    type: "search",
    value,
    autocomplete: "off",
    spellcheck: "false",
    "aria-describedby": "search-hint",
  });
}

function fill(tablet, among, { text, area, list, result }, noted) {
  tablet.searched = text;
  const some = among.find(text, area);
  result.textContent = some.length
    ? ngettext("%(n)s household", "%(n)s households", some.length)
    : _("No household has this name. Try fewer letters, or add the household.");
  list.replaceChildren(...some.slice(0, noted.most).map((row) => line(tablet, row)));
  const more = () => {
    noted.most += AT_ONCE;
    fill(tablet, among, { text, area, list, result }, noted);
  };
  if (some.length > noted.most) list.append(h("li", {}, button("outline-primary wide", null, _("Show more"), more)));
}

function line(tablet, row) {
  const classes = tablet.forms.surveys.household.questions.poverty_class.choices;
  const poverty = classes.find((choice) => choice.code === row.poverty)?.label;
  const born = row.year && _("born %(year)s", { year: row.year });
  const where = [villageText(tablet, row.area), born].filter(Boolean).join(" · ");
  return card(`#/record/${row.id}`, householdText(row.name), where, poverty, ...alerts(row));
}
