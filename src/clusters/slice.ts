import { createProducts } from "./products.js";

/**
 * Rows and centroids are rounded to multiples of this. Products of such numbers are then exact in 32 bits, in whatever
 * order they are summed: 12 + 12 bits, and no sum passes 1. So are sums of such rows, however they are shared out.
 */
export const GRID = 1 / 4096;
/** Bounds are kept in 32 bits: a distance this much above one is not below it. */
const SLACK = 1e-6;

/** What comparing a slice of the rows with centroids gave. */
export interface Compared {
  /** row of the slice → its nearest centroid, of equally near ones the lower */
  nearest: Int32Array;
  /** whether any row's is another than before */
  changed: boolean;
  /** sum of each centroid's rows (k × stride), and how many they are */
  sums: Float64Array;
  sizes: Int32Array;
}

/** Some of the rows, in the thread that compares them. */
export interface Slice {
  /**
   * Compares the rows with centroids that went `way` in all since the first call, as Elkan (ICML 2003) does: a centroid
   * is no nearer to a row than when they were last compared, less the way it went since.
   */
  compare(centroids: Float32Array, way: Float64Array): Compared;
}

/** @param rows count × dimension, row-major */
export function createSlice(rows: Float32Array, dimension: number, k: number): Slice {
  const count = rows.length / dimension;
  const space = createProducts(count, k, dimension);
  const { products, stride } = space;
  const lengths = load(space, rows, dimension);
  const nearest = new Int32Array(count).fill(-1);
  // the distance when last compared, plus the way that the centroid had gone by then
  const bounds = new Float32Array(count * k);
  const sums = new Float64Array(k * stride);
  const sizes = new Int32Array(k);

  /** The row joins its new nearest centroid: all sums are exact, so that nothing is left of where it was. */
  function move(row: number, to: number): void {
    const from = nearest[row];
    nearest[row] = to;
    sizes[to]++;
    for (let d = 0; d < stride; d++) sums[to * stride + d] += space.rows[row * stride + d];
    if (from < 0) return;
    sizes[from]--;
    for (let d = 0; d < stride; d++) sums[from * stride + d] -= space.rows[row * stride + d];
  }

  function first(squares: Float64Array): void {
    for (let row = 0; row < count; row++) {
      const dots = products(row, 0, k);
      let best = 0;
      let least = Number.POSITIVE_INFINITY;
      for (let j = 0; j < k; j++) {
        const there = distance(lengths[row], squares[j], dots[j]);
        bounds[row * k + j] = there;
        if (there < least) {
          least = there;
          best = j;
        }
      }
      move(row, best);
    }
  }

  function again(squares: Float64Array, way: Float64Array): boolean {
    let changed = false;
    for (let row = 0; row < count; row++) {
      const base = row * k;
      const own = nearest[row];
      let best = own;
      let least = distance(lengths[row], squares[own], products(row, own, 1)[0]);
      bounds[base + own] = least + way[own];
      for (let j = 0; j < k; j++) {
        if (bounds[base + j] - way[j] > least + SLACK || j === own) continue;
        const there = distance(lengths[row], squares[j], products(row, j, 1)[0]);
        bounds[base + j] = there + way[j];
        if (there < least || (there === least && j < best)) {
          least = there;
          best = j;
        }
      }
      if (best === own) continue;
      move(row, best);
      changed = true;
    }
    return changed;
  }

  let compared = false;
  return {
    compare(centroids, way) {
      space.centroids.set(centroids);
      const squares = squaredLengths(centroids, stride);
      let changed = true;
      if (compared) changed = again(squares, way);
      else first(squares);
      compared = true;
      return { nearest, changed, sums, sizes };
    },
  };
}

/** Copies rows into the space, on the grid; returns their squared lengths. */
export function load(
  { rows: to, stride }: { rows: Float32Array; stride: number },
  rows: Float32Array,
  dimension: number,
): Float64Array {
  const lengths = new Float64Array(rows.length / dimension);
  for (let row = 0; row < lengths.length; row++) {
    for (let d = 0; d < dimension; d++) {
      const value = Math.round(rows[row * dimension + d] / GRID) * GRID;
      to[row * stride + d] = value;
      lengths[row] += value * value;
    }
  }
  return lengths;
}

/** The squared length of each centroid less `origin`'s. */
export function squaredLengths(centroids: Float32Array, stride: number, origin?: Float32Array): Float64Array {
  const squares = new Float64Array(centroids.length / stride);
  for (let j = 0, i = 0; j < squares.length; j++) {
    for (const end = i + stride; i < end; i++) squares[j] += (origin ? centroids[i] - origin[i] : centroids[i]) ** 2;
  }
  return squares;
}

const distance = (a: number, b: number, product: number) => {
  const square = a + b - 2 * product;
  return square > 0 ? Math.sqrt(square) : 0;
};
