// How well generated traces stand for real ones of the same size: takes every eighth problem of the source, generates
// as many words as the whole source has from it, reads both back and compares.
//
//   node bench/match.mjs SOURCE.jsonl[.gz]...
import { closeSync, mkdtempSync, openSync, rmSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { createNormaliser, readCorpus } from "./corpus.mjs";
import { byProblem, generate, shuffled, visit } from "./generate.mjs";
import { expected, meanNotes, mix } from "./growth.mjs";

const PART = 8;
const PROBLEMS = [2, 5, 20];

/** Of 3- and 5-grams, estimates of how many stand in at least so many problems. */
function spread(corpus, normalised) {
  const problemsOf = [3, 5].map(() => new Map());
  for (const problem of byProblem(corpus.traces)) {
    const seen = [3, 5].map(() => new Set());
    for (const { from, to } of problem) {
      for (let i = from; i < to; i++) {
        let hash = 0;
        for (let n = 1; n <= 5 && i + n <= to && (n === 1 || !corpus.opens[i + n - 1]); n++) {
          hash = mix(hash, normalised(corpus.words[i + n - 1]));
          if ((n === 3 || n === 5) && (hash & 63) === 0) seen[(n - 3) / 2].add(hash);
        }
      }
    }
    seen.forEach((set, at) => {
      for (const hash of set) problemsOf[at].set(hash, (problemsOf[at].get(hash) ?? 0) + 1);
    });
  }
  return problemsOf.map((map) =>
    PROBLEMS.map((least) => [...map.values()].filter((count) => count >= least).length * 64),
  );
}

export async function match(files) {
  const folder = mkdtempSync(join(tmpdir(), "sg-mine-bench-"));
  try {
    const path = join(folder, "generated.jsonl");
    const real = await readCorpus(files);
    const numbers = new Map(byProblem(real.traces).map((group) => [group[0].problem_id, group.number]));
    const part = await readCorpus(files, (problem) => (mix(5, numbers.get(problem)) >>> 0) % PART === 0);
    const partWords = part.words.length;
    const fd = openSync(path, "w");
    await generate(part, { words: real.words.length }, (line) => {
      writeSync(fd, line);
    });
    closeSync(fd);
    const made = await readCorpus([path]);
    const size = Math.min(real.words.length, made.words.length);
    const [a, b] = [real, made].map((corpus) => {
      const normalised = createNormaliser(corpus.spellings);
      const notes = meanNotes((order, add) =>
        visit(shuffled(byProblem(corpus.traces), order), corpus, normalised, add),
      );
      return { notes, spread: spread(corpus, normalised), traces: corpus.traces.length };
    });
    const rows = [];
    for (let words = size; words > partWords / 4; words /= 2) {
      rows.unshift({
        words,
        ratios: [1, 2, 3, 4, 5].map((n) => expected(b.notes, n, words) / expected(a.notes, n, words)),
      });
    }
    return { partWords, size, rows, real: a, made: b };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  const files = process.argv.slice(2);
  if (files.length === 0) {
    console.error("usage: match.mjs SOURCE.jsonl[.gz]...");
    process.exit(2);
  }
  const { partWords, rows, real, made } = await match(files);
  console.log(
    `Generated from ${partWords.toLocaleString("en")} words. Different n-grams, generated : real, at equal words`,
  );
  console.log("       words     n=1     n=2     n=3     n=4     n=5");
  for (const { words, ratios } of rows) {
    console.log(
      Math.round(words).toLocaleString("en").padStart(12) + ratios.map((r) => r.toFixed(2).padStart(8)).join(""),
    );
  }
  [3, 5].forEach((n, at) => {
    PROBLEMS.forEach((least, i) => {
      const [a, b] = [real.spread[at][i], made.spread[at][i]];
      console.log(`${n}-grams in ${least} or more problems: real ${a}, generated ${b}, ${(b / a).toFixed(2)}`);
    });
  });
}
