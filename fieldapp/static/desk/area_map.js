/** The households of an area as points on an empty ground, with the names of the communes to find one's way. */
export async function drawArea(page) {
  const box = page.querySelector(".area-map:not(.leaflet-container)");
  if (!box || !globalThis.L) return;
  const L = globalThis.L;
  const map = L.map(box, { attributionControl: false, zoomControl: false, preferCanvas: true, maxZoom: 18 });
  L.control.zoom({ zoomInTitle: box.dataset.zoomIn, zoomOutTitle: box.dataset.zoomOut }).addTo(map);
  L.control.scale({ imperial: false }).addTo(map);
  map.setView([22.2, 105.85], 9);
  const answer = await fetch(box.dataset.points);
  if (answer.ok) draw(L, map, await answer.json(), page, box.dataset.records);
}

// The colour of each state is that of its mark in the key.
function coloursIn(key) {
  const marks = [...key.querySelectorAll("[data-status]")];
  return new Map(marks.map((mark) => [mark.dataset.status, getComputedStyle(mark, "::before").backgroundColor]));
}

function draw(L, map, { points, places }, page, records) {
  const count = page.querySelector("[data-map-count]");
  count.textContent = count.dataset.words.replace("%(count)s", points.length.toLocaleString(document.documentElement.lang));
  const colours = coloursIn(page.querySelector(".map-key"));
  for (const [lat, lon, name, status, id] of points) {
    L.circleMarker([Number(lat), Number(lon)], { ...POINT, fillColor: colours.get(status) ?? "#8a8474" })
      .bindPopup(() => linkTo(name, records + id))
      .addTo(map);
  }
  const names = places.map(([lat, lon, name]) =>
    L.tooltip({ permanent: true, direction: "top", opacity: 1, className: "place-name" })
      .setLatLng([lat, lon])
      .setContent(text(name))
      .addTo(map),
  );
  map.on("zoomend", () => hideCovered(names));
  if (points.length) map.fitBounds(L.latLngBounds(within(points)).pad(0.08));
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
