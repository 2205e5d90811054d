/** Points of the earth, [latitude, longitude], on a small plan, as on a plane: exact enough for a few communes. */

const DEGREE_M = 111_195; // of latitude, and of longitude at the equator
const MARGIN = 48;
const LEAST_M = 200; // a single house is not blown up to the whole plan

/** The side of the plan, in its own units. */
export const SIZE = 600;

/** Metres between two points. */
export function distance(one, other) {
  return Math.hypot(...apart(one, other));
}

// Metres to the east and to the north.
function apart([lat, lon], [otherLat, otherLon]) {
  const middle = (((lat + otherLat) / 2) * Math.PI) / 180;
  return [(otherLon - lon) * DEGREE_M * Math.cos(middle), (otherLat - lat) * DEGREE_M];
}

// The point so many metres to the east and to the north of another.
function moved([lat, lon], [east, north]) {
  const there = lat + north / DEGREE_M;
  const middle = (((lat + there) / 2) * Math.PI) / 180;
  return [there, lon + east / (DEGREE_M * Math.cos(middle))];
}

/**
 * A plan with all these points on it, north at the top: `place(point)` gives `[x, y]`, `point([x, y])` the other way
 * round, and `bar` is a round length to measure with, `{metres, width}`. `around`: metres shown about the points.
 */
export function plan(points, { around = 0 } = {}) {
  const middle = [0, 1].map((axis) => (least(points, axis) + most(points, axis)) / 2);
  const reach = points.reduce((far, point) => Math.max(far, ...apart(middle, point).map(Math.abs)), LEAST_M / 2) + around;
  const scale = (SIZE / 2 - MARGIN) / reach;
  const place = (point) => {
    const [east, north] = apart(middle, point);
    return [SIZE / 2 + east * scale, SIZE / 2 - north * scale];
  };
  const point = ([x, y]) => moved(middle, [(x - SIZE / 2) / scale, (SIZE / 2 - y) / scale]);
  return { place, point, bar: bar(scale) };
}

function least(points, axis) {
  return points.reduce((found, point) => Math.min(found, point[axis]), Infinity);
}

function most(points, axis) {
  return points.reduce((found, point) => Math.max(found, point[axis]), -Infinity);
}

// 1, 2 or 5 with zeros: the longest that fits into a third of the plan.
function bar(scale) {
  const room = SIZE / 3 / scale;
  const zeros = 10 ** Math.floor(Math.log10(room));
  const metres = [5, 2, 1].map((digit) => digit * zeros).find((length) => length <= room);
  return { metres, width: metres * scale };
}
