/** The position of a house among its neighbours, drawn by Leaflet; no tiles are needed to see who lives where. */
export function drawPoint(page) {
  const box = page.querySelector(".point-map:not(.leaflet-container)");
  if (!box || !globalThis.L) return;
  const L = globalThis.L;
  const here = [Number(box.dataset.lat), Number(box.dataset.lon)];
  const accuracy = Number(box.dataset.accuracy);
  const others = JSON.parse(box.dataset.others).map((pair) => pair.map(Number));
  const map = L.map(box, { attributionControl: false, zoomControl: false, scrollWheelZoom: false, maxZoom: 19 });
  L.control.zoom({ zoomInTitle: box.dataset.zoomIn, zoomOutTitle: box.dataset.zoomOut }).addTo(map);
  L.control.scale({ imperial: false }).addTo(map);
  for (const other of others) L.circleMarker(other, NEIGHBOUR).addTo(map);
  if (accuracy) L.circle(here, { radius: accuracy, ...AROUND }).addTo(map);
  L.circleMarker(here, HOUSE).addTo(map);
  map.fitBounds(L.latLngBounds([here, ...nearest(here, others)]).pad(0.3), { maxZoom: 17 });
}

const NEIGHBOUR = { interactive: false, radius: 6, color: "#5d584b", weight: 1, fillColor: "#8a8474", fillOpacity: 0.7 };
const AROUND = { interactive: false, color: "#b3541e", weight: 1, fillColor: "#b3541e", fillOpacity: 0.12 };
const HOUSE = { interactive: false, radius: 11, color: "#ffffff", weight: 3, fillColor: "#b3541e", fillOpacity: 1 };

/** The neighbours that fit on the first view; a wrong point far away must not push the house out of sight. */
function nearest(here, others) {
  const distance = ([lat, lon]) => Math.hypot(lat - here[0], lon - here[1]);
  return [...others].sort((a, b) => distance(a) - distance(b)).slice(0, 25);
}
