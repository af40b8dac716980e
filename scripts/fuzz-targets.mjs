// What scripts/fuzz.mjs feeds with damaged input. A target takes a random generator and a folder of its own and throws
// on anything but a good end: results that hold together, or an error with an exit code whose message names the place.
import { spawnSync } from "node:child_process";
import { closeSync, mkdirSync, openSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { gunzipSync, gzipSync } from "node:zlib";

const root = fileURLToPath(new URL("..", import.meta.url));
const fixtures = join(root, "fixtures");
const load = (module) => import(new URL(`../dist/${module}.js`, import.meta.url));
const filesIn = (folder, pattern) =>
  readdirSync(join(fixtures, folder))
    .filter((name) => pattern.test(name))
    .map((name) => join(fixtures, folder, name));
const cached = new Map();
function bytesOf(file) {
  if (!cached.has(file)) cached.set(file, readFileSync(file));
  return cached.get(file);
}

/** Numbers in [0, 1) that a seed decides. */
export function random(seed) {
  let state = (seed ^ 0x9e3779b9) >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}
const pick = (next, list) => list[Math.floor(next() * list.length)];
const upTo = (next, most) => Math.floor(next() * most);

const TELLING = Buffer.from('{}[]",:\\\n\r\0\xff\xef\t\xc0\x80 -0.eE19', "latin1");
const SNIPPETS = [
  '"__proto__":{"x":1},',
  "[[[[[[[[",
  "1e999",
  "-",
  "\\ud800",
  "\u001b[31m",
  "null",
  "4294967295",
  '{"":[]}',
  "\ufeff",
  '""',
].map((text) => Buffer.from(text));

/** Bytes with a few things wrong: bits, bytes, pieces cut out, doubled, swapped or put in, or an early end. */
function mutated(bytes, next) {
  let out = Buffer.from(bytes);
  const changes = 1 + upTo(next, 6);
  for (let i = 0; i < changes && out.length > 0; i++) {
    const at = upTo(next, out.length);
    const span = Math.min(1 + upTo(next, next() < 0.5 ? 8 : out.length), out.length - at);
    const kind = next();
    if (kind < 0.25) out[at] = upTo(next, 256);
    else if (kind < 0.4) out[at] = pick(next, TELLING);
    else if (kind < 0.5) out[at] ^= 1 << upTo(next, 8);
    else if (kind < 0.6) out.fill(pick(next, [0, 255, 32, 91, 128]), at, at + Math.min(span, 16));
    else if (kind < 0.7) out = Buffer.concat([out.subarray(0, at), out.subarray(at + span)]);
    else if (kind < 0.8) out = Buffer.concat([out.subarray(0, at + span), out.subarray(at)]);
    else if (kind < 0.92) out = Buffer.concat([out.subarray(0, at), pick(next, SNIPPETS), out.subarray(at)]);
    else out = Buffer.from(out.subarray(0, at));
    if (out.length > 4e6) out = Buffer.from(out.subarray(0, 4e6));
  }
  return out;
}

const VALUES = [
  () => null,
  (next) => next() < 0.5,
  (next) => pick(next, [0, -0, 1, -1, 0.5, 1e308, 5e-324, 2 ** 53, -1e21]),
  (next) => pick(next, ["", " ", "True", "false", "1", "0.5", "__proto__", "\u0000", "\ud800", "\u001b[2J", "=1+1"]),
  (next) => textOf(next, 30),
];
const NAMES =
  "trace text problem_id problem id correct reward score messages role content thinking reasoning_content step response completion responses token_ids entropies logprobs metadata __proto__ constructor 300_correct accuracy_reward body choices deepseek_thinking_trajectory input prompt columns data".split(
    " ",
  );
/** Any JSON value, of names that traces have. */
function anyValue(next, depth = 0) {
  const kind = next();
  if (depth > 5 || kind < 0.55) return pick(next, VALUES)(next);
  if (kind < 0.75) return Array.from({ length: upTo(next, 5) }, () => anyValue(next, depth + 1));
  // as JSON.parse does, "__proto__" too
  const members = Array.from({ length: upTo(next, 6) }, () => {
    const value = JSON.stringify(anyValue(next, depth + 1));
    return `${JSON.stringify(pick(next, NAMES))}:${value}`;
  });
  return JSON.parse(`{${members.join(",")}}`);
}

const PIECES =
  "wait|Let me|check|double-check|that’s|a|I|x|é|e\u0301|让我们|コンピューター|ก็|𝐱|𠮷|🙂|\ud800|\udc00|\u0000|\u001b[1m|,|, |、|.|. |!|;|…|'|-| - |—|(|[|{|“|\"|*|_|__|a_b|=|+|/|<|<b>|</b>|< b|\\|\\n|\\frac|\\(x\\)|\\(|\\)|\\[|\\]|$|$$|$x$|$5|`|`x`|```|3|3.5|1,000|2nd|f(|http://a.b|module.name|\n|\r\n|\t|\u2028|\u00a0| |  |½|٣|\ufeff".split(
    "|",
  );
function textOf(next, most) {
  const glue = pick(next, ["", " ", ", "]);
  return Array.from({ length: 1 + upTo(next, most) }, () => pick(next, PIECES)).join(glue);
}
/** One piece over and over: what makes a pattern or a search go quadratic. */
const trap = (next) => (pick(next, PIECES) + pick(next, PIECES) + pick(next, PIECES)).repeat(20_000).slice(0, 1e5);

/** Runs what may end with an error of ours. */
async function orError(file, work) {
  try {
    return await work();
  } catch (error) {
    if (!(error.exitCode === 2 || error.exitCode === 3 || error.exitCode === 4)) throw error;
    expect(error.message.includes(basename(file)), `the message does not name ${file}: ${error.message}`);
    printable(error.message);
  }
}
function expect(ok, what) {
  if (!ok) throw new Error(what);
}
function printable(text) {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: none may reach a terminal
  expect(!/[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/.test(text), `unprintable: ${JSON.stringify(text)}`);
}

/** Reads a file as mining does, to the tokenised spool. Every record must be accounted for. */
async function readWhole(file, folder) {
  const [{ readSources, recordsOf }, { createReader }, { createSketch }] = await Promise.all([
    load("traces/traces"),
    load("grams/reading"),
    load("grams/sketch"),
  ]);
  const fd = openSync(join(folder, "spool"), "w+");
  const reader = createReader({ all: true }, 4, fd, createSketch(1 << 10));
  let records = 0;
  let lines = 0;
  try {
    await orError(file, async () => {
      for await (const batch of readSources([file])) {
        if (batch.kind === "lines") lines += contentLines(Buffer.from(batch.bytes));
        for (const _ of recordsOf(batch)) records++;
        reader.take(batch);
      }
    });
    expect(records >= lines, `${lines} lines with content gave ${records} records`);
    const read = reader.finish();
    const skipped = Object.values(read.skipped).reduce((sum, count) => sum + count, 0);
    expect(read.records === read.successful + skipped, "records are not the used and the skipped");
    // a record may hold several rollouts, never none
    expect(read.records >= records, `${records} records, ${read.records} accounted for`);
    for (const place of read.bad) printable(place);
  } finally {
    closeSync(fd);
  }
}

/** Lines that are not blank, counted without the reader's help. */
function contentLines(bytes) {
  let count = 0;
  for (let start = 0; start < bytes.length; ) {
    const at = bytes.indexOf(10, start);
    const end = at < 0 ? bytes.length : at;
    if (bytes.toString("utf8", start, end).trim() !== "") count++;
    start = end + 1;
  }
  return count;
}

const reader = (files) => async (next, folder) => {
  const source = pick(next, files);
  const file = join(folder, basename(source));
  const bytes = bytesOf(source);
  if (/\.gz$/.test(source) && next() < 0.7) writeFileSync(file, gzipSync(mutated(gunzipSync(bytes), next)));
  else writeFileSync(file, mutated(bytes, next));
  await readWhole(file, folder);
};

const lexicons = [join(fixtures, "lexicon/lexicon.json"), join(fixtures, "lexicon/grams.txt")];
/** A lexicon, a list of its grams, or text with one per line, damaged. */
function damagedLexicon(next, file) {
  const { grams } = JSON.parse(bytesOf(lexicons[0]));
  const kind = next();
  if (kind < 0.5) writeFileSync(file, mutated(bytesOf(lexicons[0]), next));
  else if (kind < 0.7) writeFileSync(file, mutated(Buffer.from(JSON.stringify(grams)), next));
  else if (kind < 0.8) writeFileSync(file, mutated(Buffer.from(JSON.stringify({ grams })), next));
  else if (kind < 0.9) writeFileSync(file, JSON.stringify(anyValue(next)));
  else writeFileSync(file, mutated(bytesOf(lexicons[1]), next));
}

let counts;
let state;
/** A file that the command writes from the fixture. */
function madeBy(folder, name, ...args) {
  const file = join(folder, name);
  const command = [join(root, "bin/sg-mine.js"), ...args, file, "-q", join(fixtures, "traces.jsonl")];
  const { status, stderr } = spawnSync(process.execPath, command);
  expect(status === 0, `${command.join(" ")}: ${stderr}`);
  return readFileSync(file);
}

export const targets = {
  jsonl: reader([...filesIn("shapes", /\.jsonl$/), ...filesIn("hostile", /\.jsonl$/)]),
  json: reader([...filesIn("shapes", /\.(json|traj)$/), ...filesIn("hostile", /\.json$/)]),
  csv: reader([...filesIn("shapes", /\.[ct]sv$/), ...filesIn("hostile", /\.[ct]sv$/)]),
  parquet: reader([...filesIn("shapes", /\.parquet$/), ...filesIn("parquet", /\.parquet$/)]),
  arrow: reader(filesIn("arrow", /./)),
  packed: reader(filesIn("shapes", /\.gz$/)),

  /** Records of every shape, and of none. */
  async records(next, folder) {
    const file = join(folder, pick(next, ["any.jsonl", "any.json", "step_3.jsonl"]));
    const values = Array.from({ length: 1 + upTo(next, 8) }, () => JSON.stringify(anyValue(next)));
    writeFileSync(file, file.endsWith("l") ? values.join("\n") : `[${values.join(",")}]`);
    await readWhole(file, folder);
  },

  /** Words lie in order inside the text, whatever it is. */
  async words(next) {
    const [{ createWords, scan }, { outputText }, { createMatcher }] = await Promise.all([
      load("text/words"),
      load("traces/shapes/text"),
      load("lexicon/match"),
    ]);
    const text = next() < 0.02 ? trap(next) : textOf(next, 200);
    for (const segmented of ["words", "characters"]) {
      const { length, start, end, gap } = scan(text, createWords(1), segmented);
      for (let i = 0; i < length; i++) {
        expect(start[i] < end[i] && end[i] <= text.length, "a word outside the text");
        expect(i === 0 || start[i] >= end[i - 1], "words overlap");
      }
      expect(gap.length > length, "a gap is missing");
    }
    outputText(text, [text.slice(0, 20)]);
    const matcher = createMatcher([
      { gram: "wait", spellings: ["wait"] },
      { gram: text.slice(0, 30), spellings: [text] },
    ]);
    for (const found of matcher.find(text))
      expect(found.start < found.end && found.end <= text.length, "a span outside");
  },

  async lexicon(next, folder) {
    const [{ readLexicon }, { createMatcher }] = await Promise.all([load("lexicon/read"), load("lexicon/match")]);
    const file = join(folder, "damaged-lexicon");
    damagedLexicon(next, file);
    await orError(file, async () => createMatcher((await readLexicon(file)).entries).find(textOf(next, 100)));
  },

  async diff(next, folder) {
    const [{ readLexicon }, { diffLexicons }, { diffMarkdown, diffText }] = await Promise.all([
      load("lexicon/read"),
      load("lexicon/diff"),
      load("report/diffText"),
    ]);
    const file = join(folder, "damaged-lexicon");
    damagedLexicon(next, file);
    await orError(file, async () => {
      const difference = diffLexicons(await readLexicon(file), await readLexicon(pick(next, lexicons)));
      expect(difference.difference >= 0 && difference.difference <= 1, `difference ${difference.difference}`);
      printable(diffText(difference, "a", "b"));
      diffMarkdown(difference, "a", "b");
    });
  },

  /** Labelled sheets. */
  async sheet(next, folder) {
    const [{ readLexicon }, { readSheet }, { agreementOf }] = await Promise.all([
      load("lexicon/read"),
      load("audit/sheet"),
      load("audit/agreement"),
    ]);
    const { entries } = await readLexicon(lexicons[0]);
    const rows = entries.map(({ gram }, i) => `${i},"${gram}",${pick(next, ["1", "0", "", "yes", "'=1", "x"])}`);
    const file = join(folder, "damaged-sheet.csv");
    writeFileSync(file, mutated(Buffer.from(`id,gram,label\n${rows.join("\n")}\n`), next));
    await orError(file, async () => {
      const { all } = agreementOf([await readSheet(file)], entries);
      expect(all.precision >= 0 && all.precision <= 1, "a precision beyond 0 to 1");
    });
  },

  async config(next, folder) {
    const [{ createProgram }, { applyConfig }] = await Promise.all([load("cli/main"), load("cli/config")]);
    const program = createProgram();
    const file = join(folder, "sg-mine.config.json");
    const options = program.commands.map((command) => [
      command.name(),
      Object.fromEntries(
        command.options.slice(0, 4).map((option) => [option.attributeName(), next() < 0.3 ? 3 : anyValue(next, 4)]),
      ),
    ]);
    const config = next() < 0.3 ? anyValue(next) : Object.fromEntries(options.slice(upTo(next, options.length)));
    writeFileSync(file, next() < 0.5 ? JSON.stringify(config) : mutated(Buffer.from(JSON.stringify(config)), next));
    await orError(file, () => applyConfig(program, folder));
  },

  /** The state of `update`, and mining from it. */
  async state(next, folder) {
    const [{ readState, forget }, { createGramCounter }] = await Promise.all([
      load("counts/state"),
      load("grams/counter"),
    ]);
    const file = join(folder, "damaged.state");
    state ??= madeBy(folder, "made.state", "-o", join(folder, "made.json"), "--state");
    writeFileSync(file, mutated(state, next));
    await orError(file, async () => {
      const { stored } = forget(await readState(file), 0.9);
      const counter = createGramCounter({ traces: {}, maxN: 3, threads: 1, memory: 2 ** 22 });
      try {
        await counter.restore(stored);
        const { records, successful } = await counter.finish();
        expect(successful <= records || successful >= 0, "counts that cannot be");
        await counter.count(2);
      } finally {
        await counter.close();
      }
    });
  },

  /** Parts of counts: refused, or as they were. */
  async counts(next, folder) {
    const { openCounts, readWanted } = await load("counts/reader");
    counts ??= madeBy(folder, "made.parquet", "count", "-o");
    const file = join(folder, "damaged.parquet");
    const said = async () => {
      const { facts, rows, stored } = await openCounts(file);
      const all = [facts, await rows(1)];
      for await (const batch of (await stored())?.batches ?? []) {
        expect(batch.problem.length === batch.offset.length - 1, "a batch that does not add up");
        all.push(batch.problem, Buffer.from(batch.bytes).toString("hex"));
      }
      return JSON.stringify(all);
    };
    writeFileSync(file, counts);
    const whole = await said();
    writeFileSync(file, mutated(counts, next));
    await orError(file, async () => expect((await said()) === whole, "other counts than were written"));
    await orError(file, () => readWanted(file));
  },

  async tokenizer(next, folder) {
    const { loadTokenizer } = await load("tokenizer/tokenizer");
    const kind = pick(next, ["gpt2", "qwen", "llama2", "gemma"]);
    const file = join(folder, "tokenizer.json");
    mkdirSync(folder, { recursive: true });
    const sources = ["tokenizer.json", "tokenizer_config.json"].map((name) => join(fixtures, "tokenizers", kind, name));
    const damaged = next() < 0.8 ? 0 : 1;
    sources.forEach((source, i) => {
      writeFileSync(join(folder, basename(source)), i === damaged ? mutated(bytesOf(source), next) : bytesOf(source));
    });
    // named by its folder
    await orError(folder, async () => {
      const tokenizer = await loadTokenizer(folder);
      const text = textOf(next, 30);
      const { ids } = tokenizer.encode(text);
      tokenizer.decode([...ids, -1, 1e9, 0.5]);
    }).catch((error) => {
      if (!error.message?.startsWith("the message does not name")) throw error;
      expect(error.message.includes(basename(file)), error.message);
    });
  },

  /** The command as a user runs it. */
  async cli(next, folder) {
    const commands = {
      mine: ["-q", "--threads", "1", "FILE"],
      "mine --all": ["-q", "--all", "--threads", "2", join(fixtures, "traces.jsonl"), "FILE"],
      "mine --strict": ["--strict", "FILE"],
      tag: ["tag", lexicons[0], "FILE"],
      "tag damaged": ["tag", "LEXICON", join(fixtures, "lexicon/traces.jsonl")],
      credit: ["credit", "--tokenizer", join(fixtures, "tokenizers/gpt2"), "--runs", lexicons[0], "FILE"],
      dynamics: ["dynamics", lexicons[0], "FILE"],
      export: ["export", "--for", pick(next, ["list", "csv", "jsonl", "python", "regex"]), "LEXICON"],
      diff: ["diff", "LEXICON", lexicons[0]],
      check: ["-q", "--check", "LEXICON", join(fixtures, "traces.jsonl")],
      stdin: ["-q"],
    };
    const name = pick(next, Object.keys(commands));
    const source = pick(next, [
      ...filesIn("shapes", /\.\w+$/),
      ...filesIn("parquet", /./),
      ...filesIn("arrow", /./),
      ...filesIn("hostile", /./),
    ]);
    const file = join(folder, basename(source));
    const lexicon = join(folder, "damaged-lexicon");
    writeFileSync(file, mutated(bytesOf(source), next));
    damagedLexicon(next, lexicon);
    const args = commands[name].map((arg) => ({ FILE: file, LEXICON: lexicon })[arg] ?? arg);
    const { status, signal, stderr, stdout } = spawnSync(process.execPath, [join(root, "bin/sg-mine.js"), ...args], {
      cwd: folder,
      input: name === "stdin" ? readFileSync(file) : "",
      timeout: 60_000,
      encoding: "utf8",
      env: { ...process.env, TMPDIR: folder, NODE_OPTIONS: "--max-old-space-size=1024" },
    });
    const run = `sg-mine ${args.join(" ")}: ${status ?? signal}\n${stderr}`;
    expect([0, 1, 2, 3, 4].includes(status), run);
    expect(!/\n\s+at /.test(stderr), run);
    printable(stderr);
    if (status > 1) expect(/^(sg-mine|error): /m.test(stderr) && (stdout === "" || /tag|credit/.test(name)), run);
    const left = readdirSync(folder).filter((entry) => /^sg-mine-|\.tmp$/.test(entry));
    expect(left.length === 0, `${run}\nleft behind: ${left.join(", ")}`);
    if (status === 0 && args[0] === "-q" && name !== "check") {
      const { input } = JSON.parse(stdout).provenance;
      const skipped = Object.values(input.skipped).reduce((sum, count) => sum + count, 0);
      expect(input.records === input.successful + skipped, `${run}\n${JSON.stringify(input)}`);
    }
  },
};
