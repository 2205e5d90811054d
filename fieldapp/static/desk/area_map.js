import { showInteger } from "../app/twins/format.js";

/** The households of an area as points on an empty ground, with the names of the communes to find one's way. */
export async function drawArea(page) {
  const box = page.querySelector(".area-map:not(.leaflet-container)");
  if (!box || !globalThis.L) return;
  const L = globalThis.L;
  const map = L.map(box, { attributionControl: false, zoomControl: false, preferCanvas: true, maxZoom: 18 });
  L.control.zoom({ zoomInTitle: box.dataset.zoomIn, zoomOutTitle: box.dataset.zoomOut }).addTo(map);
  L.control.scale({ imperial: false }).addTo(map);
  map.setView([22.2, 105.85], 9);
  const borders = fetch(box.dataset.borders);
  const first = new URL(box.dataset.points, location.href);
  first.searchParams.set("across", across(Math.min(box.clientWidth, box.clientHeight)));
  const answer = await fetch(first);
  if (!answer.ok) return;
  const found = await answer.json();
  tell(page, found);
  const marks = L.layerGroup().addTo(map);
  const look = { colours: coloursIn(page.querySelector(".map-legend")), records: box.dataset.records, square: box.dataset.square };
  mark(L, map, marks, found, look);
  nameThe(L, map, found.places);
  const seen = found.points.length ? found.points : found.squares;
  if (seen.length) map.fitBounds(L.latLngBounds(within(seen)).pad(0.08), { animate: false });
  if (found.squares.length) map.on("moveend", () => again(L, map, marks, box.dataset.points, look));
  const lines = await borders;
  if (lines.ok) L.geoJSON(await lines.json(), BORDER).addTo(map).bringToBack();
}

// The colour of each state is that of its mark in the legend.
function coloursIn(legend) {
  const marks = [...legend.querySelectorAll("[data-status]")];
  return new Map(marks.map((mark) => [mark.dataset.status, getComputedStyle(mark, "::before").backgroundColor]));
}

/** How many there are, and a line of the table for each commune. */
function tell(page, { count, places }) {
  const told = page.querySelector("[data-map-count]");
  told.textContent = told.dataset.words.replace("%(count)s", showInteger(count));
  const table = page.querySelector("[data-map-places]");
  for (const [, , name, households, code] of places) {
    const row = table.tBodies[0].insertRow();
    row.insertCell().append(linkTo(name, table.dataset.commune.replace("commune=_", `commune=${code}`)));
    const cell = row.insertCell();
    cell.className = "number";
    cell.textContent = showInteger(households);
  }
}

/** What is looked at is asked for again when somebody moves; an answer that another has overtaken is left. */
async function again(L, map, marks, address, look) {
  const bounds = map.getBounds();
  const url = new URL(address, location.href);
  const sides = { south: bounds.getSouth(), west: bounds.getWest(), north: bounds.getNorth(), east: bounds.getEast() };
  for (const [side, degree] of Object.entries(sides)) url.searchParams.set(side, degree.toFixed(5));
  url.searchParams.set("across", across(Math.max(...Object.values(map.getSize()))));
  marks.asked = url.href;
  const answer = await fetch(url);
  if (!answer.ok || marks.asked !== url.href) return;
  const found = await answer.json();
  marks.clearLayers();
  mark(L, map, marks, found, look);
}

function mark(L, map, marks, { points, squares }, look) {
  for (const [lat, lon, name, status, id] of points) {
    L.circleMarker([Number(lat), Number(lon)], { ...POINT, fillColor: look.colours.get(status) ?? "#8a8474" })
      .bindPopup(() => linkTo(name, look.records + id))
      .addTo(marks);
  }
  const most = Math.max(...squares.map(([, , count]) => count));
  for (const [lat, lon, count] of squares) square(L, map, [lat, lon], count, most, look).addTo(marks);
}

const SQUARE = 44;
const across = (pixels) => Math.max(2, Math.floor(pixels / SQUARE));

/** A button: by a click, a touch or Enter the map comes closer. */
function square(L, map, at, count, most, look) {
  const size = Math.round(SQUARE * (0.6 + 0.4 * Math.sqrt(count / most)));
  const closer = () => map.setView(at, map.getZoom() + 2);
  const words = look.square.replace("%(count)s", showInteger(count));
  const icon = L.divIcon({ className: "map-square", iconSize: [size, size], html: text(showInteger(count)) });
  return L.marker(at, { icon, title: words, alt: words, keyboard: true })
    .on("click", closer)
    .on("keypress", ({ originalEvent }) => originalEvent.key === "Enter" && closer());
}

function nameThe(L, map, places) {
  const names = places.map(([lat, lon, name]) =>
    L.tooltip({ permanent: true, direction: "top", opacity: 1, className: "place-name" })
      .setLatLng([lat, lon])
      .setContent(text(name))
      .addTo(map),
  );
  map.on("zoomend", () => hideCovered(names));
  hideCovered(names);
}

/** A name that would cover another waits until the map is closer; the first in the list stand first. */
function hideCovered(names) {
  const taken = [];
  for (const name of names) {
    const element = name.getElement();
    element.hidden = false;
    const box = element.getBoundingClientRect();
    element.hidden = taken.some((other) => overlap(box, other));
    if (!element.hidden) taken.push(box);
  }
}

function overlap(one, other) {
  return one.left < other.right && other.left < one.right && one.top < other.bottom && other.top < one.bottom;
}

const BORDER = { interactive: false, style: { color: "#7d7663", weight: 1, fill: false } };
const POINT = { radius: 6, color: "#ffffff", weight: 1, fillOpacity: 0.9 };

function linkTo(name, address) {
  const link = document.createElement("a");
  link.href = address;
  link.textContent = name;
  return link;
}

function text(words) {
  const span = document.createElement("span");
  span.textContent = words;
  return span;
}

/** All but the outermost hundredth on each side: one wrong position must not shrink the province to a dot. */
function within(points) {
  const cut = Math.floor(points.length / 100);
  const middle = (values) => values.sort((a, b) => a - b).slice(cut, values.length - cut || undefined);
  const lats = middle(points.map((point) => Number(point[0])));
  const lons = middle(points.map((point) => Number(point[1])));
  return [
    [lats[0], lons[0]],
    [lats.at(-1), lons.at(-1)],
  ];
}
