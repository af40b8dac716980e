import { createProducts, type Products } from "./products.js";
import { seededRandom } from "./random.js";
import { startRows } from "./start.js";

/** Vectors in, clusters out. */
export interface Clusters {
  /** row → cluster */
  assignment: Int32Array;
  /** k × dimension */
  centroids: Float32Array;
  /** clusters, each with at least one row: what was asked for or fewer; numbered by their first row */
  k: number;
}

export interface ClusterOptions {
  /** how much each row counts, more than 0 (default: all the same) */
  weights?: ArrayLike<number>;
  /** rows that shape the clusters, from the first one on; later rows only join the nearest (default 20,000) */
  shaping?: number;
  /** rounds of moving the centroids, when they do not settle before (default 20) */
  rounds?: number;
}

/**
 * Rows and centroids are rounded to multiples of this. Products of such numbers are then exact in 32 bits, in whatever
 * order they are summed: 12 + 12 bits, and no sum passes 1.
 */
const GRID = 1 / 4096;
/** Rows per centroid that the start is drawn from. */
const START_ROWS = 10;
/** Bounds are kept in 32 bits: a distance this much above one is not below it. */
const SLACK = 1e-6;

/** How many clusters `points` vectors get when nobody says: 4 √points, so that a cluster holds one move's wordings. */
export function clusterCount(points: number): number {
  return Math.min(points, Math.round(4 * Math.sqrt(points)));
}

/**
 * k-means (Lloyd) from a greedy k-means++ start, with Elkan's bounds (ICML 2003): a row is not compared with centroids
 * that cannot be its nearest, and the result is that of comparing with all. At the end every row belongs to its
 * nearest centroid, of equally near ones to the lower number. The same rows in the same order give the same bits
 * everywhere.
 * @param rows count × dimension, row-major, each row of length 1; the strongest first
 * @throws RangeError when the rows are not whole or k is less than 1
 */
export function cluster(
  rows: Float32Array,
  dimension: number,
  k: number,
  seed: number,
  options: ClusterOptions = {},
): Clusters {
  const count = rows.length / dimension;
  if (!Number.isInteger(count)) throw new RangeError(`${rows.length} numbers are not rows of ${dimension}`);
  if (!(k >= 1)) throw new RangeError(`Expecting at least one cluster. Got ${k}`);
  const { weights, shaping = 20_000, rounds = 20 } = options;
  const shapers = Math.min(count, shaping);
  const space = createProducts(shapers, Math.max(Math.min(k, shapers), 8), dimension);
  const lengths = load(space, rows, dimension, 0, shapers);
  const assignment = new Int32Array(count);

  let centroids = start(space, lengths, weights, k, seed);
  const way = new Float64Array(centroids.length / space.stride);
  const bounds = new Float32Array(shapers * way.length);
  assign(space, lengths, centroids, assignment, bounds);
  for (let round = 0; round < rounds; round++) {
    const moved = means(space, weights, assignment.subarray(0, shapers), centroids);
    squaredLengths(moved, space.stride, centroids).forEach((square, j) => {
      way[j] += Math.sqrt(square);
    });
    centroids = moved;
    const changed = reassign(space, lengths, centroids, way, assignment, bounds);
    if (!changed) break;
  }
  for (let from = shapers; from < count; from += shapers) {
    const some = Math.min(shapers, count - from);
    assign(space, load(space, rows, dimension, from, some), centroids, assignment.subarray(from, from + some));
  }
  return numbered(assignment, centroids, space.stride, dimension);
}

/** Copies rows into the space, on the grid; returns their squared lengths. */
function load({ rows: to, stride }: Products, rows: Float32Array, dimension: number, from: number, count: number) {
  const lengths = new Float64Array(count);
  for (let row = 0; row < count; row++) {
    for (let d = 0; d < dimension; d++) {
      const value = Math.round(rows[(from + row) * dimension + d] / GRID) * GRID;
      to[row * stride + d] = value;
      lengths[row] += value * value;
    }
  }
  return lengths;
}

/** The first centroids, drawn from rows spread evenly over all: a few per centroid are enough unless many are alike. */
function start(
  space: Products,
  lengths: Float64Array,
  weights: ArrayLike<number> | undefined,
  k: number,
  seed: number,
): Float32Array {
  const { rows, stride } = space;
  const random = seededRandom(seed);
  const from = (n: number) => {
    const spread = Int32Array.from({ length: n }, (_, i) => Math.floor((i * lengths.length) / n));
    return startRows(space, lengths, weights, spread, k, random);
  };
  let chosen = from(Math.min(lengths.length, START_ROWS * k));
  if (chosen.length < k && lengths.length > START_ROWS * k) chosen = from(lengths.length);
  const centroids = new Float32Array(chosen.length * stride);
  chosen.forEach((row, j) => {
    centroids.set(rows.subarray(row * stride, (row + 1) * stride), j * stride);
  });
  return centroids;
}

