/** Households of my villages: found by typing a name without accents, sorted by given name. */

import { h, icon } from "../dom.js";
import { _, number, ngettext } from "../i18n.js";
import { card, villageText } from "./parts.js";

const AT_ONCE = 60;

export async function draw(tablet, { village = "" }) {
  const counts = await tablet.households.counts();
  const search = h("input", { class: "form-control", id: "search", type: "search", autocomplete: "off", spellcheck: "false", value: tablet.searched ?? "", "aria-describedby": "search-hint" });
  const area = villageChoice(tablet, counts, village);
  const result = h("p", { class: "quiet", role: "status", "aria-live": "polite" });
  const list = h("ul", { class: "cards" });
  const refresh = () => fill(tablet, { text: search.value, area: area.value, list, result });
  search.addEventListener("input", refresh);
  area.addEventListener("change", refresh);
  await refresh();
  return {
    title: _("Households"),
    body: [
      h("div", { class: "block" },
        h("label", { class: "question-label", for: "search" }, _("Search by name")),
        h("p", { class: "hint", id: "search-hint" }, _("Accents are not needed: “nguyen van tuong” finds Nguyễn Văn Tường. Phone and identity numbers work too.")),
        search,
        h("label", { class: "question-label", for: "village" }, _("Village")),
        area,
      ),
      result,
      list,
      h("div", { class: "actions" },
        h("a", { class: "btn btn-outline-primary btn-wide", href: "#/new/household" }, icon("plus"), _("Add a new household")),
      ),
    ],
  };
}

function villageChoice(tablet, counts, chosen) {
  const options = tablet.session.areas.map(({ id, name, commune }) =>
    h("option", { value: id, selected: id === chosen }, `${name}, ${commune} (${number(counts.get(id) ?? 0)})`),
  );
  return h("select", { class: "form-select", id: "village" }, h("option", { value: "" }, _("All my villages")), options);
}

async function fill(tablet, { text, area, list, result }, most = AT_ONCE) {
  tablet.searched = text;
  const found = await tablet.households.find(text, area);
  result.textContent = found.length
    ? ngettext("%(n)s household", "%(n)s households", found.length)
    : _("No household has this name. Try fewer letters, or add the household.");
  list.replaceChildren(...found.slice(0, most).map((row) => line(tablet, row)));
  if (found.length > most) list.append(moreButton(() => fill(tablet, { text, area, list, result }, most + AT_ONCE)));
}

function line(tablet, row) {
  const classes = tablet.forms.surveys.household.questions.poverty_class.choices;
  const poverty = classes.find((choice) => choice.code === row.poverty)?.label;
  const born = row.born && _("born %(year)s", { year: row.born });
  return card(`#/record/${row.id}`, row.name || _("Household without a name yet"), [villageText(tablet, row.area), born].filter(Boolean).join(" · "), poverty);
}

function moreButton(onclick) {
  return h("li", {}, h("button", { class: "btn btn-outline-primary btn-wide", type: "button", onclick }, _("Show more")));
}
