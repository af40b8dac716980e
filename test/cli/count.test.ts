import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { asyncBufferFromFile, parquetMetadataAsync, parquetReadObjects } from "hyparquet";
import { compressors } from "hyparquet-compressors";
import { parquetWriteBuffer } from "hyparquet-writer";
import { describe, expect, it } from "vitest";
import { addRow, COUNTER_COLUMNS, type CountsFacts, NO_ROWS, sealed } from "../../src/counts/file.js";
import { inNewFolder, root, sgMine } from "./spawn.js";

const { folder, path, run, quietly } = inNewFolder("count-");
const bytes = (name: string) => readFileSync(path(name)).toString("base64");
type Row = Record<string, unknown>;
const rowsOf = async (name: string) => {
  const file = await asyncBufferFromFile(path(name));
  return (await parquetReadObjects({ file, compressors })) as Row[];
};

// With words too long to be kept, code, commas and an unspaced script
const awkward = (i: number) =>
  JSON.stringify({
    problem_id: `long-${i % 7}`,
    trace: `Wait, ${"ab".repeat(50)}, let me check. Hmm \`x\`, so ${"q".repeat(99)} let me check. 数学很有趣，我们需要找到答案。`,
    correct: true,
  });
const lines = readFileSync(join(root, "fixtures/traces.jsonl"), "utf8").trimEnd().split("\n");
lines.push(...Array.from({ length: 12 }, (_, i) => awkward(i)), "{broken");
const problemOf = (line: string): string => line.match(/"problem(_id)?": ?"([^"]*)/)?.[2] ?? "";
const problems = [...new Set(lines.map(problemOf))].sort();
writeFileSync(path("all.jsonl"), `${lines.join("\n")}\n`);
/** The lines in so many files, problem by problem. */
const split = (parts: number): string[] =>
  Array.from({ length: parts }, (_, p) => {
    const own = lines.filter((line) => problems.indexOf(problemOf(line)) % parts === p);
    writeFileSync(path(`${parts}-${p}.jsonl`), own.map((line) => `${line}\n`).join(""));
    return `${parts}-${p}`;
  });

const mined = quietly("all.jsonl");
quietly("count", "all.jsonl", "-o", "all.parquet");

