/**
 * The traces that the tagger reads: few enough to be kept as they were written, and the same ones whatever the order
 * of the input and the number of threads. Every trace has a rank that follows from itself alone; the sample are those
 * of the lowest ranks, up to a size. So the sample of several parts is the sample of their samples.
 */

export interface SampledTrace {
  problem: string;
  text: string;
}

/** Size of a sample in UTF-16 units: more than two million words of English, some seconds of the tagger's time. */
export const SAMPLE_UNITS = 1 << 24;

/** Of a longer trace the beginning is read, so that no single one takes more than a sixty-fourth of the sample. */
const TRACE_UNITS = SAMPLE_UNITS / 64;

export interface Sampler {
  take(trace: SampledTrace): void;
  /** the sample of everything taken, by rank */
  finish(): SampledTrace[];
}

export function createSampler(most = SAMPLE_UNITS): Sampler {
  let kept: Ranked[] = [];
  let units = 0;
  let highest = 0xffffffff;
  const cut = () => {
    kept = cutSample(kept, most);
    units = kept.reduce((sum, { text }) => sum + text.length, 0);
    if (units >= most) highest = kept[kept.length - 1].rank;
  };
  return {
    take({ problem, text: whole }) {
      const text = beginningOf(whole);
      const rank = rankOf(problem, text);
      if (rank > highest) return;
      kept.push({ rank, problem, text });
      units += text.length;
      // a quarter more is held than is kept, so that it is not sorted for every trace
      if (units > 1.25 * most) cut();
    },
    finish() {
      cut();
      return kept.map(({ problem, text }) => ({ problem, text }));
    },
  };
}

/** A copy where it is cut: a slice would keep the whole in memory. */
const beginningOf = (text: string): string =>
  text.length <= TRACE_UNITS ? text : Buffer.from(text.slice(0, TRACE_UNITS), "utf16le").toString("utf16le");

/** The sample of several samples. */
export function joinSamples(samples: Iterable<readonly SampledTrace[]>, most = SAMPLE_UNITS): SampledTrace[] {
  const sampler = createSampler(most);
  for (const sample of samples) for (const trace of sample) sampler.take(trace);
  return sampler.finish();
}

interface Ranked extends SampledTrace {
  rank: number;
}

/** By rank, up to the first one with which the size is reached. */
function cutSample(traces: Ranked[], most: number): Ranked[] {
  traces.sort((a, b) => a.rank - b.rank || compare(a.problem, b.problem) || compare(a.text, b.text));
  let units = 0;
  let count = 0;
  while (count < traces.length && units < most) units += traces[count++].text.length;
  return traces.slice(0, count);
}

const compare = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);

/** Units at either end of a text that its rank is worked out from: reading all of them would tell no more apart. */
const LOOK = 64;

/** FNV-1a over UTF-16 units, with a last mixing (MurmurHash3's), so that ranks are spread evenly. */
export function rankOf(problem: string, text: string): number {
  let hash = 0x811c9dc5 ^ text.length;
  const add = (of: string, from: number, to: number) => {
    for (let i = Math.max(0, from); i < to; i++) hash = Math.imul(hash ^ of.charCodeAt(i), 0x01000193);
  };
  add(problem, 0, problem.length);
  add(text, 0, Math.min(LOOK, text.length));
  add(text, Math.max(LOOK, text.length - LOOK), text.length);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