/** The squared length of each centroid less `origin`'s. */
function squaredLengths(centroids: Float32Array, stride: number, origin?: Float32Array): Float64Array {
  const squares = new Float64Array(centroids.length / stride);
  for (let j = 0, i = 0; j < squares.length; j++) {
    for (const end = i + stride; i < end; i++) squares[j] += (origin ? centroids[i] - origin[i] : centroids[i]) ** 2;
  }
  return squares;
}

/** Gives each row its nearest centroid; its distances from all become the first bounds where asked for. */
function assign(
  { products, centroids: place, stride }: Products,
  lengths: Float64Array,
  centroids: Float32Array,
  assignment: Int32Array,
  bounds?: Float32Array,
): void {
  place.set(centroids);
  const squares = squaredLengths(centroids, stride);
  const k = squares.length;
  for (let row = 0; row < lengths.length; row++) {
    const dots = products(row, 0, k);
    let nearest = 0;
    let least = Number.POSITIVE_INFINITY;
    for (let j = 0; j < k; j++) {
      const there = distance(lengths[row], squares[j], dots[j]);
      if (bounds) bounds[row * k + j] = there;
      if (there < least) {
        least = there;
        nearest = j;
      }
    }
    assignment[row] = nearest;
  }
}

/** The weighted mean of each cluster's rows, on the grid; a cluster without rows stays where it was. */
function means(
  { rows, stride }: Products,
  weights: ArrayLike<number> | undefined,
  assignment: Int32Array,
  before: Float32Array,
): Float32Array {
  const sums = new Float64Array(before.length);
  const mass = new Float64Array(before.length / stride);
  for (let row = 0; row < assignment.length; row++) {
    const weight = weights ? weights[row] : 1;
    mass[assignment[row]] += weight;
    const to = assignment[row] * stride;
    const from = row * stride;
    for (let d = 0; d < stride; d++) sums[to + d] += weight * rows[from + d];
  }
  const after = new Float32Array(before);
  for (let j = 0; j < mass.length; j++) {
    if (mass[j] === 0) continue;
    for (let i = j * stride; i < (j + 1) * stride; i++) after[i] = Math.round(sums[i] / (mass[j] * GRID)) * GRID;
  }
  return after;
}

/**
 * Gives each row its nearest centroid after these moved. A centroid is no nearer to a row than when they were last
 * compared, less the way it went since: bounds hold that distance plus the way the centroid had gone by then.
 * @param way how far each centroid has gone in all
 * @returns whether any row changed its cluster
 */
function reassign(
  { products, centroids: place, stride }: Products,
  lengths: Float64Array,
  centroids: Float32Array,
  way: Float64Array,
  assignment: Int32Array,
  bounds: Float32Array,
): boolean {
  place.set(centroids);
  const squares = squaredLengths(centroids, stride);
  const k = squares.length;
  let changed = false;
  for (let row = 0; row < lengths.length; row++) {
    const base = row * k;
    const own = assignment[row];
    let nearest = own;
    let least = distance(lengths[row], squares[own], products(row, own, 1)[0]);
    bounds[base + own] = least + way[own];
    for (let j = 0; j < k; j++) {
      if (bounds[base + j] - way[j] > least + SLACK || j === own) continue;
      const there = distance(lengths[row], squares[j], products(row, j, 1)[0]);
      bounds[base + j] = there + way[j];
      if (there < least || (there === least && j < nearest)) {
        least = there;
        nearest = j;
      }
    }
    if (nearest !== own) {
      assignment[row] = nearest;
      changed = true;
    }
  }
  return changed;
}

const distance = (a: number, b: number, product: number) => {
  const square = a + b - 2 * product;
  return square > 0 ? Math.sqrt(square) : 0;
};

/** Clusters without rows dropped, the others numbered by their first row. */
function numbered(assignment: Int32Array, centroids: Float32Array, stride: number, dimension: number): Clusters {
  const number = new Int32Array(centroids.length / stride).fill(-1);
  const order: number[] = [];
  const renumbered = assignment.map((old) => {
    if (number[old] < 0) number[old] = order.push(old) - 1;
    return number[old];
  });
  const kept = new Float32Array(order.length * dimension);
  order.forEach((old, j) => {
    kept.set(centroids.subarray(old * stride, old * stride + dimension), j * dimension);
  });
  return { assignment: renumbered, centroids: kept, k: order.length };
}
