import { describe, expect, it } from "vitest";
import { DIMENSION } from "../../src/tagger/model.js";
import { createScalarNetwork, LOGITS, type Network } from "../../src/tagger/network.js";
import { createSimdNetwork } from "../../src/tagger/simd.js";
import { numbers, randomModel } from "./randomModel.js";

/** Forms of random embeddings, the last ones learned after the first have been read. */
function learnForms(networks: Network[], from: number, to: number): void {
  for (let form = from; form <= to; form++) {
    const draw = numbers(form);
    const embedding = Int32Array.from({ length: DIMENSION }, () => draw(-127, 127));
    for (const network of networks) network.learn(form, embedding);
  }
}

describe("the network", () => {
  it.each([
    { dilations: [1, 2, 4] },
    { dilations: [1], seed: 2 },
    { dilations: [], seed: 3 },
    { dilations: [3, 1, 7, 2], seed: 4 },
  ])("gives the same numbers in vectors as in plain JavaScript: %j", (draws) => {
    const model = randomModel(draws);
    const scalar = createScalarNetwork(model);
    const simd = createSimdNetwork(model)!;
    const draw = numbers(7);
    for (const [known, lengths] of [
      [40, [0, 1, 2, 3, 4, 5, 17, 1024, 1025, 2100]],
      [200, [1, 259, 3]],
    ] as [number, number[]][]) {
      learnForms([scalar, simd], known === 40 ? 1 : 41, known);
      for (const length of lengths) {
        const forms = Int32Array.from({ length }, () => draw(1, known));
        const [left, right] = [scalar, simd].map((network) => {
          const logits = new Int32Array(length * LOGITS);
          network.run(forms, length, logits);
          return logits.map((logit, i) => (i % LOGITS === LOGITS - 1 ? 0 : logit));
        });
        expect(right).toEqual(left);
        if (length > 200) expect(new Set(left).size).toBeGreaterThan(length);
      }
    }
  });
});
