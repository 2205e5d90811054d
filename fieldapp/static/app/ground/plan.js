/** Points of the earth, [latitude, longitude], on a small plan, as on a plane: exact enough for a few communes. */

const DEGREE_M = 111_195; // of latitude, and of longitude at the equator
const MARGIN = 48;
const LEAST_M = 200; // a single house is not blown up to the whole plan

/** No position of a house is far from the others of its village below this. */
export const FAR_M = 5000;

/** The side of the plan, in its own units. */
export const SIZE = 600;

/** Metres between two points. */
export function distance(one, other) {
  return Math.hypot(...apart(one, other));
}

// Metres to the east and to the north.
/** @param {number[]} from @param {number[]} to */
function apart([lat, lon], [otherLat, otherLon]) {
  const middle = (((lat + otherLat) / 2) * Math.PI) / 180;
  return [(otherLon - lon) * DEGREE_M * Math.cos(middle), (otherLat - lat) * DEGREE_M];
}

// The point so many metres to the east and to the north of another.
/** @param {number[]} from @param {number[]} by */
function moved([lat, lon], [east, north]) {
  const there = lat + north / DEGREE_M;
  const middle = (((lat + there) / 2) * Math.PI) / 180;
  return [there, lon + east / (DEGREE_M * Math.cos(middle))];
}

/**
 * The points that lie together, and those far off, as positions in `points`: `{near, far}`. Far is a point beyond three
 * times what nine in ten reach from the middle, and never less than `FAR_M`: a village that straggles along a valley is
 * one village, and a point 35 km away a slip.
 */
export function bulk(points) {
  const middle = [0, 1].map((axis) => points.map((point) => point[axis]).sort((a, b) => a - b)[(points.length - 1) >> 1]);
  const away = points.map((point) => distance(middle, point));
  const usual = away.toSorted((a, b) => a - b)[Math.floor(0.9 * (points.length - 1))];
  const limit = points.length < 3 ? Infinity : Math.max(3 * usual, FAR_M); // of two, nobody knows which is astray
  const all = [...points.keys()];
  return { near: all.filter((i) => away[i] <= limit), far: all.filter((i) => away[i] > limit) };
}

/**
 * A plan with all these points on it, north at the top: `place(point)` gives `[x, y]`, `point([x, y])` the other way
 * round, and `bar` is a round length to measure with, `{metres, width}`. `around`: metres shown about the points.
 * `zoom`: so many times nearer; `centre`: the point in the middle then.
 */
export function plan(points, { around = 0, zoom = 1, centre = null } = {}) {
  const whole = [0, 1].map((axis) => (least(points, axis) + most(points, axis)) / 2);
  const reach = points.reduce((far, point) => Math.max(far, ...apart(whole, point).map(Math.abs)), LEAST_M / 2) + around;
  const middle = centre ?? whole;
  const scale = ((SIZE / 2 - MARGIN) / reach) * zoom;
  const place = (point) => {
    const [east, north] = apart(middle, point);
    return [SIZE / 2 + east * scale, SIZE / 2 - north * scale];
  };
  const point = (/** @type {number[]} */ [x, y]) => moved(middle, [(x - SIZE / 2) / scale, (SIZE / 2 - y) / scale]);
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
  const longest = SIZE / 3 / scale;
  const zeros = 10 ** Math.floor(Math.log10(longest));
  const metres = [5, 2, 1].map((digit) => digit * zeros).find((length) => length <= longest);
  return { metres, width: metres * scale };
}
