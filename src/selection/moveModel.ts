import { readFileSync } from "node:fs";
import type { MoveModel } from "./moves.js";

/** Reads the fitted model that ships with the package (models/move-model). src/lexicon and dist/lexicon lie equally deep. */
export function readMoveModel(file = new URL("../../models/move-model/weights.json", import.meta.url)): MoveModel {
  const { bias, weights } = JSON.parse(readFileSync(file, "utf8"));
  return { bias, weights: new Map(Object.entries(weights)) };
}
