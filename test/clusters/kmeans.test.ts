import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { cluster, clusterCount } from "../../src/clusters/kmeans.js";
import { seededRandom } from "../../src/statistics/random.js";

/** Rows of length 1: around `centres` directions, `spread` apart from them (0: alike). */
function blobs(count: number, dimension: number, centres: number, spread: number, seed: number): Float32Array {
  const random = seededRandom(seed);
  const normal = () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  const unit = (values: number[]) => {
    const length = Math.hypot(...values);
    return values.map((value) => value / length);
  };
  const centre = Array.from({ length: centres }, () => unit(Array.from({ length: dimension }, normal)));
  return Float32Array.from(
    Array.from({ length: count }, (_, row) =>
      unit(centre[row % centres].map((value) => value + (spread * normal()) / Math.sqrt(dimension))),
    ).flat(),
  );
}

/** Squared distances of every row from every centroid, by the book: rows × k. */
function distances(rows: Float32Array, centroids: Float32Array, dimension: number): number[][] {
  return Array.from({ length: rows.length / dimension }, (_, row) =>
    Array.from({ length: centroids.length / dimension }, (_, j) => {
      let square = 0;
      for (let d = 0; d < dimension; d++) square += (rows[row * dimension + d] - centroids[j * dimension + d]) ** 2;
      return square;
    }),
  );
}

const sum = (values: number[]) => values.reduce((total, value) => total + value, 0);

describe("cluster", () => {
  it("leaves every row with its nearest centroid, no cluster empty, numbered by first row", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.record({
          count: fc.integer({ min: 1, max: 120 }),
          dimension: fc.integer({ min: 1, max: 70 }),
          centres: fc.integer({ min: 1, max: 20 }),
          spread: fc.constantFrom(0, 0.01, 0.5, 3),
          k: fc.integer({ min: 1, max: 40 }),
          seed: fc.integer({ min: 0, max: 1000 }),
          shaping: fc.constantFrom(7, 50, 20_000),
          rounds: fc.constantFrom(0, 1, 50),
        }),
        async ({ count, dimension, centres, spread, k, seed, shaping, rounds }) => {
          const rows = blobs(count, dimension, centres, spread, seed);
          const found = await cluster(rows, dimension, k, seed, { shaping, rounds });
          expect(found.k).toBeLessThanOrEqual(Math.min(k, count));
          expect(found.centroids).toHaveLength(found.k * dimension);
          expect(found.assignment).toHaveLength(count);
          const firsts = [...new Set(found.assignment)];
          expect(firsts).toEqual(Array.from({ length: found.k }, (_, j) => j));
          // rows are rounded to 1/4096: distances are off by as much times √dimension
          distances(rows, found.centroids, dimension).forEach((row, i) => {
            expect(Math.sqrt(row[found.assignment[i]])).toBeLessThanOrEqual(Math.sqrt(Math.min(...row)) + 0.003);
          });
        },
      ),
      { numRuns: 300 },
    );
  });

  it("finds exactly what comparing all rows with all centroids finds", async () => {
    const dimension = 24;
    // rows on the grid, so that the plain loop below sees the same numbers
    const rows = blobs(600, dimension, 40, 1.5, 5).map((value) => Math.round(value * 4096) / 4096);
    for (const rounds of [1, 2, 5, 20]) {
      const before = await cluster(rows, dimension, 30, 9, { rounds: rounds - 1 });
      const after = await cluster(rows, dimension, 30, 9, { rounds });
      const means = before.centroids.map((value, i) => {
        const members = rows.filter(
          (_, at) =>
            before.assignment[Math.floor(at / dimension)] === Math.floor(i / dimension) &&
            at % dimension === i % dimension,
        );
        return members.length ? Math.round((sum([...members]) / members.length) * 4096) / 4096 : value;
      });
      const plain = distances(rows, means, dimension).map((row) => row.indexOf(Math.min(...row)));
      const number = [...new Set(plain)];
      expect([...after.assignment]).toEqual(plain.map((old) => number.indexOf(old)));
    }
  });

  it("recovers blobs that lie apart", async () => {
    const centres = 25;
    const { assignment, k } = await cluster(blobs(1000, 128, centres, 0.3, 1), 128, centres, 42);
    expect(k).toBe(centres);
    assignment.forEach((cluster, row) => {
      expect(cluster).toBe(row % centres);
    });
  });

  it("gives the same bytes again, and others for another seed", async () => {
    const rows = blobs(500, 32, 30, 2, 3);
    const first = await cluster(rows, 32, 20, 7);
    expect(await cluster(rows.slice(), 32, 20, 7)).toEqual(first);
    expect((await cluster(rows, 32, 20, 8)).assignment).not.toEqual(first.assignment);
  });

  it("comes nearer to the rows round by round", async () => {
    const rows = blobs(2000, 16, 50, 2, 4);
    const inertia = [0, 1, 3, 10, 50].map(async (rounds) => {
      const { centroids } = await cluster(rows, 16, 40, 1, { rounds });
      return sum(distances(rows, centroids, 16).map((row) => Math.min(...row)));
    });
    for (let i = 1; i < inertia.length; i++) expect(await inertia[i]).toBeLessThan(await inertia[i - 1]);
  });

  it("puts equal rows together and makes no more clusters than there are different rows", async () => {
    const rows = blobs(300, 8, 3, 0, 6);
    const { assignment, k } = await cluster(rows, 8, 10, 0);
    expect(k).toBe(3);
    expect([...assignment]).toEqual(Array.from({ length: 300 }, (_, row) => row % 3));
  });

  it("finds rare rows that the sample for the start missed", async () => {
    const [common, rare] = [blobs(1, 8, 1, 0, 1), blobs(1, 8, 1, 0, 2)];
    const rows = new Float32Array(1000 * 8);
    for (let row = 0; row < 1000; row++) rows.set(row === 501 ? rare : common, row * 8);
    const { assignment, k } = await cluster(rows, 8, 2, 0);
    expect(k).toBe(2);
    expect([assignment[500], assignment[501], assignment[502]]).toEqual([0, 1, 0]);
  });

  it("gives the same bytes however many threads share the rows", async () => {
    // enough products for four threads, the last rows joining late
    const rows = blobs(9000, 32, 300, 2, 11);
    const alone = await cluster(rows, 32, 500, 5, { shaping: 8500 });
    for (const threads of [2, 3, 4]) expect(await cluster(rows, 32, 500, 5, { threads, shaping: 8500 })).toEqual(alone);
  });

  it("takes as many clusters as rows, one row, none", async () => {
    const rows = blobs(5, 16, 5, 1, 2);
    expect([...(await cluster(rows, 16, 9, 0)).assignment]).toEqual([0, 1, 2, 3, 4]);
    expect(await cluster(rows.slice(0, 16), 16, 3, 0)).toMatchObject({ k: 1, assignment: Int32Array.of(0) });
    expect(await cluster(new Float32Array(0), 16, 3, 0)).toEqual({
      k: 0,
      assignment: new Int32Array(0),
      centroids: new Float32Array(0),
    });
  });

  it("says what is wrong with its arguments", async () => {
    await expect(cluster(new Float32Array(7), 2, 1, 0)).rejects.toThrow("7 numbers are not rows of 2");
    await expect(cluster(new Float32Array(8), 2, 0, 0)).rejects.toThrow("Expecting at least one cluster. Got 0");
  });
});

describe("clusterCount", () => {
  it("grows with the square root of the points and never passes them", async () => {
    expect([0, 1, 2, 3, 4, 100, 10_000].map(clusterCount)).toEqual([0, 1, 2, 3, 4, 40, 400]);
  });
});
