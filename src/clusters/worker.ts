import { workerData } from "node:worker_threads";
import { serve } from "../threads.js";
import { type Compared, createSlice } from "./slice.js";

/** A thread of the clustering: compares its slice of the rows with the centroids, round after round. */
export interface WorkerSetup {
  rows: Float32Array;
  dimension: number;
  k: number;
}
export type Request = { do: "compare"; centroids: Float32Array; way: Float64Array };
export interface Replies {
  compare: Compared;
}

const { rows, dimension, k } = workerData as WorkerSetup;
const slice = createSlice(rows, dimension, k);
serve(({ centroids, way }: Request) => slice.compare(centroids, way));
