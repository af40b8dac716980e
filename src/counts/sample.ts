/** The sample that the tagger reads, by itself: JSON lines with the rank, size, problem and text of each trace. */
import { createReadStream } from "node:fs";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { InputError } from "../errors.js";
import { createSampler, rankOf, type SampledTrace } from "../grams/sample.js";
import { isSampled } from "./checks.js";

export function* sampleLines(sample: readonly SampledTrace[]): Generator<Buffer> {
  for (const { problem, text } of sample)
    yield Buffer.from(`${JSON.stringify({ rank: rankOf(problem, text), units: text.length, problem, text })}\n`);
}

/** The sample of all lines, in whatever order they come. @throws InputError */
export async function readSample(path: string): Promise<SampledTrace[]> {
  const sampler = createSampler();
  try {
    for await (const trace of sampledTraces(createReadStream(path))) sampler.take(trace);
  } catch (error) {
    throw new InputError(
      `${path}: no sample (${(error as Error).message.slice(0, 200)}); sg-mine count --sample writes one`,
    );
  }
  return sampler.finish();
}

/** Throws an Error that says what a line is not. */
export async function* sampledTraces(input: Readable): AsyncGenerator<SampledTrace> {
  const lines = createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY });
  // what fails while lines are read ends the loop; what fails after a bad line has ended it has nobody left to tell
  lines.on("error", () => {});
  for await (const line of lines) {
    const trace = JSON.parse(line);
    if (!isSampled(trace)) throw new Error("a trace of its sample is none");
    yield trace;
  }
}
