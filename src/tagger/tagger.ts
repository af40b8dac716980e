/** The planning tagger: a text in, for each of its tokens the probabilities that it plans, begins a move, ends one. */
import { createForms } from "./forms.js";
import { HEADS, reachOf, type TaggerModel } from "./model.js";
import { createScalarNetwork, LOGITS, type Network } from "./network.js";
import { createSimdNetwork } from "./simd.js";
import { createStream, readStream, type Stream } from "./stream.js";

/** Whole of a probability: they are whole numbers of this unit, so that sums do not depend on their order. */
export const WHOLE = 10_000;
/** Functions of a move by their place here: what it serves. */
export const FUNCTION_HEADS = 4;

/** What the tagger says of a text's tokens; reused from text to text, so copy what must last. */
export interface Reading {
  text: string;
  stream: Stream;
  /** per token, 0 to WHOLE: that it plans, and that it is the first or the last token of a move */
  plan: Uint16Array;
  begin: Uint16Array;
  end: Uint16Array;
  /** FUNCTION_HEADS logits a token: goal, deduction, branching, backtracing */
  functions: Int32Array;
}

export interface Tagger {
  model: TaggerModel;
  /** Reads one text as a whole: what is said of a token depends on the tokens around it and on nothing else. */
  read(text: string): Reading;
}

/** Tokens read at a time, which bounds memory; those within reach are read along, so that cuts change nothing. */
const SEGMENT = 1 << 14;

/**
 * @param model see `readModel`
 * @param network vectors where the machine has them, else plain JavaScript: the same numbers, more slowly
 */
export function createTagger(
  model: TaggerModel,
  network: Network = createSimdNetwork(model) ?? createScalarNetwork(model),
): Tagger {
  const reach = reachOf(model);
  const forms = createForms(model, network);
  const stream = createStream();
  const logits = new Int32Array((SEGMENT + 2 * reach) * LOGITS);
  const { shift, ...tables } = model.tables;
  const [plan, begin, end] = (["plan", "begin", "end"] as const).map((head) => HEADS.indexOf(head));
  const goal = HEADS.indexOf("G");
  const reading: Reading = {
    text: "",
    stream,
    plan: new Uint16Array(0),
    begin: new Uint16Array(0),
    end: new Uint16Array(0),
    functions: new Int32Array(0),
  };
  const indexOf = (logit: number) => {
    const index = (logit >> shift) + 128;
    return index < 0 ? 0 : index > 255 ? 255 : index;
  };

  return {
    model,
    read(text) {
      readStream(text, stream);
      const n = stream.length;
      reading.text = text;
      if (reading.plan.length < n) {
        const capacity = stream.start.length;
        for (const name of ["plan", "begin", "end"] as const) reading[name] = new Uint16Array(capacity);
        reading.functions = new Int32Array(capacity * FUNCTION_HEADS);
      }
      for (let from = 0; from < n; from += SEGMENT) {
        const to = Math.min(n, from + SEGMENT);
        const first = Math.max(0, from - reach);
        const last = Math.min(n, to + reach);
        network.run(forms.numbersOf(text, stream, first, last), last - first, logits);
        for (let token = from; token < to; token++) {
          const at = (token - first) * LOGITS;
          reading.plan[token] = tables.plan[indexOf(logits[at + plan])];
          reading.begin[token] = tables.begin[indexOf(logits[at + begin])];
          reading.end[token] = tables.end[indexOf(logits[at + end])];
          for (let f = 0; f < FUNCTION_HEADS; f++)
            reading.functions[token * FUNCTION_HEADS + f] = logits[at + goal + f];
        }
      }
      return reading;
    },
  };
}
