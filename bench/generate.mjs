// Traces of any size, made by recombining the clauses of others:
//
//   node bench/generate.mjs --megabytes 1000 [--seed 1] [-o OUT.jsonl] SOURCE.jsonl[.gz]...
//
// The source is copied problem by problem, then that copy, and so on: each generation has other problems of the same
// kind. In copying, a rare word may be replaced by a new one all through a problem, and a clause may leave its way and
// go on as another one does after the same word, two or three words, or anywhere. What happens to some words of a
// problem happens to them wherever they stand in it, so that its traces stay alike and loops stay loops. How often
// each of this happens follows from how many different 1- to 5-grams there should be by then: as many as the source
// has after so many words and, beyond its end, as its growth says (growth.mjs).

import { once } from "node:events";
import { createWriteStream } from "node:fs";
import { pathToFileURL } from "node:url";
import { parseArgs } from "node:util";
import { createInts, createNormaliser, readCorpus } from "./corpus.mjs";
import { createGrowth, expected, LONGEST, meanNotes, mix } from "./growth.mjs";

/** Words between two looks at the growth. */
const BLOCK = 100_000;
/** A shortfall is made up for over so many blocks. */
const CATCH_UP = 4;
/** Occurrences of a word looked at for one that follows the same words. */
const LOOKS = 16;
/** A word is rare, and may be replaced all through a problem, when it is this small a share of the words. */
const RARE = 1e-4;
/** Three words that this share of the problems has are common: they stay together. */
const COMMON = 5e-3;
/** Traces are written in an order shuffled among so many. */
const WINDOW = 20_000;

/**
 * Generates records until they fill the bytes or words asked for.
 * @param corpus what readCorpus gives
 * @param write takes the line of a record; may return a promise to wait for
 */
export async function generate(corpus, { megabytes = Infinity, words = Infinity, seed = 1 }, write) {
  const { spellings } = corpus;
  const normalised = createNormaliser(spellings);
  const target = meanNotes((order, add) => visit(shuffled(byProblem(corpus.traces), order), corpus, normalised, add));
  const growth = createGrowth();
  const rates = new Float64Array(LONGEST + 1); // rates[n]: chance, at each word, of what makes new n-grams
  const adjust = followTarget(target, growth, rates);

  let bytes = 0;
  const enough = () => bytes >= megabytes * 1e6 || growth.words >= words;
  const window = [];
  const writeOne = () => {
    const at = (mix(seed, bytes) >>> 0) % window.length;
    const line = window[at];
    window[at] = window[window.length - 1];
    window.pop();
    bytes += Buffer.byteLength(line);
    return write(line);
  };

  let pool = corpus;
  for (let generation = 1; !enough(); generation++) {
    const copy = { spellings, words: createInts(), gaps: createInts(), opens: createInts(), traces: [] };
    const problems = shuffled(byProblem(pool.traces), mix(seed, generation));
    const common = COMMON * problems.length;
    const places = { ...placesOf(pool.words, spellings.strings.length), counts: countsOf(pool), common };
    for (const problem of problems) {
      const key = mix(mix(seed, generation), problem.number);
      const known = new Map();
      for (const trace of problem) {
        const from = copy.words.length;
        copyTrace(pool, places, trace, key, known, rates, copy);
        for (let i = from; i < copy.words.length; i++) growth.add(normalised(copy.words.at(i)), copy.opens.at(i));
        copy.traces.push({ ...trace, from, to: copy.words.length });
        window.push(lineOf(corpus, copy, copy.traces[copy.traces.length - 1], generation));
        adjust();
      }
      while (window.length > WINDOW && !enough()) await writeOne();
      if (enough()) break;
    }
    pool = { ...copy, words: copy.words.values, gaps: copy.gaps.values, opens: copy.opens.values };
  }
  while (window.length > 0 && bytes < megabytes * 1e6) await writeOne();
}

/** Traces grouped by problem, each group with its number. */
function byProblem(traces) {
  const groups = new Map();
  for (const trace of traces) {
    const group = groups.get(trace.problem_id);
    if (group) group.push(trace);
    else groups.set(trace.problem_id, [trace]);
  }
  return [...groups.values()].map((group, number) => Object.assign(group, { number }));
}

function shuffled(items, seed) {
  return items
    .map((item, i) => ({ item, key: mix(seed, i) }))
    .sort((a, b) => a.key - b.key)
    .map(({ item }) => item);
}

/** Calls add(word, opens) for every word of the problems. */
function visit(problems, { words, opens }, normalised, add) {
  for (const problem of problems) {
    for (const { from, to } of problem) for (let i = from; i < to; i++) add(normalised(words[i]), opens[i]);
  }
}

/** Returns a function that, called often, turns the rates so that the growth follows its target. */
function followTarget(target, growth, rates) {
  let words = 0;
  let before = growth.distinct.slice();
  return () => {
    const length = growth.words - words;
    if (length < BLOCK) return;
    for (let n = 1; n <= LONGEST; n++) {
      const made = growth.distinct[n] - before[n];
      const now = expected(target, n, growth.words);
      const due = expected(target, n, growth.words + length) - now + (now - growth.distinct[n]) / CATCH_UP;
      rates[n] = Math.min(0.9, (rates[n] + 1e-4) * Math.min(1.5, Math.max(0.5, due / made)));
    }
    words = growth.words;
    before = growth.distinct.slice();
  };
}