describe("sg-mine count, merge and --counts", () => {
  it("gives the lexicon that mining gives", () => {
    expect(quietly("--counts", "all.parquet")).toBe(mined);
    expect(quietly("--counts", "all.parquet", "--preset", "paper")).toBe(quietly("all.jsonl", "--preset", "paper"));
    expect(quietly("--counts", "all.parquet", "--threads", "3", "--max-entries", "9")).toBe(
      quietly("all.jsonl", "--max-entries", "9"),
    );
  });

  it("gives the same bytes however files are divided, and merged in any order or in steps", () => {
    const names = split(4).map((name, i) => {
      quietly("count", `${name}.jsonl`, "-o", `${name}.parquet`, "--threads", String(i + 1));
      return `${name}.parquet`;
    });
    quietly("merge", ...names.reverse(), "-o", "merged.parquet", "--threads", "3");
    expect(bytes("merged.parquet")).toBe(bytes("all.parquet"));
    quietly("merge", ...names.slice(1), "-o", "some.parquet");
    quietly("merge", "some.parquet", names[0], "-o", "merged.parquet", "--memory", "1");
    expect(bytes("merged.parquet")).toBe(bytes("all.parquet"));
  });

  it("counts a problem that stands in two parts once, and says so", () => {
    writeFileSync(path("even.jsonl"), lines.filter((_, i) => i % 2 === 0).join("\n"));
    writeFileSync(path("odd.jsonl"), lines.filter((_, i) => i % 2 === 1).join("\n"));
    quietly("count", "even.jsonl", "-o", "even.parquet");
    quietly("count", "odd.jsonl", "-o", "odd.parquet");
    const { stderr, status } = run("merge", "even.parquet", "odd.parquet", "-o", "merged.parquet");
    expect(status).toBe(0);
    expect(stderr).toMatch(/^\d+ problems came again in a later part; each counts once/);
    expect(bytes("merged.parquet")).toBe(bytes("all.parquet"));
  });

  it("divides traces, so that shares of files that hold the same problems can be merged in many places", () => {
    writeFileSync(path("even.jsonl"), lines.filter((_, i) => i % 2 === 0).join("\n"));
    writeFileSync(path("odd.jsonl"), lines.filter((_, i) => i % 2 === 1).join("\n"));
    writeFileSync(path("bad.jsonl"), "{bad\n");
    quietly("count", "even.jsonl", "--shares", "3", "-o", "even-shares", "--threads", "3");
    quietly("count", "odd.jsonl", "bad.jsonl", "--shares", "3", "-o", "odd-shares", "--threads", "1");
    quietly("count", "bad.jsonl", "--shares", "3", "-o", "bad-shares");
    expect(readdirSync(path("bad-shares"))).toHaveLength(1);
    // other parts may have the field
    quietly("count", "even.jsonl", "--shares", "3", "--success-field", "passed", "-o", "no-shares");
    expect(run("count", "even.jsonl", "--success-field", "passed", "-o", "none.parquet").stderr).toContain(
      "in none of the",
    );
    const shares = ["share-0.parquet", "share-1.parquet", "share-2.parquet"];
    expect(readdirSync(path("even-shares")).sort()).toEqual(shares);
    for (const share of shares) {
      const { stderr } = run("merge", `even-shares/${share}`, `odd-shares/${share}`, "-o", share);
      expect(stderr).toMatch(/problems came again/);
    }
    const { stderr } = run("merge", ...shares, "-o", "shared.parquet");
    expect(stderr).not.toContain("came again");
    quietly("count", "all.jsonl", "bad.jsonl", "-o", "with-bad.parquet");
    expect(bytes("shared.parquet")).toBe(bytes("with-bad.parquet"));
    quietly(
      "merge",
      "with-bad.parquet",
      ...readdirSync(path("bad-shares")).map((name) => `bad-shares/${name}`),
      "-o",
      "x",
    );
    expect(bytes("x")).not.toBe(bytes("with-bad.parquet"));
  });

  it("writes rows as JSON lines, or the problems of each gram alone", async () => {
    const json = (name: string) =>
      readFileSync(path(name), "utf8")
        .trimEnd()
        .split("\n")
        .map((line) => JSON.parse(line));
    quietly("merge", "all.parquet", "-o", "all.rows.jsonl");
    const rows = (await rowsOf("all.parquet")).map((row) =>
      Object.fromEntries(
        Object.entries(row).map(([name, value]) => [
          name,
          name === "spellings" ? JSON.parse(String(value)) : typeof value === "bigint" ? Number(value) : value,
        ]),
      ),
    );
    expect(json("all.rows.jsonl")).toEqual(rows);
    quietly("merge", "all.parquet", "-o", "candidates.jsonl", "--candidates", "--min-problems", "2");
    quietly("merge", "all.parquet", "-o", "two-problems.jsonl", "--min-problems", "2");
    const inTwo = json("two-problems.jsonl");
    expect(json("candidates.jsonl").sort((a, b) => (a.gram < b.gram ? -1 : 1))).toEqual(
      inTwo.map(({ gram, problems }) => ({ gram, problems })),
    );
    writeTable("two.parquet", { gram: ["let me check", "wait"], cluster: [1n, 0n] });
    quietly("merge", "all.parquet", "--wanted", "two.parquet", "-o", "clusters.jsonl");
    quietly("merge", "all.parquet", "--wanted", "two.parquet", "-o", "two-clusters.parquet");
    expect(json("clusters.jsonl")).toEqual(
      (await rowsOf("two-clusters.parquet")).map((row) =>
        Object.fromEntries(Object.entries(row).map(([name, value]) => [name, Number(value)])),
      ),
    );
  });

  it("knows wanted grams by their hashes, and asks for the clusters' counts while it waits", async () => {
    quietly("merge", "all.parquet", "-o", "found.bin", "--candidates", "--min-problems", "2");
    quietly("merge", "all.parquet", "-o", "of-two.jsonl", "--min-problems", "2");
    const found = readFileSync(path("found.bin"));
    const pairs = Array.from({ length: found.length / 8 }, (_, i) => [
      found.readUInt32LE(i * 8),
      found.readUInt32LE(i * 8 + 4),
    ]);
    const rows = readFileSync(path("of-two.jsonl"), "utf8").trimEnd().split("\n");
    const increasing = (numbers: number[]) => [...numbers].sort((a, b) => a - b);
    expect(increasing(pairs.map(([problems]) => problems))).toEqual(
      increasing(rows.map((row) => JSON.parse(row).problems)),
    );
    const hashes = pairs.map(([, hash]) => hash);
    expect(hashes).toEqual(increasing(hashes));

    const write = (name: string, wanted: number[]) =>
      writeFileSync(path(name), Buffer.concat([Buffer.from("sg-grams"), Buffer.from(Uint32Array.from(wanted).buffer)]));
    write("wanted.bin", hashes);
    quietly("merge", "all.parquet", "-o", "by-hash.jsonl", "--wanted", "wanted.bin");
    expect(readFileSync(path("by-hash.jsonl"), "utf8")).toBe(`${rows.join("\n")}\n`);
    const frequent = pairs.filter(([problems]) => problems >= 9).map(([, hash]) => hash);
    write("frequent.bin", frequent);
    quietly("merge", "all.parquet", "-o", "by-hash.jsonl", "--wanted", "frequent.bin", "--threads", "3");
    expect(readFileSync(path("by-hash.jsonl"), "utf8")).toBe(
      `${rows.filter((row) => JSON.parse(row).problems >= 9).join("\n")}\n`,
    );
    writeFileSync(path("cut.bin"), readFileSync(path("wanted.bin")).subarray(0, 1001));
    const cut = run("merge", "all.parquet", "-o", "x", "--wanted", "cut.bin");
    expect([cut.status, cut.stderr]).toEqual([3, expect.stringContaining("cut.bin: broken: it ends inside a hash")]);

    // counts without traces: the same file's rows, as a folder
    mkdirSync(path("rows-alone"));
    const names = ["gram", ...Object.keys(COUNTER_COLUMNS), "spellings"];
    const own = await rowsOf("all.parquet");
    writeTable(
      "rows-alone/part-0.parquet",
      Object.fromEntries(names.map((name) => [name, own.map((row) => row[name]) as string[]])),
    );
    const { seal: _, sections: __, ...known } = JSON.parse(readFacts(await factsOf("all.parquet")));
    writeFileSync(path("rows-alone/_corpus.json"), sealed(known));
    quietly("merge", "all.parquet", "-o", "again.parquet", "--sample", "sample.jsonl");
    for (const preset of [[], ["--preset", "paper"]]) {
      const args = ["--counts", "rows-alone", "--sample", "sample.jsonl", "--wanted", "asked.parquet", ...preset];
      quietly(...args);
      quietly("merge", "all.parquet", "--wanted", "asked.parquet", "-o", "answer.jsonl");
      rmSync(path("asked.parquet"));
      const answer = readFileSync(path("answer.jsonl"), "utf8");
      const waiting = sgMine([...args, "--cluster-counts", "-", "-q"], { cwd: folder, input: answer });
      expect([waiting.status, waiting.stderr]).toEqual([0, ""]);
      expect(waiting.stdout).toBe(quietly("all.jsonl", ...preset));
      expect(existsSync(path("asked.parquet"))).toBe(true);
    }
    const args = ["--counts", "rows-alone", "--sample", "sample.jsonl", "--wanted", "x", "--cluster-counts", "-"];
    const nothing = sgMine(args, { cwd: folder, input: "" });
    expect([nothing.status, nothing.stderr]).toEqual([3, expect.stringMatching(/cluster \d+ has no counts/)]);
    const bad = sgMine(args, { cwd: folder, input: "{}\nnone\n" });
    expect([bad.status, bad.stderr]).toEqual([3, expect.stringContaining("standard input:2: not the counts")]);
  });

  it("writes what its schema says, for anything that reads Parquet", async () => {
    const metadata = await parquetMetadataAsync(await asyncBufferFromFile(path("all.parquet")));
    const facts = JSON.parse(metadata.key_value_metadata!.find(({ key }) => key === "sg-counts")!.value!);
    const { input, corpus } = JSON.parse(mined).provenance;
    expect(facts).toMatchObject({
      format: "sg-counts/2",
      maxN: 6,
      floor: 3,
      corpus: { ...input, problems: corpus.problems, words: corpus.words },
    });
    const rows = await rowsOf("all.parquet");
    expect(rows.map(({ gram }) => gram)).toEqual([...new Set(rows.map(({ gram }) => String(gram)))].sort());
    const check = rows.find(({ gram }) => gram === "let me check")!;
    const entry = JSON.parse(mined).entries.find(({ gram }: Row) => gram === "let me check");
    expect(Number(check.problems)).toBe(entry.problems);
    expect(Number(check.occurrences)).toBe(entry.occurrences);
    expect(Number(check.words)).toBe(3);
    expect(JSON.parse(String(check.spellings)).map(([text]: [string]) => text)).toEqual(
      expect.arrayContaining(entry.spellings),
    );
  });

  it("lets rows be summed elsewhere: every gram of the whole is among the parts', and their exact counts add up", async () => {
    const parts = split(3);
    const candidates = new Set<unknown>();
    for (const part of parts) {
      quietly("count", `${part}.jsonl`, "-o", `${part}.parquet`);
      quietly("merge", `${part}.parquet`, "--candidates", "-o", `${part}.candidates.jsonl`);
      for (const line of readFileSync(path(`${part}.candidates.jsonl`), "utf8")
        .trimEnd()
        .split("\n"))
        candidates.add(JSON.parse(line).gram);
    }
    writeTable("candidates.parquet", { gram: [...candidates] as string[] });
    const sums = new Map<string, Row>();
    const corpus = { records: 0, successful: 0, words: 0, problems: 0 };
    const totals = JSON.parse(readFacts(await factsOf("all.parquet")));
    quietly("merge", "all.parquet", "-o", "again.parquet", "--sample", "sample.jsonl");
    for (const part of parts) {
      quietly(
        "merge",
        `${part}.parquet`,
        "--wanted",
        "candidates.parquet",
        "-o",
        "exact.parquet",
        "--corpus",
        "c.json",
      );
      const own = JSON.parse(readFileSync(path("c.json"), "utf8"));
      expect(own.problemHashes).toHaveLength(own.corpus.problems);
      for (const key of ["records", "successful", "words", "problems"] as const) corpus[key] += own.corpus[key];
      for (const row of await rowsOf("exact.parquet")) {
        const gram = String(row.gram);
        const sum = sums.get(gram);
        if (!sum) sums.set(gram, { ...row, spellings: JSON.parse(String(row.spellings)) });
        else {
          for (const key of Object.keys(COUNTER_COLUMNS)) sum[key] = Number(sum[key]) + Number(row[key]);
          const counts = new Map(sum.spellings as [string, number][]);
          for (const [text, count] of JSON.parse(String(row.spellings)))
            counts.set(text, (counts.get(text) ?? 0) + count);
          sum.spellings = [...counts].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1));
        }
      }
    }
    expect(totals.corpus).toMatchObject(corpus);
    const kept = [...sums.values()].filter(({ problems }) => Number(problems) >= 3);
    mkdirSync(path("summed"));
    const column = (name: string) => kept.map((row) => BigInt(Number(row[name])));
    writeTable("summed/part-0.parquet", {
      gram: kept.map(({ gram }) => String(gram)),
      ...Object.fromEntries(Object.keys(COUNTER_COLUMNS).map((name) => [name, column(name)])),
      spellings: kept.map(({ spellings }) => JSON.stringify(spellings)),
    });
    let sum = NO_ROWS;
    for (const row of await rowsOf("summed/part-0.parquet")) sum = addRow(sum, Object.values(row));
    const { seal: _, sections: __, ...known } = totals;
    writeFileSync(path("summed/_corpus.json"), sealed({ ...known, floor: 3, rows: sum } as CountsFacts));

    // the clusters, in a second pass over the parts
    for (const preset of [[], ["--preset", "paper"]]) {
      const sample = ["--sample", "sample.jsonl"];
      quietly("--counts", "summed", ...sample, "--wanted", "wanted.parquet", ...preset);
      const clusters = new Map<number, number[]>();
      for (const part of parts) {
        quietly("merge", `${part}.parquet`, "--wanted", "wanted.parquet", "-o", "clusters.parquet");
        for (const row of await rowsOf("clusters.parquet")) {
          const own = ["problems", "traces", "occurrences"].map((key) => Number(row[key]));
          const sum = clusters.get(Number(row.cluster)) ?? [0, 0, 0];
          clusters.set(
            Number(row.cluster),
            sum.map((n, k) => n + own[k]),
          );
        }
      }
      const table = [...clusters];
      writeTable("cluster-counts.parquet", {
        cluster: table.map(([cluster]) => BigInt(cluster)),
        problems: table.map(([, [problems]]) => BigInt(problems)),
        traces: table.map(([, [, traces]]) => BigInt(traces)),
        occurrences: table.map(([, [, , occurrences]]) => BigInt(occurrences)),
      });
      expect(quietly("--counts", "summed", ...sample, "--cluster-counts", "cluster-counts.parquet", ...preset)).toBe(
        quietly("all.jsonl", ...preset),
      );
    }
    const { status, stderr } = run("--counts", "summed");
    expect([status, stderr]).toEqual([3, expect.stringContaining("summed: holds no traces")]);
  });

  it("says what is wrong", async () => {
    const refuse = (exit: number, message: string, ...args: string[]) => {
      const { status, stdout, stderr } = run(...args);
      expect([status, stdout]).toEqual([exit, ""]);
      expect(stderr).toContain(message);
      expect(stderr).not.toContain("    at ");
    };
    writeFileSync(path("none.parquet"), "PAR1 no parquet at all PAR1");
    writeFileSync(path("cut.parquet"), readFileSync(path("all.parquet")).subarray(0, 5000));
    writeTable("other.parquet", { text: ["a"] });
    quietly("count", "all.jsonl", "-o", "five.parquet", "--max-n", "5", "--min-problems", "4");
    refuse(2, "--output", "count", "all.jsonl");
    refuse(2, "--shares writes traces", "count", "all.jsonl", "-o", "x", "--shares", "2", "--candidates");
    refuse(2, "-o all.jsonl would overwrite", "count", "all.jsonl", "-o", "all.jsonl", "--shares", "2");
    refuse(2, "leave all.jsonl out", "--counts", "all.parquet", "all.jsonl");
    refuse(2, "--text-field has no meaning", "--counts", "all.parquet", "--text-field", "x");
    refuse(2, "--wanted goes with --counts", "all.jsonl", "--wanted", "w");
    refuse(2, "all.parquet holds its traces", "--counts", "all.parquet", "--wanted", "w");
    refuse(3, "absent.parquet: no such file", "--counts", "absent.parquet");
    refuse(3, "none.parquet: broken", "--counts", "none.parquet");
    refuse(3, "cut.parquet: broken", "merge", "all.parquet", "cut.parquet", "-o", "x");
    mkdirSync(path("wrong"));
    writeFileSync(path("wrong/part-0.parquet"), readFileSync(path("five.parquet")));
    const facts = readFacts(await factsOf("five.parquet"));
    writeFileSync(path("wrong/_corpus.json"), facts.replace('"problems":', '"problems":1'));
    refuse(3, "_corpus.json: broken counts: seal", "--counts", "wrong");
    refuse(3, "other.parquet: no counts", "--counts", "other.parquet");
    refuse(3, "other.parquet: no column gram", "merge", "all.parquet", "--wanted", "other.parquet", "-o", "x");
    refuse(3, "up to 5 words", "--counts", "five.parquet");
    refuse(3, "of 4 or more problems, and 3 is asked for", "--counts", "five.parquet", "--max-n", "5");
    refuse(3, "counted with other options", "merge", "all.parquet", "five.parquet", "-o", "x");
    refuse(2, "cannot write", "count", "all.jsonl", "-o", "absent/x.parquet");
    writeFileSync(path("one.jsonl"), `${lines[0]}\n`);
    quietly("count", "one.jsonl", "-o", "one.parquet");
    refuse(4, "a document frequency needs several", "--counts", "one.parquet");
  });
});

function writeTable(name: string, columns: Record<string, string[] | bigint[]>): void {
  const columnData = Object.entries(columns).map(([name, data]) => {
    return { name, data, type: typeof data[0] === "string" ? ("STRING" as const) : ("INT64" as const) };
  });
  writeFileSync(path(name), Buffer.from(parquetWriteBuffer({ columnData })));
}

async function factsOf(name: string) {
  return parquetMetadataAsync(await asyncBufferFromFile(path(name)));
}
const readFacts = (metadata: Awaited<ReturnType<typeof factsOf>>) =>
  metadata.key_value_metadata!.find(({ key }) => key === "sg-counts")!.value!;
