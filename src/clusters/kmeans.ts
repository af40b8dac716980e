import { seededRandom } from "../statistics/random.js";
import { startThread, type Thread } from "../threads.js";
import { createProducts } from "./products.js";
import { type Compared, createSlice, GRID, load, squaredLengths } from "./slice.js";
import { startRows } from "./start.js";
import type { Replies, Request, WorkerSetup } from "./worker.js";

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
  /** threads that share the rows; no effect on the result (default 1) */
  threads?: number;
  /** rows that shape the clusters, from the first one on; later rows only join the nearest (default 20,000) */
  shaping?: number;
  /** rounds of moving the centroids, when they do not settle before (default 20) */
  rounds?: number;
}

/** Rows per centroid that the start is drawn from. */
const START_ROWS = 10;
/** Products of rows and centroids that are worth a thread of their own: it takes some 50 ms to start. */
const THREAD_PRODUCTS = 1 << 20;

/** How many clusters `points` vectors get when nobody says: 4 √points, so that a cluster holds one move's wordings. */
export function clusterCount(points: number): number {
  return Math.min(points, Math.round(4 * Math.sqrt(points)));
}

/**
 * k-means (Lloyd) from a greedy k-means++ start, with Elkan's bounds (ICML 2003): a row is not compared with centroids
 * that cannot be its nearest, and the result is that of comparing with all. At the end every row belongs to its
 * nearest centroid, of equally near ones to the lower number. The same rows in the same order give the same bits
 * everywhere, whatever the threads.
 * @param rows count × dimension, row-major, each row of length 1; the strongest first
 * @throws RangeError when the rows are not whole or k is less than 1
 */
export async function cluster(
  rows: Float32Array,
  dimension: number,
  k: number,
  seed: number,
  { threads = 1, shaping = 20_000, rounds = 20 }: ClusterOptions = {},
): Promise<Clusters> {
  const count = rows.length / dimension;
  if (!Number.isInteger(count)) throw new RangeError(`${rows.length} numbers are not rows of ${dimension}`);
  if (!(k >= 1)) throw new RangeError(`Expecting at least one cluster. Got ${k}`);
  const shapers = rows.subarray(0, Math.min(count, shaping) * dimension);
  let centroids = start(shapers, dimension, k, seed);
  const stride = strideOf(dimension);
  k = centroids.length / stride;
  const assignment = new Int32Array(count);
  const way = new Float64Array(k);
  const most = Math.ceil((Math.min(count, shaping) * k) / THREAD_PRODUCTS);
  const shared = share(shapers, dimension, k, Math.max(1, Math.min(threads, most)));
  try {
    for (let round = 0; ; round++) {
      const parts = await shared.compare(centroids, way);
      let row = 0;
      for (const { nearest } of parts) {
        assignment.set(nearest, row);
        row += nearest.length;
      }
      if (round === rounds || !parts.some(({ changed }) => changed)) break;
      const moved = means(parts, centroids, stride);
      squaredLengths(moved, stride, centroids).forEach((square, j) => {
        way[j] += Math.sqrt(square);
      });
      centroids = moved;
    }
  } finally {
    await shared.stop();
  }
  for (let from = shapers.length / dimension; from < count; from += shaping) {
    const to = Math.min(count, from + shaping);
    const later = createSlice(rows.subarray(from * dimension, to * dimension), dimension, k);
    assignment.set(later.compare(centroids, way).nearest, from);
  }
  return numbered(assignment, centroids, stride, dimension);
}

const strideOf = (dimension: number) => createProducts(1, 1, dimension).stride;

/** The rows in slices, the first in this thread and each other one in a thread of its own. */
function share(rows: Float32Array, dimension: number, k: number, slices: number) {
  const count = rows.length / dimension;
  const own = (s: number) =>
    rows.subarray(Math.floor((s * count) / slices) * dimension, Math.floor(((s + 1) * count) / slices) * dimension);
  const others = Array.from({ length: slices - 1 }, (_, s): Thread<Request, Replies> => {
    // a copy: the whole buffer would go along with a part of it
    const setup: WorkerSetup = { rows: own(s + 1).slice(), dimension, k };
    return startThread(new URL("./worker.js", import.meta.url), setup);
  });
  const first = createSlice(own(0), dimension, k);
  return {
    async compare(centroids: Float32Array, way: Float64Array): Promise<Compared[]> {
      const asked = Promise.all(others.map((thread) => thread.ask({ do: "compare", centroids, way })));
      return [first.compare(centroids, way), ...(await asked)];
    },
    stop: () => Promise.all(others.map((thread) => thread.stop())),
  };
}

/** The first centroids, drawn from rows spread evenly over all: a few per centroid are enough unless many are alike. */
function start(rows: Float32Array, dimension: number, k: number, seed: number): Float32Array {
  const count = rows.length / dimension;
  const random = seededRandom(seed);
  const from = (n: number) => {
    const space = createProducts(n, 8, dimension);
    const spread = new Float32Array(n * dimension);
    for (let i = 0; i < n; i++) {
      const row = Math.floor((i * count) / n) * dimension;
      spread.set(rows.subarray(row, row + dimension), i * dimension);
    }
    const chosen = startRows(space, load(space, spread, dimension), k, random);
    const centroids = new Float32Array(chosen.length * space.stride);
    chosen.forEach((row, j) => {
      centroids.set(space.rows.subarray(row * space.stride, (row + 1) * space.stride), j * space.stride);
    });
    return { chosen, centroids };
  };
  const some = from(Math.min(count, START_ROWS * k));
  return some.chosen.length < k && count > START_ROWS * k ? from(count).centroids : some.centroids;
}

/** The mean of each centroid's rows, on the grid; a centroid without rows stays where it was. */
function means(parts: readonly Compared[], before: Float32Array, stride: number): Float32Array {
  const after = new Float32Array(before);
  for (let j = 0; j < before.length / stride; j++) {
    let size = 0;
    for (const { sizes } of parts) size += sizes[j];
    if (size === 0) continue;
    for (let i = j * stride; i < (j + 1) * stride; i++) {
      let sum = 0;
      for (const { sums } of parts) sum += sums[i];
      after[i] = Math.round(sum / (size * GRID)) * GRID;
    }
  }
  return after;
}

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