/** Where each word stands: positions[starts[w] … starts[w + 1]) hold word w. */
function placesOf(words, distinct) {
  const starts = new Int32Array(distinct + 2);
  for (const word of words) starts[word + 2]++;
  for (let w = 2; w < starts.length; w++) starts[w] += starts[w - 1];
  const positions = new Int32Array(words.length);
  for (let i = 0; i < words.length; i++) positions[starts[words[i] + 1]++] = i;
  return { starts, positions };
}

/** In how many problems each word follows the two before it, or the one before it when that opens its clause. */
function countsOf({ words, opens, traces }) {
  const counts = new Int32Array(PLACES);
  const last = new Int32Array(PLACES);
  for (const problem of byProblem(traces)) {
    for (const { from, to } of problem) {
      for (let i = from + 1; i < to; i++) {
        if (opens[i]) continue;
        const at = followed(opens[i - 1] ? -1 : words[i - 2], words[i - 1], words[i]);
        if (last[at] === problem.number + 1) continue;
        last[at] = problem.number + 1;
        counts[at]++;
      }
    }
  }
  return counts;
}
const PLACES = 1 << 22;
const followed = (first, second, word) => mix(mix(first, second), word) & (PLACES - 1);

/**
 * Copies a trace's words to the end of `copy`; every clause keeps its length and the text before it.
 * @param known places found before in the same problem, by the key they were looked for with
 */
function copyTrace(pool, places, trace, seed, known, rates, copy) {
  const { words, gaps, opens } = pool;
  let at = trace.from; // where words are taken from
  let written = 0; // of the clause
  for (let home = trace.from; home < trace.to; home++, at++, written++) {
    if (opens[home]) {
      at = home;
      written = 0;
    } else {
      const ended = at >= words.length || opens[at] === 1;
      const before = written > 1 ? copy.words.last(2) : -1;
      const place = followed(before, copy.words.last(1), ended ? -1 : words[at]);
      const key = mix(mix(mix(seed, before), copy.words.last(1)), ended ? -1 : words[at]);
      // what many problems say is seldom left
      let chance = ((key >>> 0) / 2 ** 32) * (1 + places.counts[place] / places.common);
      let found;
      if (ended) for (let n = LONGEST; n > 1 && found === undefined; n--) found = elsewhere(n, key);
      for (let n = 2; n <= LONGEST && !ended; n++) {
        if (chance >= 0 && chance < rates[n]) found = elsewhere(n, key);
        chance -= rates[n];
      }
      at = found ?? (ended ? home : at);
    }
    copy.words.push(renamed(words[at]));
    copy.gaps.push(gaps[at]);
    copy.opens.push(opens[at]);
  }

  /** A place inside a clause, after the same n − 2 words as were written last, where another word follows. */
  function elsewhere(n, key) {
    const id = mix(key, -n);
    let place = known.get(id);
    if (place === undefined) {
      place = search(n, key) ?? -1;
      known.set(id, place);
    }
    return place < 0 ? undefined : place;
  }

  function search(n, key) {
    const same = n - 2;
    if (written < same) return undefined;
    const { starts, positions } = places;
    const word = copy.words.last(1);
    const first = same > 0 ? starts[word] : 0;
    const count = same > 0 ? starts[word + 1] - first : words.length;
    for (let look = 0; look < LOOKS && count > 0; look++) {
      const pick = first + ((mix(key, look) >>> 0) % count);
      const next = same > 0 ? positions[pick] + 1 : pick;
      if (next >= words.length || opens[next] || words[next] === words[at]) continue;
      let back = 2;
      while (back <= same && !opens[next - back + 1] && words[next - back] === copy.words.last(back)) back++;
      if (back > same) return next;
    }
    return undefined;
  }

  /** The word, or the new one that stands for it in this problem. */
  function renamed(word) {
    if (places.starts[word + 1] - places.starts[word] > RARE * words.length) return word;
    const key = mix(mix(seed, -1), word);
    return (key >>> 0) / 2 ** 32 < rates[1] ? newWord(copy.spellings, key) : word;
  }
}

/** Half of one word and half of another. */
function newWord(spellings, key) {
  const part = (number, from, to) => {
    const word = spellings.strings[(mix(key, number) >>> 0) % spellings.strings.length].toLowerCase();
    return word.replace(/[^\p{L}]/gu, "").slice(from * word.length, to * word.length);
  };
  return spellings.number(`${part(1, 0, 0.6)}${part(2, 0.4, 1)}` || "x");
}

function lineOf({ spellings, gapTexts }, { words, gaps }, trace, generation) {
  const pieces = [];
  for (let i = trace.from; i < trace.to; i++) pieces.push(gapTexts.strings[gaps.at(i)], spellings.strings[words.at(i)]);
  pieces.push(trace.end);
  const { problem, correct, model } = trace;
  const problem_id = `${trace.problem_id}/${generation}`;
  return `${JSON.stringify({ problem_id, problem, trace: pieces.join(""), correct, model })}\n`;
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      megabytes: { type: "string" },
      seed: { type: "string", default: "1" },
      output: { type: "string", short: "o" },
    },
  });
  const megabytes = Number(values.megabytes);
  if (!(megabytes > 0) || positionals.length === 0) {
    console.error("usage: generate.mjs --megabytes N [--seed N] [-o OUT.jsonl] SOURCE.jsonl[.gz]...");
    process.exit(2);
  }
  const out = values.output ? createWriteStream(values.output) : process.stdout;
  await generate(await readCorpus(positionals), { megabytes, seed: Number(values.seed) }, (line) =>
    out.write(line) ? undefined : once(out, "drain"),
  );
}
